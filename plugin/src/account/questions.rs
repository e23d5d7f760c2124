//! Questions that the plugin asks its host, and the answers.

use host_sdk::plugin::Context;
use host_sdk::protocol::{Event, HostAnswer, HostRequest, Question};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a host may think.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// The host does not know such questions.
    NotKnown,
    /// It did not answer in time, or could not.
    Failed(String),
    /// The instance shuts down.
    Closed,
}

type Waiting = HashMap<String, oneshot::Sender<HostAnswer>>;

/// The questions that are open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Questions {
    waiting: Arc<Mutex<Waiting>>,
    next: Arc<AtomicU64>,
}

impl Questions {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ask the host.
    pub(crate) async fn ask(
        &self,
        context: &Context,
        account_id: &str,
        question: Question,
    ) -> Result<HostAnswer, Unanswered> {
        let request_id = format!("q{}", self.next.fetch_add(1, Ordering::Relaxed));
        let (sender, answer) = oneshot::channel();
        self.lock().insert(request_id.clone(), sender);
        let _open = Open { questions: self, request_id: request_id.clone() };
        let request = HostRequest { request_id, account_id: account_id.to_owned(), question };
        if context.emit(&Event::HostRequest(request)).await.is_err() {
            return Err(Unanswered::Closed);
        }
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(HostAnswer::Unknown {})) => Err(Unanswered::NotKnown),
            Ok(Ok(HostAnswer::Failed { reason })) => Err(Unanswered::Failed(reason)),
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(Unanswered::Closed),
            Err(_) => Err(Unanswered::Failed(format!("it did not answer within {} s", PATIENCE.as_secs()))),
        }
    }

    /// The host answered. False when nobody waits for it.
    pub(crate) fn answer(&self, request_id: &str, answer: HostAnswer) -> bool {
        let waiting = self.lock().remove(request_id);
        waiting.is_some_and(|waiting| waiting.send(answer).is_ok())
    }
}

/// Forgets a question when nobody waits for its answer any more.
struct Open<'a> {
    questions: &'a Questions,
    request_id: String,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.questions.lock().remove(&self.request_id);
    }
}
