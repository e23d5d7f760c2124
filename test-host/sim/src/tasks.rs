//! Knowing when every task of a server has ended.

use tokio::sync::{mpsc, watch};

/// Held by each task; when the last one is gone, [`Tasks::ended`] returns.
#[derive(Debug, Clone)]
pub(crate) struct TaskGuard {
    _alive: mpsc::Sender<()>,
    stopping: watch::Receiver<bool>,
}

impl TaskGuard {
    /// Returns when the server stops.
    pub(crate) async fn stopped(&mut self) {
        // An error means that the server is gone, which is the same.
        let _ = self.stopping.wait_for(|stopping| *stopping).await;
    }
}

/// The owner's side: tells the tasks to end and waits for them.
#[derive(Debug)]
pub(crate) struct Tasks {
    stop: watch::Sender<bool>,
    gone: mpsc::Receiver<()>,
}

impl Tasks {
    /// The owner's side and the first guard.
    pub(crate) fn new() -> (Self, TaskGuard) {
        let (stop, stopping) = watch::channel(false);
        let (alive, gone) = mpsc::channel(1);
        (Self { stop, gone }, TaskGuard { _alive: alive, stopping })
    }

    /// Tells every task to end.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Returns when the last guard is gone.
    pub(crate) async fn ended(&mut self) {
        while self.gone.recv().await.is_some() {}
    }
}
