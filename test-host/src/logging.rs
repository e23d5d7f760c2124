//! Logs: one line a record, on stderr.

use clap::ValueEnum;
use host_sdk::host::{LogHook, LogLine};
use host_sdk::protocol::LogLevel;
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex};
use tracing::level_filters::LevelFilter;

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Level {
    /// Something failed and needs a person.
    Error,
    /// Something is not as it should be.
    Warn,
    /// What an operator wants to see.
    Info,
    /// Why something happened.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    /// The same for plugins.
    pub fn for_plugins(self) -> LogLevel {
        match self {
            Self::Error => LogLevel::Error,
            Self::Warn => LogLevel::Warn,
            Self::Info => LogLevel::Info,
            Self::Debug => LogLevel::Debug,
            Self::Trace => LogLevel::Trace,
        }
    }

    fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

/// Begin to log. To be called once.
pub fn start(level: Level) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level.filter())
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .finish();
    // Only a second start could fail, and then the first one goes on.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Puts a plugin's records among ours, under the plugin's name.
pub fn plugin_hook(plugin: &str) -> LogHook {
    let plugin = plugin.to_owned();
    Arc::new(move |record: LogLine| {
        let line = format!("{plugin}: {}{}", record.message, fields(&record.fields_json));
        match record.level {
            LogLevel::Error => tracing::error!("{line}"),
            LogLevel::Warn => tracing::warn!("{line}"),
            LogLevel::Info => tracing::info!("{line}"),
            LogLevel::Debug => tracing::debug!("{line}"),
            LogLevel::Trace => tracing::trace!("{line}"),
        }
    })
}

/// A plugin's records with its errors held back, until it is known what becomes of the call that they belong to.
pub struct HeldErrors {
    held: Arc<Mutex<Option<Vec<LogLine>>>>,
    hook: LogHook,
}

impl HeldErrors {
    /// Holds errors back from now on.
    pub fn new(hook: LogHook) -> Self {
        Self { held: Arc::new(Mutex::new(Some(Vec::new()))), hook }
    }

    /// The hook to give to the plugin.
    pub fn hook(&self) -> LogHook {
        let (held, hook) = (self.held.clone(), self.hook.clone());
        Arc::new(move |record: LogLine| {
            if record.level == LogLevel::Error
                && let Some(held) = held.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).as_mut()
            {
                held.push(record);
                return;
            }
            hook(record);
        })
    }

    /// Hold nothing back any more; what says the same as `told`, which a person reads anyway, is left out.
    pub fn release(&self, told: Option<&str>) {
        let held = self.held.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        for record in held.into_iter().flatten() {
            if told.is_none_or(|told| !told.contains(&record.message)) {
                (self.hook)(record);
            }
        }
    }
}

/// ` key=value key=value`.
fn fields(json: &str) -> String {
    let fields: Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
    fields
        .iter()
        .map(|(key, value)| match value {
            Value::String(text) => format!(" {key}={text:?}"),
            other => format!(" {key}={other}"),
        })
        .collect()
}
