//! The exported functions, generic over the channel. [`export_channel!`](crate::export_channel) gives them their
//! symbols.
//!
//! Everything that is unsafe on the plugin's side is here: raw arguments are checked and turned into safe values
//! before anything else sees them, and no panic leaves.

use super::channel::Channel;
use super::instance::{Instance, Mode};
use super::log::{LogSink, Record};
use super::outlet::{Completion, Next, Outlet, error_json};
use super::panics::guard;
use super::pin::pin;
use super::pusher::Sink;
use super::redact::Redactor;
use crate::abi::{self, oc_buf, oc_channel, oc_channel_api, oc_entry_request, oc_error, oc_host, oc_str};
use crate::protocol::{Error, ErrorCode, Init, LogLevel, QueryRequest};
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// Larger arguments are refused before they are parsed: 16 MiB.
const ARGUMENT_LIMIT: u64 = 16 * 1024 * 1024;

/// Live instances by handle. A handle is a number that was never an address, so a stale one is recognised.
static INSTANCES: RwLock<BTreeMap<usize, Arc<Instance>>> = RwLock::new(BTreeMap::new());

/// The constant part of the table.
#[must_use]
pub const fn table<C: Channel>(build_json: &'static str) -> oc_channel_api {
    oc_channel_api {
        struct_size: size_of::<oc_channel_api>() as u32,
        abi_minor: abi::OC_ABI_MINOR,
        magic: abi::OC_MAGIC,
        flags: abi::OC_FLAG_NEVER_UNLOAD | abi::OC_FLAG_THREAD_SAFE,
        reserved: 0,
        id: oc_str::new(C::ID),
        name: oc_str::new(C::NAME),
        version: oc_str::new(C::VERSION),
        build_json: oc_str::new(build_json),
        init: None,
        handle: None,
        send: None,
        poll: None,
        wake_fd: None,
        query: None,
        shutdown: None,
        destroy: None,
        get_extension: Some(get_extension),
    }
}

unsafe extern "C" fn get_extension(_id: oc_str) -> *const c_void {
    std::ptr::null() // ABI 1.0 defines none
}

/// `openclaw_channel_entry_v1`.
///
/// # Safety
/// The pointers must be null or as the header says.
pub unsafe fn entry(
    table: &'static oc_channel_api,
    request: *const oc_entry_request,
    error: *mut oc_error,
) -> *const oc_channel_api {
    let checked = guard("while answering the entry call", || {
        // SAFETY: null or a struct whose first field is readable, by the header.
        let size = unsafe { request.cast::<u32>().as_ref() }
            .ok_or_else(|| Error::invalid("the entry request is a null pointer").at("request"))?;
        if (*size as usize) < size_of::<oc_entry_request>() {
            return Err(too_small("oc_entry_request", *size).at("request.struct_size"));
        }
        // SAFETY: not null and large enough by its own word.
        let request = unsafe { &*request };
        if request.abi_min > request.abi_max {
            return Err(Error::invalid(format!(
                "abi_min {} is above abi_max {}",
                request.abi_min, request.abi_max
            ))
            .at("request.abi_min"));
        }
        let ours = abi::OC_ABI_MINOR;
        if request.abi_min > ours {
            return Err(Error::new(
                ErrorCode::VersionMismatch,
                format!(
                    "the host needs channel ABI 1.{} or newer, this plugin ({} {}) speaks 1.0 to 1.{ours}: update the plugin",
                    request.abi_min,
                    static_text(table.id),
                    static_text(table.version),
                ),
            ));
        }
        Ok(())
    });
    match checked {
        Ok(()) => table,
        Err(why) => {
            // SAFETY: passed through from the caller.
            unsafe { fill(error, &why) };
            std::ptr::null()
        }
    }
}

fn static_text(text: oc_str) -> &'static str {
    // SAFETY: the table's strings are made from `&'static str`.
    unsafe { text.text() }.unwrap_or_default()
}

/// `openclaw_init`.
///
/// # Safety
/// The pointers must be null or as the header says.
pub unsafe fn init<C: Channel>(
    host: *const oc_host,
    init_json: oc_str,
    out: *mut *mut oc_channel,
    error: *mut oc_error,
) -> i32 {
    let result = guard("in init", || {
        // SAFETY: null or writable, by the header.
        let out = unsafe { out.as_mut() }.ok_or_else(|| {
            Error::invalid("out is a null pointer: there is nowhere to put the instance").at("out")
        })?;
        *out = std::ptr::null_mut();
        pin();
        // SAFETY: null or a struct whose first field is readable, by the header.
        let size = unsafe { host.cast::<u32>().as_ref() }
            .ok_or_else(|| Error::invalid("host is a null pointer").at("host"))?;
        if (*size as usize) < size_of::<oc_host>() {
            return Err(too_small("oc_host", *size).at("host.struct_size"));
        }
        // SAFETY: not null and large enough by its own word.
        let host = unsafe { *host };
        // SAFETY: borrowed for this call, by the header.
        let json = unsafe { argument(init_json, "init_json") }?;
        let init: Init = serde_json::from_str(json).map_err(|error| {
            Error::invalid(format!(
                "the init object is not as it should be: {}",
                crate::protocol::describe_json_error(&error)
            ))
            .at("init_json")
        })?;
        let data = HostData(host.host_data);
        let redactor = Redactor::default();
        let (outlet, mode) = match (host.on_event, host.on_complete) {
            (Some(on_event), Some(on_complete)) => {
                let sink = HostSink { data, on_event, on_complete, redactor: redactor.clone() };
                (Instance::outlet(false)?, Mode::Push(sink))
            }
            (None, None) => (Instance::outlet(true)?, Mode::Pull),
            _ => {
                return Err(Error::invalid(
                    "on_event and on_complete must both be set (push) or both be null (pull)",
                )
                .at("host.on_event"));
            }
        };
        let polled =
            (init.log.poll && host.log.is_none() && matches!(mode, Mode::Pull)).then(|| outlet.clone());
        let log = HostLogger { data, log: host.log, polled };
        let instance = Arc::new(Instance::create::<C, _, _>(init, mode, redactor, outlet, log)?);
        *out = register(instance);
        Ok(abi::OC_OK)
    });
    // SAFETY: passed through from the caller.
    unsafe { status(result, error) }
}

/// `openclaw_handle`.
///
/// # Safety
/// The pointers must be null or as the header says.
pub unsafe fn handle(channel: *mut oc_channel, request_id: u64, json: oc_str, error: *mut oc_error) -> i32 {
    let result = guard("in handle", || {
        let instance = find(channel)?;
        // SAFETY: borrowed for this call, by the header.
        let json = unsafe { argument(json, "request_json") }?;
        instance.handle(request_id, json).map(|()| abi::OC_PENDING)
    });
    // SAFETY: passed through from the caller.
    unsafe { status(result, error) }
}

/// `openclaw_send`.
///
/// # Safety
/// The pointers must be null or as the header says.
pub unsafe fn send(channel: *mut oc_channel, request_id: u64, json: oc_str, error: *mut oc_error) -> i32 {
    let result = guard("in send", || {
        let instance = find(channel)?;
        // SAFETY: borrowed for this call, by the header.
        let json = unsafe { argument(json, "message_json") }?;
        instance.send(request_id, json).map(|()| abi::OC_PENDING)
    });
    // SAFETY: passed through from the caller.
    unsafe { status(result, error) }
}

/// `openclaw_poll`.
///
/// # Safety
/// `out` must be null or writable.
pub unsafe fn poll(channel: *mut oc_channel, timeout_ms: u32, out: *mut oc_buf) -> i32 {
    let result = guard("in poll", || {
        if out.is_null() {
            return Err(Error::invalid("out is a null pointer").at("out"));
        }
        Ok(match find(channel)?.poll(Duration::from_millis(timeout_ms.into()))? {
            Next::Event(json) | Next::Log(json) => {
                // SAFETY: checked for null; writable by the header. What was there is not ours to drop.
                unsafe { out.write(oc_buf::from_string(json)) };
                abi::OC_OK
            }
            Next::Nothing => abi::OC_EMPTY,
            Next::Completion(_) | Next::Closed => abi::OC_E_CLOSED,
        })
    });
    result.unwrap_or_else(|error| error.code.status())
}

/// `openclaw_wake_fd`.
#[must_use]
pub fn wake_fd(channel: *mut oc_channel) -> i64 {
    guard("in wake_fd", || Ok(find(channel)?.descriptor())).unwrap_or(-1)
}

/// `openclaw_query`.
///
/// # Safety
/// `response` must be null or writable; the text must be readable for the call.
pub unsafe fn query<C: Channel>(request: oc_str, response: *mut oc_buf) -> i32 {
    if response.is_null() {
        return abi::OC_E_INVALID_ARGUMENT;
    }
    let answer = guard("while answering a query", || {
        // SAFETY: borrowed for this call, by the header.
        let json = unsafe { argument(request, "request_json") }?;
        C::query(QueryRequest::parse(json)?)
    });
    let (status, json) = match answer {
        Ok(result) => (abi::OC_OK, format!(r#"{{"ok":true,"result":{result}}}"#)),
        Err(error) => (error.code.status(), format!(r#"{{"ok":false,"error":{}}}"#, error_json(&error))),
    };
    // SAFETY: checked for null; writable by the header. What was there is not ours to drop.
    unsafe { response.write(oc_buf::from_string(json)) };
    status
}

/// `openclaw_shutdown`.
///
/// # Safety
/// `error` must be null or as the header says.
pub unsafe fn shutdown(channel: *mut oc_channel, timeout_ms: u32, error: *mut oc_error) -> i32 {
    let result = guard("in shutdown", || {
        find(channel)?.shutdown(Duration::from_millis(timeout_ms.into())).map(|()| abi::OC_OK)
    });
    // SAFETY: passed through from the caller.
    unsafe { status(result, error) }
}

/// `openclaw_destroy`.
pub fn destroy(channel: *mut oc_channel) {
    // Nobody is told: destroy has no result, and a stale handle is harmless.
    let _ = guard("in destroy", || {
        let instance = find(channel)?;
        instance.shutdown(Duration::ZERO)?;
        INSTANCES.write().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(&channel.addr());
        Ok(())
    });
}

fn register(instance: Arc<Instance>) -> *mut oc_channel {
    // Handles look like small aligned addresses, but nothing is ever mapped so low.
    static NEXT: AtomicUsize = AtomicUsize::new(0x10);
    let handle = NEXT.fetch_add(0x10, Ordering::Relaxed);
    INSTANCES.write().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(handle, instance);
    std::ptr::without_provenance_mut(handle)
}

fn find(channel: *mut oc_channel) -> Result<Arc<Instance>, Error> {
    if channel.is_null() {
        return Err(Error::invalid("channel is a null pointer").at("channel"));
    }
    let instances = INSTANCES.read().unwrap_or_else(|poisoned| poisoned.into_inner());
    instances.get(&channel.addr()).cloned().ok_or_else(|| {
        Error::new(ErrorCode::Closed, "this handle is no instance: it was destroyed, or never created")
    })
}

fn too_small(what: &str, size: u32) -> Error {
    Error::invalid(format!(
        "struct_size of {what} is {size}, which is less than ABI 1.0 has; set it to sizeof({what})"
    ))
}

/// A text argument, checked.
///
/// # Safety
/// `text` must be readable for `'a`.
unsafe fn argument<'a>(text: oc_str, name: &str) -> Result<&'a str, Error> {
    if text.len > ARGUMENT_LIMIT {
        return Err(Error::new(
            ErrorCode::TooLarge,
            format!("{name} has {} bytes; at most {ARGUMENT_LIMIT} are taken", text.len),
        )
        .at(name));
    }
    // SAFETY: the caller's promise is the same.
    let bytes = unsafe { text.bytes() }
        .ok_or_else(|| Error::invalid(format!("{name} is a null pointer with a length")).at(name))?;
    std::str::from_utf8(bytes).map_err(|error| {
        Error::invalid(format!("{name} is not valid UTF-8 at byte {}", error.valid_up_to())).at(name)
    })
}

/// Status and error of a call.
///
/// # Safety
/// `error` must be null or as the header says.
unsafe fn status(result: Result<i32, Error>, error: *mut oc_error) -> i32 {
    match result {
        Ok(status) => status,
        Err(why) => {
            // SAFETY: passed through from the caller.
            unsafe { fill(error, &why) };
            why.code.status()
        }
    }
}

/// Tell why, if the caller wants to know and its struct is large enough.
///
/// # Safety
/// `error` must be null or as the header says.
unsafe fn fill(error: *mut oc_error, why: &Error) {
    // SAFETY: null or a struct whose first field is readable, by the header.
    let Some(size) = (unsafe { error.cast::<u32>().as_ref() }) else { return };
    if (*size as usize) < size_of::<oc_error>() {
        return;
    }
    // SAFETY: not null and large enough by its own word.
    let error = unsafe { &mut *error };
    error.code = why.code.status();
    error.flags = if why.retryable { abi::OC_ERROR_RETRYABLE } else { abi::OC_ERROR_PERMANENT };
    error.retry_after_ms = why.retry_after_ms.and_then(|ms| i64::try_from(ms).ok()).unwrap_or(-1);
    error.message = oc_buf::from_string(why.message.clone());
    error.detail_json = oc_buf::from_string(error_json(why));
}

/// The host's own pointer, passed back and never looked at.
#[derive(Clone, Copy)]
struct HostData(*mut c_void);
// SAFETY: the header demands that callbacks work from any thread.
unsafe impl Send for HostData {}
// SAFETY: as above.
unsafe impl Sync for HostData {}

struct HostSink {
    data: HostData,
    on_event: unsafe extern "C" fn(*mut c_void, *const abi::oc_event) -> i32,
    on_complete: unsafe extern "C" fn(*mut c_void, *const abi::oc_completion),
    redactor: Redactor,
}

impl Sink for HostSink {
    fn event(&self, json: &str) -> bool {
        let json = self.redactor.clean(json);
        let event = abi::oc_event {
            struct_size: size_of::<abi::oc_event>() as u32,
            reserved: 0,
            json: oc_str::new(&json),
        };
        // SAFETY: the host promised a working callback until shutdown has returned; `event` outlives the call.
        let status = unsafe { (self.on_event)(self.data.0, &raw const event) };
        status != abi::OC_E_BUSY
    }

    fn complete(&self, completion: &Completion) {
        let completion = abi::oc_completion {
            struct_size: size_of::<abi::oc_completion>() as u32,
            status: completion.status,
            request_id: completion.request_id,
            json: oc_str::new(&completion.json),
        };
        // SAFETY: as in `event`.
        unsafe { (self.on_complete)(self.data.0, &raw const completion) };
    }
}

struct HostLogger {
    data: HostData,
    log: Option<unsafe extern "C" fn(*mut c_void, *const abi::oc_log_record)>,
    polled: Option<Arc<Outlet>>,
}

impl LogSink for HostLogger {
    fn log(&self, record: &Record<'_>) {
        if let Some(log) = self.log {
            let record = abi::oc_log_record {
                struct_size: size_of::<abi::oc_log_record>() as u32,
                level: level(record.level),
                time_ms: record.time_ms,
                target: oc_str::new(record.target),
                message: oc_str::new(record.message),
                fields_json: oc_str::new(record.fields_json),
            };
            // SAFETY: the host promised a working callback until shutdown has returned; `record` outlives the call.
            unsafe { log(self.data.0, &raw const record) };
        } else if let Some(outlet) = &self.polled {
            let text = |text: &str| serde_json::Value::String(text.to_owned()).to_string();
            let level = serde_json::to_string(&record.level).unwrap_or_default();
            outlet.push_log(format!(
                r#"{{"kind":"log","level":{level},"time_ms":{},"target":{},"message":{},"fields":{}}}"#,
                record.time_ms,
                text(record.target),
                text(record.message),
                record.fields_json
            ));
        }
    }
}

fn level(level: LogLevel) -> i32 {
    match level {
        LogLevel::Error => abi::OC_LOG_ERROR,
        LogLevel::Warn => abi::OC_LOG_WARN,
        LogLevel::Info => abi::OC_LOG_INFO,
        LogLevel::Debug => abi::OC_LOG_DEBUG,
        LogLevel::Trace => abi::OC_LOG_TRACE,
    }
}
