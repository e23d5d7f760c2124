//! The journal as the rest of the library sees it.

use super::backend::Store;
use super::error::{Closed, JournalError, Note};
use super::key;
use super::queue::{Item, Queue};
use super::records::{Change, Delivery, Retention, Snapshot};
use super::redb_store::RedbStore;
use super::state_dir::StateDir;
use super::writer::Writer;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

/// How many changes can wait to become durable before [`Journal::record`] waits.
pub const QUEUE: usize = 4096;

/// How long the last handle waits for the writer when nobody called [`Journal::close`].
const DROP_LIMIT: Duration = Duration::from_secs(2);

/// Writes down what must survive. Cheap to clone; all clones are one journal.
///
/// A thread named `mattermost-journal` writes what is recorded, in groups. It ends when [`Journal::close`] is done,
/// or when the last clone is dropped: that waits, at most two seconds, until what was recorded is written.
///
/// While nothing can be written (disk full, ...) nothing is dropped either: the writer tries again every 0.1 to 5
/// seconds, [`Journal::problem`] says why, and [`Journal::record`] begins to wait when 4096 changes are not durable.
#[derive(Clone)]
pub struct Journal {
    handle: Arc<Handle>,
}

/// A journal that was opened, and what people should hear of it.
#[derive(Debug)]
pub struct Opened {
    /// The journal.
    pub journal: Journal,
    /// What was found; empty when all is well.
    pub notes: Vec<Note>,
}

struct Handle {
    queue: Arc<Queue>,
    problem: watch::Receiver<Option<String>>,
    key: [u8; 32],
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Journal {
    /// Open the journal of a state directory and take the directory for this process; `None`: in memory, nothing
    /// survives. Drops what is beyond `retention`, now and every hour. Blocks, and reads the whole file: call it once,
    /// not on a runtime's thread.
    ///
    /// A journal that is damaged or not one at all is set aside, and an empty one is begun: see [`Note::SetAside`].
    ///
    /// # Errors
    ///
    /// When another process uses the directory, when the journal is of a newer version, and when the system refuses
    /// (no permission, disk full, ...). The journal is left as it is then.
    pub fn open(state_dir: Option<&Path>, retention: Retention) -> Result<Opened, JournalError> {
        let Some(path) = state_dir else {
            let journal = Self::begin(
                Box::new(RedbStore::in_memory()?),
                key::random()?,
                retention,
                "memory".to_owned(),
            )?;
            return Ok(Opened { journal, notes: Vec::new() });
        };
        let dir = StateDir::take(path)?;
        let (key, key_note) = key::load(&dir)?;
        let (store, store_note) = RedbStore::open_in(dir)?;
        let journal = Self::begin(Box::new(store), key, retention, path.display().to_string())?;
        Ok(Opened { journal, notes: store_note.into_iter().chain(key_note).collect() })
    }

    /// A journal over any store, with a key that the caller keeps. Drops what is beyond `retention`, so it blocks.
    ///
    /// # Errors
    ///
    /// When the thread cannot be started.
    pub fn with_store(
        store: Box<dyn Store>,
        key: [u8; 32],
        retention: Retention,
    ) -> Result<Self, JournalError> {
        Self::begin(store, key, retention, "its store".to_owned())
    }

    fn begin(
        store: Box<dyn Store>,
        key: [u8; 32],
        retention: Retention,
        place: String,
    ) -> Result<Self, JournalError> {
        let queue = Arc::new(Queue::new(QUEUE));
        let (problem, problems) = watch::channel(None);
        let mut writer = Writer { store, queue: queue.clone(), problem, retention, place, full: QUEUE };
        writer.prune();
        // Records go where those of the opener go.
        let dispatch = tracing::dispatcher::get_default(tracing::Dispatch::clone);
        let thread = std::thread::Builder::new()
            .name("mattermost-journal".to_owned())
            .spawn(move || tracing::dispatcher::with_default(&dispatch, || writer.run()))
            .map_err(|source| JournalError::Io {
                doing: "start the thread of the journal in",
                path: ".".into(),
                source,
            })?;
        let handle = Handle { queue, problem: problems, key, thread: Mutex::new(Some(thread)) };
        Ok(Self { handle: Arc::new(handle) })
    }

    /// Queue a change. Returns at once while there is room; waits while 4096 changes are not durable. Changes are
    /// written in the order in which this returned. Does nothing when the journal is closed. A call that is cancelled
    /// while it waits has recorded nothing.
    pub async fn record(&self, change: Change) {
        self.handle.queue.record(change).await;
    }

    /// As [`Journal::record`] without waiting.
    ///
    /// # Errors
    ///
    /// Gives the change back when there is no room.
    pub fn try_record(&self, change: Change) -> Result<(), Change> {
        self.handle.queue.try_record(change)
    }

    /// Wait until everything that was recorded before is durable, however long that takes.
    ///
    /// # Errors
    ///
    /// When the journal was closed before it was: nobody knows then whether it is.
    pub async fn flush(&self) -> Result<(), Closed> {
        let (waiting, done) = oneshot::channel();
        self.handle.queue.push(Item::Flush(waiting))?;
        done.await.map_err(|_| Closed)
    }

    /// All that is kept of an account. Sees everything that was recorded before, which is durable then.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, when what was recorded before cannot be written at the moment, and when the
    /// journal is closed.
    pub async fn load(&self, account_id: &str) -> Result<Snapshot, JournalError> {
        let (answer, loaded) = oneshot::channel();
        self.handle.queue.push(Item::Load { account_id: account_id.to_owned(), answer })?;
        loaded.await.map_err(|_| JournalError::Closed)?
    }

    /// What is known of one delivery. Sees everything that was recorded before, also what is not yet durable.
    ///
    /// # Errors
    ///
    /// When the store cannot be read and when the journal is closed.
    pub async fn delivery(&self, account_id: &str, id: &str) -> Result<Option<Delivery>, JournalError> {
        let (answer, found) = oneshot::channel();
        self.handle.queue.push(Item::Delivery {
            account_id: account_id.to_owned(),
            id: id.to_owned(),
            answer,
        })?;
        found.await.map_err(|_| JournalError::Closed)?
    }

    /// Why nothing can be written at the moment, while that is so (disk full, ...), for people.
    pub fn problem(&self) -> Option<String> {
        self.handle.problem.borrow().clone()
    }

    /// As [`Journal::problem`], to wait for changes of it.
    pub fn watch_problem(&self) -> watch::Receiver<Option<String>> {
        self.handle.problem.clone()
    }

    /// 32 random bytes that are made once per state directory and stay, also when the journal is damaged. In memory:
    /// once per journal. A secret.
    pub fn key(&self) -> &[u8; 32] {
        &self.handle.key
    }

    /// Write everything and close the file; later records are ignored, everything else says that the journal is
    /// closed. Takes at most about `limit`: what cannot be written by then (full disk, ...) is lost, as the log says.
    pub async fn close(&self, limit: Duration) {
        // The writer gives up a little earlier, so that it is gone when this returns.
        self.handle.queue.close(after(limit - limit / 8));
        if tokio::time::timeout(limit, self.handle.queue.ended()).await.is_ok() {
            self.handle.join();
        }
    }
}

impl Handle {
    /// Only for a writer that said that it is gone: takes no time then.
    fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the thread of the journal panicked");
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.close(after(DROP_LIMIT / 2));
        // A disk that does not answer at all must not keep the process.
        if self.queue.wait_ended(after(DROP_LIMIT)) {
            self.join();
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the key.
        formatter.debug_struct("Journal").field("problem", &self.problem()).finish_non_exhaustive()
    }
}

/// `Instant` has an end; nobody waits that long.
fn after(limit: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(limit).unwrap_or_else(|| now + Duration::from_secs(365 * 24 * 3600))
}
