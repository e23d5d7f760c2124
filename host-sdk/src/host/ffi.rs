//! Everything that is unsafe on the host's side: loading, calling, being called.

use super::error::LoadError;
use super::instance::{LogHook, LogLine};
use super::library::{Library, LibraryInfo};
use super::pending::Pending;
use crate::abi::{
    self, ChannelModuleRef, ENTRY_SYMBOL, EntryFn, oc_buf, oc_channel, oc_channel_api, oc_completion,
    oc_entry_request, oc_error, oc_event, oc_host, oc_log_record, oc_str,
};
use crate::protocol::{Error, ErrorCode, LogLevel};
use abi_stable::library::{RawLibrary, lib_header_from_raw_library};
use serde_json::Value;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The plugin's functions, each known to be there.
#[derive(Clone, Copy)]
pub(super) struct Table {
    init: unsafe extern "C" fn(*const oc_host, oc_str, *mut *mut oc_channel, *mut oc_error) -> i32,
    handle: unsafe extern "C" fn(*mut oc_channel, u64, oc_str, *mut oc_error) -> i32,
    send: unsafe extern "C" fn(*mut oc_channel, u64, oc_str, *mut oc_error) -> i32,
    query: unsafe extern "C" fn(oc_str, *mut oc_buf) -> i32,
    shutdown: unsafe extern "C" fn(*mut oc_channel, u32, *mut oc_error) -> i32,
    destroy: unsafe extern "C" fn(*mut oc_channel),
    abi_minor: u32,
}

impl Table {
    /// Load a library, compare layouts, negotiate.
    pub fn load(path: &Path) -> Result<(Self, LibraryInfo), LoadError> {
        // SAFETY: running a library's initialisers is what loading a plugin means; the caller chose to trust it.
        let library = unsafe { libloading::Library::new(path) }
            .map_err(|error| LoadError::Open { path: path.to_owned(), reason: reason(&error) })?;
        // Channel plugins pin themselves; not every library that somebody points us at does.
        let library = ManuallyDrop::new(library);
        let missing = || LoadError::NotAPlugin { path: path.to_owned(), symbol: ENTRY_SYMBOL };
        // SAFETY: the symbol's type is fixed by the header; its name carries the ABI's major version.
        let entry = *unsafe { library.get::<EntryFn>(ENTRY_SYMBOL.as_bytes()) }.map_err(|_| missing())?;
        let layout_checked = check_layout(path)?;
        let request = oc_entry_request {
            struct_size: size_of::<oc_entry_request>() as u32,
            abi_min: 0,
            abi_max: abi::OC_ABI_MINOR,
            reserved: 0,
            host_name: oc_str::new(env!("CARGO_PKG_NAME")),
            host_version: oc_str::new(env!("CARGO_PKG_VERSION")),
        };
        let mut error = oc_error::zeroed();
        // SAFETY: both structs live through the call and carry their sizes.
        let api = unsafe { entry(&raw const request, &raw mut error) };
        let bad = |reason: &str| LoadError::Incompatible { path: path.to_owned(), reason: reason.to_owned() };
        if api.is_null() {
            // SAFETY: filled by the callee that just returned.
            return Err(bad(&unsafe { take_error(error, abi::OC_E_VERSION_MISMATCH) }.message));
        }
        // SAFETY: the plugin's constant table, whose first fields every ABI 1 table has.
        let api = unsafe { whole_table(api) }.map_err(|reason| bad(&reason))?;
        if api.abi_minor > abi::OC_ABI_MINOR {
            return Err(bad("it answered with a newer ABI than it was asked for"));
        }
        let (
            Some(init),
            Some(handle),
            Some(send),
            Some(query),
            Some(shutdown),
            Some(destroy),
            Some(_),
            Some(_),
        ) = (api.init, api.handle, api.send, api.query, api.shutdown, api.destroy, api.poll, api.wake_fd)
        else {
            return Err(bad("a function is missing from its table"));
        };
        // SAFETY: static strings of the plugin, by the header.
        let text = |text: oc_str| unsafe { text.text() }.unwrap_or_default().to_owned();
        let info = LibraryInfo {
            id: text(api.id),
            name: text(api.name),
            version: text(api.version),
            build: serde_json::from_str(&text(api.build_json)).unwrap_or(Value::Null),
            abi_minor: api.abi_minor,
            layout_checked,
        };
        if info.id.is_empty() {
            return Err(bad("its table has no channel id"));
        }
        let abi_minor = api.abi_minor;
        Ok((Self { init, handle, send, query, shutdown, destroy, abi_minor }, info))
    }

    /// Ask a pure question.
    pub fn query(&self, json: &str) -> Result<Value, Error> {
        let mut response = oc_buf::EMPTY;
        // SAFETY: the text lives through the call; `response` is writable.
        let status = unsafe { (self.query)(oc_str::new(json), &raw mut response) };
        // SAFETY: filled by the callee that just returned, and used once.
        let text = unsafe { response.into_text() };
        let mut answer: Value = serde_json::from_str(&text).map_err(|error| {
            Error::new(ErrorCode::Internal, format!("the plugin's answer is not JSON: {error}"))
        })?;
        if status == abi::OC_OK {
            return Ok(answer["result"].take());
        }
        Err(serde_json::from_value(answer["error"].take()).unwrap_or_else(|_| {
            Error::new(ErrorCode::from_status(status), "the plugin gave no readable error")
        }))
    }
}

/// The table behind what an entry function returned, when all of it is there. A reference to a smaller or crooked one
/// would be undefined behaviour already, so the first fields are read through the pointer.
///
/// # Safety
/// `api` must not be null; when it is aligned, `struct_size` to `magic` must be readable there for ever, and as many
/// bytes as `struct_size` says.
pub(super) unsafe fn whole_table(api: *const oc_channel_api) -> Result<&'static oc_channel_api, String> {
    if !api.is_aligned() {
        return Err("its table of functions is not one of ABI 1: it is not aligned".to_owned());
    }
    // SAFETY: aligned, and readable by the caller's promise.
    let (size, magic) = unsafe { ((&raw const (*api).struct_size).read(), (&raw const (*api).magic).read()) };
    if magic != abi::OC_MAGIC {
        return Err("its table of functions is not one of ABI 1: it has another magic number".to_owned());
    }
    let whole = size_of::<oc_channel_api>();
    if (size as usize) < whole {
        return Err(format!("its table of functions is not one of ABI 1: {size} bytes instead of {whole}"));
    }
    // SAFETY: aligned, and as long as the struct by the caller's promise.
    Ok(unsafe { &*api })
}

/// Compare the layouts of all structs with those of a plugin that is written in Rust with this crate.
fn check_layout(path: &Path) -> Result<bool, LoadError> {
    let Ok(library) = RawLibrary::load_at(path) else { return Ok(false) };
    let library = ManuallyDrop::new(library);
    // SAFETY: the library is never unloaded, so the header stays valid.
    let Ok(header) = (unsafe { lib_header_from_raw_library(&library) }) else { return Ok(false) };
    header.ensure_layout::<ChannelModuleRef>().map_err(|difference| LoadError::Layout {
        path: path.to_owned(),
        difference: difference.to_string(),
    })?;
    Ok(true)
}

/// The loader's own words instead of the wrapper's.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// The error of a call that returned a negative status.
///
/// # Safety
/// `error` must be as the callee left it.
unsafe fn take_error(error: oc_error, status: i32) -> Error {
    // SAFETY: passed through from the caller; each buffer is used once.
    let (message, detail) = unsafe { (error.message.into_text(), error.detail_json.into_text()) };
    serde_json::from_str(&detail).unwrap_or_else(|_| {
        let message = if message.is_empty() { "the plugin gave no reason".to_owned() } else { message };
        Error::new(ErrorCode::from_status(status), message)
    })
}

/// What the callbacks need; lives until the instance is destroyed.
struct HostData {
    pending: Arc<Pending>,
    log: Option<LogHook>,
}

/// An instance behind the border. Dropping it destroys it.
pub(super) struct RawInstance {
    library: Library,
    channel: *mut oc_channel,
    data: *mut HostData,
}

// SAFETY: all functions that take the handle are thread-safe by the header; `data` is only read until drop.
unsafe impl Send for RawInstance {}
// SAFETY: as above.
unsafe impl Sync for RawInstance {}

impl RawInstance {
    pub fn create(
        library: Library,
        init_json: &str,
        pending: Arc<Pending>,
        log: Option<LogHook>,
    ) -> Result<Self, Error> {
        let logs = log.is_some();
        let data = Box::into_raw(Box::new(HostData { pending, log }));
        let host = oc_host {
            struct_size: size_of::<oc_host>() as u32,
            abi_minor: library.table.abi_minor,
            host_data: data.cast(),
            on_event: Some(on_event),
            on_complete: Some(on_complete),
            log: if logs { Some(on_log) } else { None },
            get_extension: None,
        };
        let mut channel = std::ptr::null_mut();
        let status = call(|error| {
            // SAFETY: all arguments live through the call; `data` lives until destroy has returned.
            unsafe { (library.table.init)(&raw const host, oc_str::new(init_json), &raw mut channel, error) }
        });
        match status {
            Ok(_) => Ok(Self { library, channel, data }),
            Err(error) => {
                // SAFETY: made by Box::into_raw above; init failed, so no callback runs any more.
                drop(unsafe { Box::from_raw(data) });
                Err(error)
            }
        }
    }

    pub fn handle(&self, request_id: u64, json: &str) -> Result<(), Error> {
        // SAFETY: the handle is ours; the text lives through the call.
        call(|error| unsafe {
            (self.library.table.handle)(self.channel, request_id, oc_str::new(json), error)
        })
        .map(drop)
    }

    pub fn send(&self, request_id: u64, json: &str) -> Result<(), Error> {
        // SAFETY: the handle is ours; the text lives through the call.
        call(|error| unsafe { (self.library.table.send)(self.channel, request_id, oc_str::new(json), error) })
            .map(drop)
    }

    pub fn shutdown(&self, timeout: Duration) -> Result<(), Error> {
        let timeout = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        // SAFETY: the handle is ours.
        call(|error| unsafe { (self.library.table.shutdown)(self.channel, timeout, error) }).map(drop)
    }
}

impl Drop for RawInstance {
    fn drop(&mut self) {
        if let Err(error) = self.shutdown(Duration::ZERO) {
            // Refused, because the last clone went inside one of our own callbacks: it still runs and uses the data.
            tracing::error!(%error, "a channel is leaked because it was dropped inside its own callback");
            return;
        }
        // SAFETY: the handle is ours, and nobody else has it any more.
        unsafe { (self.library.table.destroy)(self.channel) };
        // SAFETY: made by Box::into_raw; shutdown and destroy have returned, so no callback runs any more.
        drop(unsafe { Box::from_raw(self.data) });
    }
}

/// Make a call that reports through an `oc_error`.
fn call(call: impl FnOnce(*mut oc_error) -> i32) -> Result<i32, Error> {
    let mut error = oc_error::zeroed();
    let status = call(&raw mut error);
    if status < 0 {
        // SAFETY: filled by the callee that just returned.
        return Err(unsafe { take_error(error, status) });
    }
    Ok(status)
}

/// The data behind a callback's pointer.
///
/// # Safety
/// `data` must be the pointer that `RawInstance::create` gave to init, and the instance not destroyed.
unsafe fn host_data<'a>(data: *mut c_void) -> &'a HostData {
    // SAFETY: the caller's promise.
    unsafe { &*data.cast::<HostData>() }
}

unsafe extern "C" fn on_event(data: *mut c_void, event: *const oc_event) -> i32 {
    // SAFETY: the plugin passes back our pointer and a valid event, by the header.
    let (data, event) = unsafe { (host_data(data), &*event) };
    // SAFETY: valid during the callback.
    let json = unsafe { event.json.text() }.unwrap_or_default();
    if data.pending.event(json) { abi::OC_OK } else { abi::OC_E_BUSY }
}

unsafe extern "C" fn on_complete(data: *mut c_void, completion: *const oc_completion) {
    // SAFETY: the plugin passes back our pointer and a valid completion, by the header.
    let (data, completion) = unsafe { (host_data(data), &*completion) };
    // SAFETY: valid during the callback.
    let json = unsafe { completion.json.text() }.unwrap_or_default();
    data.pending.complete(completion.request_id, completion.status, json);
}

unsafe extern "C" fn on_log(data: *mut c_void, record: *const oc_log_record) {
    // SAFETY: the plugin passes back our pointer and a valid record, by the header.
    let (data, record) = unsafe { (host_data(data), &*record) };
    // SAFETY: valid during the callback.
    let text = |text: oc_str| unsafe { text.text() }.unwrap_or_default().to_owned();
    if let Some(log) = &data.log {
        log(LogLine {
            level: match record.level {
                abi::OC_LOG_ERROR => LogLevel::Error,
                abi::OC_LOG_WARN => LogLevel::Warn,
                abi::OC_LOG_INFO => LogLevel::Info,
                abi::OC_LOG_DEBUG => LogLevel::Debug,
                _ => LogLevel::Trace,
            },
            time_ms: record.time_ms,
            target: text(record.target),
            message: text(record.message),
            fields_json: text(record.fields_json),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first bytes of a table, exactly as many as its size says, so that a checker sees each read beyond.
    fn refused(size: u32, magic: u64) -> Option<String> {
        let mut first: Box<[u64; 2]> = Box::new([0, magic]);
        // SAFETY: the box begins with these four bytes.
        unsafe { first.as_mut_ptr().cast::<u32>().write(size) };
        // SAFETY: aligned, with the first fields; the box outlives the call, and nothing else is kept of it.
        unsafe { whole_table(Box::leak(first).as_ptr().cast()) }.err()
    }

    #[test]
    fn a_table_that_is_too_small_is_refused_without_reading_on() {
        assert!(refused(16, abi::OC_MAGIC).is_some_and(|reason| reason.contains("16 bytes instead of")));
    }

    #[test]
    fn a_table_with_another_magic_number_is_refused() {
        assert!(refused(4096, 7).is_some_and(|reason| reason.contains("magic")));
    }

    #[test]
    fn a_table_that_is_not_aligned_is_refused() {
        // SAFETY: never read, because it is not aligned.
        let reason = unsafe { whole_table(std::ptr::without_provenance(4097)) }.err();
        assert!(reason.is_some_and(|reason| reason.contains("not aligned")));
    }
}
