//! Order per conversation, conversations in parallel.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};
use tokio::sync::Notify;

/// Jobs in lanes: within a lane one at a time and in order, lanes side by side. A lane that is empty is gone.
#[derive(Debug)]
pub struct Lanes<J> {
    lanes: Mutex<HashMap<String, VecDeque<J>>>,
    empty: Notify,
}

impl<J> Default for Lanes<J> {
    fn default() -> Self {
        Self { lanes: Mutex::default(), empty: Notify::new() }
    }
}

impl<J> Lanes<J> {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, VecDeque<J>>> {
        self.lanes.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Queue a job. True when the lane was not there: the caller starts a worker for it.
    pub fn push(&self, lane: &str, job: J) -> bool {
        let mut lanes = self.lock();
        if let Some(queue) = lanes.get_mut(lane) {
            queue.push_back(job);
            return false;
        }
        lanes.insert(lane.to_owned(), VecDeque::from([job]));
        true
    }

    /// The worker's next job; `None` ends the worker and the lane.
    pub fn next(&self, lane: &str) -> Option<J> {
        let mut lanes = self.lock();
        let job = lanes.get_mut(lane)?.pop_front();
        if job.is_none() {
            lanes.remove(lane);
            if lanes.is_empty() {
                self.empty.notify_waiters();
            }
        }
        job
    }

    /// Wait until there is no work.
    pub async fn idle(&self) {
        loop {
            let emptied = self.empty.notified();
            if self.is_empty() {
                return;
            }
            emptied.await;
        }
    }

    /// Lanes that have work or a worker.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// There is no work.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Lanes;

    #[test]
    fn a_lane_has_one_worker_and_keeps_its_order() {
        let lanes = Lanes::default();
        assert!(lanes.push("a", 1));
        assert!(!lanes.push("a", 2));
        assert!(lanes.push("b", 3));
        assert_eq!(lanes.next("a"), Some(1));
        assert!(!lanes.push("a", 4));
        assert_eq!((lanes.next("a"), lanes.next("a")), (Some(2), Some(4)));
        assert_eq!(lanes.next("a"), None);
        assert!(lanes.push("a", 5));
        assert_eq!(lanes.len(), 2);
    }

    #[tokio::test]
    async fn idle_waits_for_the_last_lane() {
        let lanes = std::sync::Arc::new(Lanes::default());
        lanes.idle().await;
        lanes.push("a", 1);
        let waiting = tokio::spawn({
            let lanes = lanes.clone();
            async move { lanes.idle().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        while lanes.next("a").is_some() {}
        waiting.await.unwrap();
    }
}
