//! The structs that carry functions, and those that functions carry.

use super::error::oc_error;
use super::values::{oc_buf, oc_str};
use abi_stable::StableAbi;
use std::ffi::c_void;

/// The name of the entry symbol.
pub const ENTRY_SYMBOL: &str = "openclaw_channel_entry_v1";

/// The type of the entry symbol.
pub type EntryFn = unsafe extern "C" fn(*const oc_entry_request, *mut oc_error) -> *const oc_channel_api;

/// One running channel: an opaque handle that is never dereferenced.
#[repr(C)]
#[derive(StableAbi)]
#[allow(non_camel_case_types)]
pub struct oc_channel {
    _opaque: [u8; 0],
}

/// Something happened.
#[repr(C)]
#[derive(StableAbi)]
#[allow(non_camel_case_types)]
pub struct oc_event {
    /// `sizeof(oc_event)` as the plugin knows it.
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// One event object.
    pub json: oc_str,
}

/// The one end of a request that was answered with `OC_PENDING`.
#[repr(C)]
#[derive(StableAbi)]
#[allow(non_camel_case_types)]
pub struct oc_completion {
    /// `sizeof(oc_completion)` as the plugin knows it.
    pub struct_size: u32,
    /// `OC_OK` or negative.
    pub status: i32,
    /// The host's own id.
    pub request_id: u64,
    /// The result, or the error object.
    pub json: oc_str,
}

/// One log line, secrets removed.
#[repr(C)]
#[derive(StableAbi)]
#[allow(non_camel_case_types)]
pub struct oc_log_record {
    /// `sizeof(oc_log_record)` as the plugin knows it.
    pub struct_size: u32,
    /// `OC_LOG_*`.
    pub level: i32,
    /// Milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
    /// Which part speaks.
    pub target: oc_str,
    /// One line.
    pub message: oc_str,
    /// The record's fields as a JSON object.
    pub fields_json: oc_str,
}

/// What the host offers to an instance.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
#[allow(non_camel_case_types)]
pub struct oc_host {
    /// `sizeof(oc_host)` as the host knows it.
    pub struct_size: u32,
    /// The minor that the entry function returned.
    pub abi_minor: u32,
    /// Passed back in each callback.
    pub host_data: *mut c_void,
    /// Push: an event; `OC_OK` taken, `OC_E_BUSY` offer again.
    pub on_event: Option<unsafe extern "C" fn(*mut c_void, *const oc_event) -> i32>,
    /// Push: a completion.
    pub on_complete: Option<unsafe extern "C" fn(*mut c_void, *const oc_completion)>,
    /// A log record; null: none wanted.
    pub log: Option<unsafe extern "C" fn(*mut c_void, *const oc_log_record)>,
    /// An extension of the host by id.
    pub get_extension: Option<unsafe extern "C" fn(*mut c_void, oc_str) -> *const c_void>,
}

/// The plugin's functions.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
#[allow(non_camel_case_types)]
pub struct oc_channel_api {
    /// `sizeof(oc_channel_api)` as the plugin knows it.
    pub struct_size: u32,
    /// The highest minor that both sides know.
    pub abi_minor: u32,
    /// `OC_MAGIC`.
    pub magic: u64,
    /// `OC_FLAG_*`.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
    /// The channel's id.
    pub id: oc_str,
    /// The channel's name for people.
    pub name: oc_str,
    /// The plugin's version.
    pub version: oc_str,
    /// A JSON object about the build.
    pub build_json: oc_str,
    /// Create an instance.
    pub init:
        Option<unsafe extern "C" fn(*const oc_host, oc_str, *mut *mut oc_channel, *mut oc_error) -> i32>,
    /// Ask the instance to do something.
    pub handle: Option<unsafe extern "C" fn(*mut oc_channel, u64, oc_str, *mut oc_error) -> i32>,
    /// Deliver an outbound message.
    pub send: Option<unsafe extern "C" fn(*mut oc_channel, u64, oc_str, *mut oc_error) -> i32>,
    /// Pull mode: the next delivery.
    pub poll: Option<unsafe extern "C" fn(*mut oc_channel, u32, *mut oc_buf) -> i32>,
    /// Pull mode on Unix: a descriptor that is readable while poll has something.
    pub wake_fd: Option<unsafe extern "C" fn(*mut oc_channel) -> i64>,
    /// A pure question.
    pub query: Option<unsafe extern "C" fn(oc_str, *mut oc_buf) -> i32>,
    /// Stop and join every thread.
    pub shutdown: Option<unsafe extern "C" fn(*mut oc_channel, u32, *mut oc_error) -> i32>,
    /// Free the instance.
    pub destroy: Option<unsafe extern "C" fn(*mut oc_channel)>,
    /// An extension of the plugin by id.
    pub get_extension: Option<unsafe extern "C" fn(oc_str) -> *const c_void>,
}

// SAFETY: the table is constant; its strings are static and its functions thread-safe by the header's rules.
unsafe impl Sync for oc_channel_api {}
// SAFETY: as above.
unsafe impl Send for oc_channel_api {}

/// What the host says of itself when it asks for the table.
#[repr(C)]
#[derive(StableAbi)]
#[allow(non_camel_case_types)]
pub struct oc_entry_request {
    /// `sizeof(oc_entry_request)` as the host knows it.
    pub struct_size: u32,
    /// Lowest minor of ABI 1 that the host can work with.
    pub abi_min: u32,
    /// Highest minor of ABI 1 that the host knows.
    pub abi_max: u32,
    /// 0.
    pub reserved: u32,
    /// For logs.
    pub host_name: oc_str,
    /// For logs.
    pub host_version: oc_str,
}
