//! The host's callbacks, as the rest of the plugin side calls them.

use super::gate::Gate;
use super::log::{LogSink, Record};
use super::outlet::{Completion, Outlet};
use super::pusher::Sink;
use crate::abi::{self, oc_str};
use crate::protocol::LogLevel;
use std::ffi::c_void;
use std::sync::Arc;

/// The host's own pointer, passed back and never looked at.
#[derive(Clone, Copy)]
pub(super) struct HostData(*mut c_void);
// SAFETY: the header demands that callbacks work from any thread.
unsafe impl Send for HostData {}
// SAFETY: as above.
unsafe impl Sync for HostData {}

impl HostData {
    pub fn new(data: *mut c_void) -> Self {
        Self(data)
    }
}

type OnEvent = unsafe extern "C" fn(*mut c_void, *const abi::oc_event) -> i32;
type OnComplete = unsafe extern "C" fn(*mut c_void, *const abi::oc_completion);
type OnLog = unsafe extern "C" fn(*mut c_void, *const abi::oc_log_record);

/// Push mode: events and completions.
pub(super) struct HostSink {
    data: HostData,
    on_event: OnEvent,
    on_complete: OnComplete,
    gate: Arc<Gate>,
}

impl HostSink {
    pub fn new(data: HostData, on_event: OnEvent, on_complete: OnComplete, gate: Arc<Gate>) -> Self {
        Self { data, on_event, on_complete, gate }
    }
}

impl Sink for HostSink {
    fn event(&self, json: &str) -> bool {
        let event = abi::oc_event {
            struct_size: size_of::<abi::oc_event>() as u32,
            reserved: 0,
            json: oc_str::new(json),
        };
        let status = self.gate.pass(|| {
            // SAFETY: the gate is open, so shutdown has not returned and the host's promise of a working callback
            // holds; `event` outlives the call.
            unsafe { (self.on_event)(self.data.0, &raw const event) }
        });
        status != Some(abi::OC_E_BUSY)
    }

    fn complete(&self, completion: &Completion) {
        let completion = abi::oc_completion {
            struct_size: size_of::<abi::oc_completion>() as u32,
            status: completion.status,
            request_id: completion.request_id,
            json: oc_str::new(&completion.json),
        };
        self.gate.pass(|| {
            // SAFETY: as in `event`.
            unsafe { (self.on_complete)(self.data.0, &raw const completion) };
        });
    }
}

/// Log records, to the callback or, in pull mode without one, to the queue.
pub(super) struct HostLogger {
    data: HostData,
    log: Option<OnLog>,
    polled: Option<Arc<Outlet>>,
    gate: Arc<Gate>,
}

impl HostLogger {
    pub fn new(data: HostData, log: Option<OnLog>, polled: Option<Arc<Outlet>>, gate: Arc<Gate>) -> Self {
        Self { data, log, polled, gate }
    }
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
            self.gate.pass(|| {
                // SAFETY: as in `HostSink::event`.
                unsafe { log(self.data.0, &raw const record) };
            });
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
