//! What a channel logs.

use super::PATIENCE;
use host_sdk::host::{LogHook, LogLine};
use host_sdk::protocol::LogLevel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The lines of all instances of a test.
#[derive(Clone, Default)]
pub struct Logs(Arc<Mutex<Vec<LogLine>>>);

impl Logs {
    /// Writes what comes here.
    pub fn hook(&self) -> LogHook {
        let lines = self.0.clone();
        Arc::new(move |line| lines.lock().unwrap().push(line))
    }

    /// How many lines of a level have a text.
    pub fn count(&self, level: LogLevel, text: &str) -> usize {
        let lines = self.0.lock().unwrap();
        lines.iter().filter(|line| line.level == level && line.message.contains(text)).count()
    }

    /// Everything, for looking for what must not be there.
    pub fn everything(&self) -> String {
        let lines = self.0.lock().unwrap();
        lines.iter().map(|line| format!("{} {}\n", line.message, line.fields_json)).collect()
    }

    /// Wait for a line.
    pub async fn until(&self, level: LogLevel, text: &str) {
        let waiting = async {
            while self.count(level, text) == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            panic!("nothing says {text:?}:\n{}", self.everything());
        }
    }
}
