//! The calls.

use super::arguments::{Arg, EntryArgs, ErrorArg, Handle, HostArgs};
use super::callbacks;
use crate::abi::{
    self, ENTRY_SYMBOL, EntryFn, oc_buf, oc_channel, oc_channel_api, oc_entry_request, oc_error, oc_host,
    oc_str,
};
use crate::host::ffi::whole_table;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;

/// What a failed call told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldError {
    /// `oc_error.code`
    pub code: i32,
    /// `oc_error.flags`
    pub flags: u32,
    /// `oc_error.retry_after_ms`
    pub retry_after_ms: i64,
    /// `oc_error.message`
    pub message: String,
    /// `oc_error.detail_json`
    pub detail_json: String,
}

/// What a call gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The returned status.
    pub status: i32,
    /// The error, when the callee filled one.
    pub error: Option<ToldError>,
}

impl Outcome {
    /// The error's message, or nothing.
    #[must_use]
    pub fn message(&self) -> &str {
        self.error.as_ref().map_or("", |error| &error.message)
    }
}

/// What poll gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Polled {
    /// The returned status.
    pub status: i32,
    /// The delivery, when the buffer was filled.
    pub json: Option<String>,
}

/// What the table says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFacts {
    /// Where it lies.
    pub address: usize,
    /// `oc_channel_api.struct_size`
    pub struct_size: u32,
    /// `oc_channel_api.abi_minor`
    pub abi_minor: u32,
    /// `oc_channel_api.magic`
    pub magic: u64,
    /// `oc_channel_api.flags`
    pub flags: u32,
    /// `oc_channel_api.reserved`
    pub reserved: u32,
    /// `id`, `name`, `version`, `build_json`
    pub texts: [String; 4],
    /// Names of functions that are null.
    pub missing: Vec<&'static str>,
    /// Names of flat symbols that are absent or not the table's own function.
    pub strangers: Vec<&'static str>,
}

/// A loaded library. It is never unloaded by this struct.
#[derive(Clone)]
pub struct RawLibrary {
    library: Arc<ManuallyDrop<libloading::Library>>,
    entry: EntryFn,
    api: &'static oc_channel_api,
}

impl RawLibrary {
    /// Load a library and fetch its table.
    ///
    /// # Errors
    /// A sentence.
    pub fn open(path: &Path) -> Result<Self, String> {
        // SAFETY: running a library's initialisers is what loading means; the caller chose to trust it.
        let library = unsafe { libloading::Library::new(path) }.map_err(|error| error.to_string())?;
        // SAFETY: the symbol's type is fixed by the header.
        let entry = *unsafe { library.get::<EntryFn>(ENTRY_SYMBOL.as_bytes()) }
            .map_err(|_| format!("there is no symbol {ENTRY_SYMBOL}"))?;
        let library = Arc::new(ManuallyDrop::new(library));
        let (api, outcome) = call_entry(entry, &EntryArgs::default(), ErrorArg::default());
        if api.is_null() {
            return Err(format!("no table: {}", outcome.message()));
        }
        // SAFETY: the plugin's constant table, whose first fields every ABI 1 table has.
        let api = unsafe { whole_table(api) }?;
        Ok(Self { library, entry, api })
    }

    /// Load the library once more and unload that once, as a host does that believes in unloading.
    ///
    /// # Errors
    /// The loader's words.
    pub fn load_and_unload(path: &Path) -> Result<(), String> {
        // SAFETY: as in `open`.
        let library = unsafe { libloading::Library::new(path) }.map_err(|error| error.to_string())?;
        library.close().map_err(|error| error.to_string())
    }

    /// Call the entry function; the address of the table, or 0.
    #[must_use]
    pub fn entry(&self, arguments: &EntryArgs, error: ErrorArg) -> (usize, Outcome) {
        let (api, outcome) = call_entry(self.entry, arguments, error);
        (api.addr(), outcome)
    }

    /// What the table says.
    #[must_use]
    pub fn table(&self) -> TableFacts {
        let api = self.api;
        // SAFETY: static strings of the plugin, by the header.
        let text = |text: oc_str| unsafe { text.text() }.unwrap_or("(not UTF-8)").to_owned();
        let functions = [
            ("openclaw_init", api.init.map(|f| f as usize)),
            ("openclaw_handle", api.handle.map(|f| f as usize)),
            ("openclaw_send", api.send.map(|f| f as usize)),
            ("openclaw_poll", api.poll.map(|f| f as usize)),
            ("openclaw_wake_fd", api.wake_fd.map(|f| f as usize)),
            ("openclaw_query", api.query.map(|f| f as usize)),
            ("openclaw_shutdown", api.shutdown.map(|f| f as usize)),
            ("openclaw_destroy", api.destroy.map(|f| f as usize)),
        ];
        let mut missing: Vec<_> = functions.iter().filter(|f| f.1.is_none()).map(|f| f.0).collect();
        if api.get_extension.is_none() {
            missing.push("get_extension");
        }
        let flat = |name: &str| {
            // SAFETY: only the address is looked at.
            unsafe { self.library.get::<unsafe extern "C" fn()>(name.as_bytes()) }.ok().map(|f| *f as usize)
        };
        let strangers = functions.iter().filter(|f| flat(f.0) != f.1).map(|f| f.0).collect();
        TableFacts {
            address: std::ptr::from_ref(api).addr(),
            struct_size: api.struct_size,
            abi_minor: api.abi_minor,
            magic: api.magic,
            flags: api.flags,
            reserved: api.reserved,
            texts: [text(api.id), text(api.name), text(api.version), text(api.build_json)],
            missing,
            strangers,
        }
    }

    /// `openclaw_init`. The callbacks are never freed, so that a late one is seen instead of crashing.
    #[must_use]
    pub fn init<'a>(&self, host: &HostArgs, json: impl Into<Arg<'a>>, error: ErrorArg) -> (Handle, Outcome) {
        let given = oc_host {
            struct_size: host.struct_size.unwrap_or_default(),
            abi_minor: host.abi_minor,
            host_data: Arc::into_raw(host.callbacks.clone()).cast_mut().cast(),
            on_event: if host.on_event { Some(callbacks::on_event) } else { None },
            on_complete: if host.on_complete { Some(callbacks::on_complete) } else { None },
            log: if host.log { Some(callbacks::on_log) } else { None },
            get_extension: None,
        };
        let host_ptr = if host.struct_size.is_some() { &raw const given } else { std::ptr::null() };
        // Not null, so that it is seen whether a failing init clears it.
        let mut channel: *mut oc_channel = std::ptr::without_provenance_mut(1);
        let out = if host.out { &raw mut channel } else { std::ptr::null_mut() };
        let json = json.into().raw;
        let outcome = report(error, |error| match self.api.init {
            // SAFETY: all arguments live through the call; what is wrong with them is on purpose.
            Some(init) => unsafe { init(host_ptr, json, out, error) },
            None => abi::OC_E_INTERNAL,
        });
        (if host.out { Handle(channel.addr()) } else { Handle::NULL }, outcome)
    }

    /// `openclaw_handle`.
    #[must_use]
    pub fn handle<'a>(&self, handle: Handle, request_id: u64, json: impl Into<Arg<'a>>) -> Outcome {
        let json = json.into().raw;
        report(ErrorArg::default(), |error| match self.api.handle {
            // SAFETY: as in `init`.
            Some(function) => unsafe { function(pointer(handle), request_id, json, error) },
            None => abi::OC_E_INTERNAL,
        })
    }

    /// `openclaw_send`.
    #[must_use]
    pub fn send<'a>(&self, handle: Handle, request_id: u64, json: impl Into<Arg<'a>>) -> Outcome {
        let json = json.into().raw;
        report(ErrorArg::default(), |error| match self.api.send {
            // SAFETY: as in `init`.
            Some(function) => unsafe { function(pointer(handle), request_id, json, error) },
            None => abi::OC_E_INTERNAL,
        })
    }

    /// `openclaw_handle` with an error argument of choice.
    #[must_use]
    pub fn handle_with(&self, handle: Handle, request_id: u64, json: &str, error: ErrorArg) -> Outcome {
        report(error, |error| match self.api.handle {
            // SAFETY: as in `init`.
            Some(function) => unsafe { function(pointer(handle), request_id, oc_str::new(json), error) },
            None => abi::OC_E_INTERNAL,
        })
    }

    /// `openclaw_poll`.
    #[must_use]
    pub fn poll(&self, handle: Handle, timeout_ms: u32) -> Polled {
        let mut out = oc_buf::EMPTY;
        let status = match self.api.poll {
            // SAFETY: `out` is writable.
            Some(poll) => unsafe { poll(pointer(handle), timeout_ms, &raw mut out) },
            None => abi::OC_E_INTERNAL,
        };
        Polled { status, json: take(out) }
    }

    /// `openclaw_poll` without a place for the result.
    #[must_use]
    pub fn poll_into_null(&self, handle: Handle) -> i32 {
        // SAFETY: the null pointer is what is tested.
        self.api
            .poll
            .map_or(abi::OC_E_INTERNAL, |poll| unsafe { poll(pointer(handle), 0, std::ptr::null_mut()) })
    }

    /// `openclaw_wake_fd`.
    #[must_use]
    pub fn wake_fd(&self, handle: Handle) -> i64 {
        // SAFETY: a number, valid or not.
        self.api.wake_fd.map_or(-2, |wake_fd| unsafe { wake_fd(pointer(handle)) })
    }

    /// `openclaw_query`: status and answer.
    #[must_use]
    pub fn query<'a>(&self, json: impl Into<Arg<'a>>) -> Polled {
        let mut out = oc_buf::EMPTY;
        let json = json.into().raw;
        let status = match self.api.query {
            // SAFETY: `out` is writable; the argument lives through the call.
            Some(query) => unsafe { query(json, &raw mut out) },
            None => abi::OC_E_INTERNAL,
        };
        Polled { status, json: take(out) }
    }

    /// `openclaw_query` without a place for the answer.
    #[must_use]
    pub fn query_into_null(&self, json: &str) -> i32 {
        // SAFETY: the null pointer is what is tested.
        self.api
            .query
            .map_or(abi::OC_E_INTERNAL, |query| unsafe { query(oc_str::new(json), std::ptr::null_mut()) })
    }

    /// `openclaw_shutdown`.
    #[must_use]
    pub fn shutdown(&self, handle: Handle, timeout_ms: u32) -> Outcome {
        report(ErrorArg::default(), |error| match self.api.shutdown {
            // SAFETY: a number, valid or not; `error` lives through the call.
            Some(shutdown) => unsafe { shutdown(pointer(handle), timeout_ms, error) },
            None => abi::OC_E_INTERNAL,
        })
    }

    /// `openclaw_destroy`.
    pub fn destroy(&self, handle: Handle) {
        if let Some(destroy) = self.api.destroy {
            // SAFETY: a number, valid or not.
            unsafe { destroy(pointer(handle)) };
        }
    }
}

fn pointer(handle: Handle) -> *mut oc_channel {
    std::ptr::without_provenance_mut(handle.0)
}

fn call_entry(entry: EntryFn, arguments: &EntryArgs, error: ErrorArg) -> (*const oc_channel_api, Outcome) {
    let request = oc_entry_request {
        struct_size: arguments.struct_size.unwrap_or_default(),
        abi_min: arguments.abi_min,
        abi_max: arguments.abi_max,
        reserved: 0,
        host_name: oc_str::new("raw"),
        host_version: oc_str::EMPTY,
    };
    let given = if arguments.struct_size.is_some() { &raw const request } else { std::ptr::null() };
    let mut api = std::ptr::null();
    let outcome = report(error, |error| {
        // SAFETY: both structs live through the call; what is wrong with them is on purpose.
        api = unsafe { entry(given, error) };
        if api.is_null() { abi::OC_E_INTERNAL } else { abi::OC_OK }
    });
    // The entry function has no status of its own; the error has.
    let status = outcome.error.as_ref().map_or(outcome.status, |error| error.code);
    (api, Outcome { status, ..outcome })
}

/// Make a call with an error struct, and take what it told.
fn report(error: ErrorArg, call: impl FnOnce(*mut oc_error) -> i32) -> Outcome {
    let mut storage = oc_error::zeroed();
    let given = match error {
        ErrorArg::Null => std::ptr::null_mut(),
        ErrorArg::Claiming(size) => {
            storage.struct_size = size;
            &raw mut storage
        }
    };
    let status = call(given);
    if storage.code == 0 && storage.message.release.is_none() && storage.detail_json.release.is_none() {
        return Outcome { status, error: None };
    }
    let error = ToldError {
        code: storage.code,
        flags: storage.flags,
        retry_after_ms: storage.retry_after_ms,
        message: take(storage.message).unwrap_or_default(),
        detail_json: take(storage.detail_json).unwrap_or_default(),
    };
    Outcome { status, error: Some(error) }
}

/// Copy and release a buffer; `None` when it was never filled. A release that leaves something behind shows.
fn take(mut buf: oc_buf) -> Option<String> {
    let release = buf.release?;
    // SAFETY: filled by the callee that just returned, and not released yet.
    let bytes = unsafe { oc_str { ptr: buf.ptr, len: buf.len }.bytes() }.unwrap_or_default();
    let text = String::from_utf8_lossy(bytes).into_owned();
    // SAFETY: called once, on the struct that was filled.
    unsafe { release(&raw mut buf) };
    let cleared = buf.ptr.is_null() && buf.len == 0 && buf.owner.is_null() && buf.release.is_none();
    Some(if cleared { text } else { "(release did not clear the buffer)".to_owned() })
}
