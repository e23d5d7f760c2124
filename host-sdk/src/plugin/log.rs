//! tracing records to the host's log callback.
//!
//! The subscriber is set for the instance's own threads and for the time of a call on a host's thread, never
//! globally: several instances with different hosts may live in one process.

use super::redact::Redactor;
use crate::protocol::LogLevel;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

/// Milliseconds since 1970 UTC; 0 for a clock before that.
pub(super) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// One record, secrets removed.
pub(super) struct Record<'a> {
    pub level: LogLevel,
    pub time_ms: i64,
    pub target: &'a str,
    pub message: &'a str,
    pub fields_json: &'a str,
}

/// Where records go.
pub(super) trait LogSink: Send + Sync + 'static {
    fn log(&self, record: &Record<'_>);
}

/// The subscriber of one instance.
pub(super) struct HostLog<S> {
    sink: S,
    level: Level,
    redactor: Redactor,
    next_span: AtomicU64,
}

impl<S: LogSink> HostLog<S> {
    pub fn new(sink: S, level: LogLevel, redactor: Redactor) -> Self {
        Self { sink, level: level_of(level), redactor, next_span: AtomicU64::new(1) }
    }
}

fn level_of(level: LogLevel) -> Level {
    match level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Trace => Level::TRACE,
    }
}

fn log_level(level: Level) -> LogLevel {
    match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        Level::DEBUG => LogLevel::Debug,
        _ => LogLevel::Trace,
    }
}

/// Libraries below us speak only when something is wrong: their debug records show headers and bodies.
const QUIET: [&str; 8] =
    ["hyper", "reqwest", "rustls", "tungstenite", "tokio_tungstenite", "h2", "mio", "want"];

impl<S: LogSink> Subscriber for HostLog<S> {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // The level never changes, so the answer holds for good: a record that nobody wants costs nothing. With several
        // instances tracing combines their answers.
        if self.enabled(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let root = metadata.target().split("::").next().unwrap_or_default();
        let most = if QUIET.iter().any(|quiet| root.starts_with(quiet)) {
            self.level.min(Level::WARN)
        } else {
            self.level
        };
        *metadata.level() <= most
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::from_level(self.level))
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(self.next_span.fetch_add(1, Ordering::Relaxed).max(1))
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        if !self.enabled(event.metadata()) {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        // One line: what somebody else wrote must not look like a record of its own.
        let message = fields.message.replace(['\n', '\r'], " ");
        let message = self.redactor.clean(&message);
        let json = Value::Object(fields.rest).to_string();
        let json = self.redactor.clean_json(&json);
        self.sink.log(&Record {
            level: log_level(*event.metadata().level()),
            time_ms: now_ms(),
            target: event.metadata().target(),
            message: &message,
            fields_json: &json,
        });
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    rest: Map<String, Value>,
}

impl Fields {
    fn set(&mut self, field: &Field, value: Value) {
        self.rest.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            // Writing to a String cannot fail.
            let _ = write!(self.message, "{value:?}");
        } else {
            self.set(field, Value::String(format!("{value:?}")));
        }
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            self.set(field, Value::String(value.to_owned()));
        }
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value.into());
    }
}
