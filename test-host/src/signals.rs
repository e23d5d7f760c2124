//! The signals that end a program.

use crate::failure::Failure;
use std::time::{Duration, Instant};

/// `timeout` and some terminals send a signal twice; a person who repeats it takes longer.
const SAME: Duration = Duration::from_millis(500);

/// Waits for Ctrl-C or a request to terminate.
#[derive(Debug)]
pub struct Signals {
    last: Option<Instant>,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
}

impl Signals {
    /// From now on the signals are waited for instead of ending the process. Call it inside a runtime.
    #[cfg(unix)]
    pub fn new() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let watch = |kind| signal(kind).map_err(|error| Failure::system("cannot watch for signals", &error));
        Ok(Self {
            last: None,
            interrupt: watch(SignalKind::interrupt())?,
            terminate: watch(SignalKind::terminate())?,
            hangup: watch(SignalKind::hangup())?,
        })
    }

    /// From now on the signals are waited for instead of ending the process. Call it inside a runtime.
    #[cfg(not(unix))]
    pub fn new() -> Result<Self, Failure> {
        Ok(Self { last: None })
    }

    /// The next signal's name; one that follows at once on another is taken for the same.
    pub async fn next(&mut self) -> &'static str {
        loop {
            let name = self.any().await;
            let now = Instant::now();
            let repeated = self.last.is_some_and(|last| now.duration_since(last) < SAME);
            if !repeated {
                self.last = Some(now);
                return name;
            }
        }
    }

    #[cfg(unix)]
    async fn any(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hangup.recv() => "SIGHUP",
        }
    }

    #[cfg(not(unix))]
    async fn any(&mut self) -> &'static str {
        // It cannot be watched: then the system ends the process as it always does.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
