//! How far the upload of a large file is, for somebody who waits for it.

use crate::logging::Level;
use crate::output;
use crate::settings::Settings;
use host_sdk::host::{LogHook, LogLine};
use host_sdk::protocol::LogLevel;
use serde_json::Value;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shows the records of a plugin that tell how far an upload is as one line that changes, and the others as ever.
pub struct Uploads {
    hook: LogHook,
    open: Arc<AtomicBool>,
}

impl Uploads {
    /// Other records go to `hook`, as far as they were asked for.
    pub fn new(settings: &Settings, hook: LogHook) -> Self {
        let open = Arc::new(AtomicBool::new(false));
        let shown = settings.log_level.unwrap_or(Level::Warn).for_plugins();
        let line_is_open = open.clone();
        // Who asked for these records gets them as records.
        let terminal = std::io::stderr().is_terminal() && !settings.json && shown < LogLevel::Info;
        let hook: LogHook = Arc::new(move |record: LogLine| match progress(&record).filter(|_| terminal) {
            Some(text) => {
                line_is_open.store(true, Ordering::Relaxed);
                output::replace(&text);
            }
            None if record.level <= shown => hook(record),
            None => {}
        });
        Self { hook, open }
    }

    /// The hook to give to the plugin.
    pub fn hook(&self) -> LogHook {
        self.hook.clone()
    }

    /// The next line begins anew.
    pub fn end(&self) {
        if self.open.swap(false, Ordering::Relaxed) {
            output::note("");
        }
    }
}

/// `name: 40 % of 20.0 MiB`.
#[allow(clippy::cast_precision_loss)]
fn progress(record: &LogLine) -> Option<String> {
    let fields: Value = serde_json::from_str(&record.fields_json).ok()?;
    let (name, sent, total) = (fields["file"].as_str()?, fields["sent"].as_u64()?, fields["total"].as_u64()?);
    let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    let percent = sent.saturating_mul(100) / total.max(1);
    Some(format!("{name}: {percent} % of {:.1} MiB", total as f64 / (1024.0 * 1024.0)))
}

#[cfg(test)]
mod tests {
    use super::progress;
    use host_sdk::host::LogLine;
    use host_sdk::protocol::LogLevel;

    #[test]
    fn a_record_of_an_upload_is_told_from_others() {
        let line = |fields: &str| LogLine {
            level: LogLevel::Info,
            time_ms: 0,
            target: String::new(),
            message: String::new(),
            fields_json: fields.to_owned(),
        };
        let told = progress(&line(r#"{"file":"a.mp4","sent":4194304,"total":10485760}"#));
        assert_eq!(told.as_deref(), Some("a.mp4: 40 % of 10.0 MiB"));
        assert_eq!(progress(&line(r#"{"file":"a.mp4"}"#)), None);
    }
}
