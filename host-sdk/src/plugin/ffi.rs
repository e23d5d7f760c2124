//! The exported functions, generic over the channel. [`export_channel!`](crate::export_channel) gives them their
//! symbols.
//!
//! Everything that is unsafe on the plugin's side is here: raw arguments are checked and turned into safe values
//! before anything else sees them, and no panic leaves.

use super::callbacks::{HostData, HostLogger, HostSink};
use super::channel::Channel;
use super::gate::Gate;
use super::instance::{Instance, Mode};
use super::outlet::{Next, error_json};
use super::panics::guard;
use super::pin::pin;
use crate::abi::{self, oc_buf, oc_channel, oc_channel_api, oc_entry_request, oc_error, oc_host, oc_str};
use crate::protocol::{Error, ErrorCode, Init, QueryRequest};
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, RwLock};
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
        pin();
        // SAFETY: null or as the header says.
        let request = unsafe { sized(request, "request", "oc_entry_request") }?;
        if request.abi_min > request.abi_max {
            return Err(Error::invalid(format!(
                "abi_min {} is above abi_max {}: give the lowest and the highest minor that the host knows",
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
        if out.is_null() || !out.is_aligned() {
            return Err(Error::invalid("out is not a pointer to where the instance can be put").at("out"));
        }
        // SAFETY: checked just now; writable by the header. What was there is not ours to drop.
        unsafe { out.write(std::ptr::null_mut()) };
        // SAFETY: null or as the header says.
        let host = *unsafe { sized(host, "host", "oc_host") }?;
        if host.abi_minor > abi::OC_ABI_MINOR {
            return Err(Error::new(
                ErrorCode::VersionMismatch,
                format!(
                    "the host speaks ABI 1.{}, this plugin 1.0 to 1.{}: pass the minor that the entry function returned",
                    host.abi_minor,
                    abi::OC_ABI_MINOR
                ),
            )
            .at("host.abi_minor"));
        }
        // SAFETY: borrowed for this call, by the header.
        let init = Init::parse(unsafe { argument(init_json, "init_json") }?)?;
        let gate = Gate::new();
        let data = HostData::new(host.host_data);
        let (outlet, mode) = match (host.on_event, host.on_complete) {
            (Some(on_event), Some(on_complete)) => (
                Instance::outlet(false)?,
                Mode::Push(HostSink::new(data, on_event, on_complete, gate.clone())),
            ),
            (None, None) => (Instance::outlet(true)?, Mode::Pull),
            (on_event, _) => {
                let missing = if on_event.is_none() { "host.on_event" } else { "host.on_complete" };
                return Err(Error::invalid(format!(
                    "{missing} is null: on_event and on_complete must both be set (push) or both be null (pull)"
                ))
                .at(missing));
            }
        };
        let polled =
            (init.log.poll && host.log.is_none() && matches!(mode, Mode::Pull)).then(|| outlet.clone());
        let log = HostLogger::new(data, host.log, polled, gate.clone());
        let instance = Arc::new(Instance::create::<C, _, _>(init, mode, outlet, gate, log)?);
        let handle = register(instance);
        // SAFETY: as above.
        unsafe { out.write(handle) };
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
        if out.is_null() || !out.is_aligned() {
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
    if response.is_null() || !response.is_aligned() {
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
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    // Handles start at a random place, so that a made-up one or that of another library is not somebody's instance
    // by accident; below 2^46 on 64 bits, so that languages with floating-point numbers can hold them.
    static BASE: OnceLock<usize> = OnceLock::new();
    let base = *BASE.get_or_init(|| (RandomState::new().hash_one(0) as usize) & (usize::MAX >> 18) | 1);
    let handle = base.wrapping_add(NEXT.fetch_add(2, Ordering::Relaxed)).max(1);
    INSTANCES.write().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(handle, instance);
    std::ptr::without_provenance_mut(handle)
}

fn find(channel: *mut oc_channel) -> Result<Arc<Instance>, Error> {
    if channel.is_null() {
        return Err(
            Error::invalid("channel is a null pointer: pass the handle that init stored").at("channel")
        );
    }
    let instances = INSTANCES.read().unwrap_or_else(|poisoned| poisoned.into_inner());
    let instance = instances.get(&channel.addr()).cloned();
    drop(instances);
    instance.ok_or_else(|| closed("it was destroyed, or never created")).and_then(|instance| {
        // The threads stayed with the parent: waiting for them, or using their locks, would never end.
        if instance.is_of_this_process() { Ok(instance) } else { Err(closed("it was created before a fork")) }
    })
}

fn closed(why: &str) -> Error {
    Error::new(ErrorCode::Closed, format!("this handle is no instance: {why}; create one with init"))
        .at("channel")
}

/// A struct that the host passes, once it is known to be large enough.
///
/// # Safety
/// `given` must be null or a struct whose first field is its size, as the header says, readable for `'a`.
unsafe fn sized<'a, T>(given: *const T, field: &str, name: &str) -> Result<&'a T, Error> {
    if given.is_null() || !given.is_aligned() {
        return Err(Error::invalid(format!("{field} is not a pointer to an {name}")).at(field));
    }
    // SAFETY: not null, aligned; the caller promises that the first field is readable.
    let size = unsafe { given.cast::<u32>().read() };
    if (size as usize) < size_of::<T>() {
        return Err(Error::invalid(format!(
            "struct_size of {name} is {size}, which is less than ABI 1.0 has; set it to sizeof({name})"
        ))
        .at(format!("{field}.struct_size")));
    }
    // SAFETY: large enough by its own word.
    Ok(unsafe { &*given })
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
    // SAFETY: null or as the header says.
    if unsafe { sized(error.cast_const(), "error", "oc_error") }.is_err() {
        return;
    }
    // SAFETY: not null, aligned, and large enough by its own word; writable by the header.
    let error = unsafe { &mut *error };
    error.code = why.code.status();
    error.flags = flags(why);
    error.retry_after_ms = why.retry_after_ms.and_then(|ms| i64::try_from(ms).ok()).unwrap_or(-1);
    error.message = oc_buf::from_string(why.message.clone());
    error.detail_json = oc_buf::from_string(error_json(why));
}

fn flags(why: &Error) -> u32 {
    match why.code {
        _ if why.retryable => abi::OC_ERROR_RETRYABLE,
        // What went wrong here says nothing of the next time.
        ErrorCode::Closed | ErrorCode::Cancelled | ErrorCode::Internal | ErrorCode::Panic => 0,
        _ => abi::OC_ERROR_PERMANENT,
    }
}
