//! The signals that end a program.

use crate::failure::Failure;

/// Waits for Ctrl-C or a request to terminate.
#[derive(Debug)]
pub struct Signals {
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
            interrupt: watch(SignalKind::interrupt())?,
            terminate: watch(SignalKind::terminate())?,
            hangup: watch(SignalKind::hangup())?,
        })
    }

    /// From now on the signals are waited for instead of ending the process. Call it inside a runtime.
    #[cfg(not(unix))]
    pub fn new() -> Result<Self, Failure> {
        Ok(Self {})
    }

    /// The next signal's name.
    #[cfg(unix)]
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hangup.recv() => "SIGHUP",
        }
    }

    /// The next signal's name.
    #[cfg(not(unix))]
    pub async fn next(&mut self) -> &'static str {
        // It cannot be watched: then the system ends the process as it always does.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
