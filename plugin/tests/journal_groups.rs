//! The journal over a store that counts, waits and fails: groups, order, back-pressure, and the end.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "journal_support/mod.rs"]
mod support;

use openclaw_mattermost::store::{
    Change, Closed, Delivery, Journal, JournalError, QUEUE, RedbStore, Retention, Snapshot, Store, StoreError,
};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use support::{
    Model, deliver, done, forget, mark_account, mark_channel, open, registered, settle, unregistered,
};

/// What the test sees and decides of the store.
#[derive(Default)]
struct Seen {
    groups: Vec<Vec<Change>>,
    failing: bool,
    failures: usize,
    slow: Duration,
    dropped: bool,
}

#[derive(Clone, Default)]
struct Watched(Arc<Mutex<Seen>>);

struct Watching {
    seen: Watched,
    store: RedbStore,
}

impl Watched {
    fn get(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap()
    }

    fn fail(&self, failing: bool) {
        self.get().failing = failing;
    }

    fn journal(&self) -> Journal {
        let store = Watching { seen: self.clone(), store: RedbStore::in_memory().unwrap() };
        Journal::with_store(Box::new(store), [7; 32], Retention { days: 100_000, rows: 20_000 }).unwrap()
    }
}

impl Store for Watching {
    fn load(&mut self, account_id: &str) -> Result<Snapshot, StoreError> {
        self.store.load(account_id)
    }

    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let mut seen = self.seen.get();
        if seen.failing {
            seen.failures += 1;
            return Err(StoreError::Io(std::io::ErrorKind::StorageFull.into()));
        }
        seen.groups.push(changes.to_vec());
        let slow = seen.slow;
        drop(seen);
        std::thread::sleep(slow);
        self.store.apply(changes)
    }

    fn delivery(&mut self, account_id: &str, id: &str) -> Result<Option<Delivery>, StoreError> {
        self.store.delivery(account_id, id)
    }

    fn prune(&mut self, retention: Retention, now_ms: i64) -> Result<u64, StoreError> {
        self.store.prune(retention, now_ms)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.seen.get().dropped = true;
    }
}

async fn wait_for(what: impl Fn() -> bool) {
    let began = Instant::now();
    while !what() {
        assert!(began.elapsed() < Duration::from_secs(10), "waited too long");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn changes_are_written_in_groups_without_those_that_later_ones_make_needless() {
    let seen = Watched::default();
    let journal = seen.journal();
    let recorded = [
        open("a", "e1", 1),
        open("a", "e2", 2),
        open("b", "e1", 1),
        mark_channel("a", "ops", 9),
        mark_channel("a", "ops", 5),
        mark_channel("a", "dev", 1),
        mark_account("a", 9),
        mark_account("a", 5),
        settle("a", "e1", 3),
        deliver("a", "d1", 3, None),
        deliver("a", "d1", 3, Some(8)),
        deliver("a", "d1", 3, None),
        deliver("a", "d2", 4, None),
        forget("a", "d2"),
        open("a", "e2", 2),
        done("a", "p", 4),
    ];
    let mut model = Model::default();
    for change in &recorded {
        model.apply(change);
        journal.record(change.clone()).await;
    }
    journal.flush().await.unwrap();
    let groups = seen.get().groups.clone();
    assert_eq!(groups.len(), 1);
    let expected = [
        open("b", "e1", 1),
        mark_channel("a", "ops", 5),
        mark_channel("a", "dev", 1),
        mark_account("a", 9),
        settle("a", "e1", 3),
        deliver("a", "d1", 3, Some(8)),
        deliver("a", "d1", 3, None),
        forget("a", "d2"),
        open("a", "e2", 2),
        done("a", "p", 4),
    ];
    assert_eq!(groups[0], expected);
    for account in ["a", "b"] {
        assert_eq!(journal.load(account).await.unwrap(), model.load(account));
    }
    // Without a flush as well, a little later.
    journal.record(done("a", "q", 5)).await;
    wait_for(|| seen.get().groups.len() == 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_share_commits_and_each_flush_covers_what_its_task_recorded() {
    let seen = Watched::default();
    seen.get().slow = Duration::from_millis(2);
    let journal = seen.journal();
    let tasks: Vec<_> = (0..40)
        .map(|task| {
            let journal = journal.clone();
            tokio::spawn(async move {
                for round in 0..20 {
                    let event = format!("e{task}-{round}");
                    journal.record(open("a", &event, round)).await;
                    journal.flush().await.unwrap();
                    let snapshot = journal.load("a").await.unwrap();
                    assert!(snapshot.open.iter().any(|open| open.message.event_id == event));
                    journal.record(settle("a", &event, 1)).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let snapshot = journal.load("a").await.unwrap();
    assert_eq!((snapshot.open.len(), snapshot.done.len()), (0, 800));
    let groups = seen.get().groups.len();
    assert!(groups < 400, "{groups} commits for 1600 changes of 40 tasks");
}

#[tokio::test]
async fn while_nothing_can_be_written_nothing_is_lost_and_reads_see_it_or_say_why_not() {
    let seen = Watched::default();
    let journal = seen.journal();
    let mut problems = journal.watch_problem();
    journal.record(deliver("a", "before", 1, None)).await;
    journal.flush().await.unwrap();
    seen.fail(true);
    journal.record(deliver("a", "d", 2, Some(5))).await;
    journal.record(forget("a", "before")).await;
    journal.record(open("a", "e", 3)).await;
    problems.changed().await.unwrap();
    let problem = journal.problem().unwrap();
    assert!(problem.contains("cannot be written"), "{problem}");
    let sent = journal.delivery("a", "d").await.unwrap().unwrap();
    assert_eq!(sent, support::delivery("a", "d", 2, Some(5)));
    assert_eq!(journal.delivery("a", "before").await.unwrap(), None);
    // Recorded since, not even tried.
    journal.record(deliver("a", "since", 4, None)).await;
    assert!(journal.delivery("a", "since").await.unwrap().is_some());
    assert!(
        matches!(journal.load("a").await, Err(JournalError::Unwritten(text)) if text.contains("cannot be written"))
    );
    let waiting = tokio::spawn({
        let journal = journal.clone();
        async move { journal.flush().await }
    });
    wait_for(|| seen.get().failures >= 3).await;
    assert!(!waiting.is_finished());
    seen.fail(false);
    waiting.await.unwrap().unwrap();
    assert_eq!(journal.problem(), None);
    let snapshot = journal.load("a").await.unwrap();
    assert_eq!((snapshot.open.len(), snapshot.sent.len(), snapshot.pending.len()), (1, 1, 1));
}

#[tokio::test]
async fn a_full_queue_gives_changes_back_and_makes_record_wait() {
    let seen = Watched::default();
    let journal = seen.journal();
    seen.fail(true);
    for number in 0..QUEUE {
        journal.try_record(done("a", &format!("p{number}"), 1)).unwrap();
    }
    let more = done("a", "one-more", 1);
    assert_eq!(journal.try_record(more.clone()), Err(more.clone()));
    let waiting = journal.record(more);
    tokio::pin!(waiting);
    assert!(tokio::time::timeout(Duration::from_millis(300), &mut waiting).await.is_err());
    seen.fail(false);
    waiting.await;
    assert_eq!(journal.load("a").await.unwrap().done.len(), QUEUE + 1);
}

#[tokio::test]
async fn close_writes_everything_and_then_nothing_more_is_taken() {
    let seen = Watched::default();
    let journal = seen.journal();
    for number in 0..100 {
        journal.record(done("a", &format!("p{number}"), 1)).await;
    }
    let clone = journal.clone();
    journal.close(Duration::from_secs(10)).await;
    assert!(seen.get().dropped, "the store is closed");
    assert_eq!(seen.get().groups.iter().map(Vec::len).sum::<usize>(), 100);
    clone.record(done("a", "late", 1)).await;
    assert_eq!(clone.try_record(done("a", "late", 1)), Ok(()));
    assert_eq!(clone.flush().await, Err(Closed));
    assert!(matches!(clone.load("a").await, Err(JournalError::Closed)));
    assert!(matches!(clone.delivery("a", "d").await, Err(JournalError::Closed)));
    clone.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn dropping_the_last_handle_writes_everything() {
    let seen = Watched::default();
    let journal = seen.journal();
    let clone = journal.clone();
    clone.record(done("a", "p", 1)).await;
    drop(journal);
    assert!(!seen.get().dropped);
    drop(clone);
    assert!(seen.get().dropped);
    assert_eq!(seen.get().groups.len(), 1);
}

#[tokio::test]
async fn close_takes_no_longer_than_its_limit_when_nothing_can_be_written() {
    let seen = Watched::default();
    let journal = seen.journal();
    seen.fail(true);
    journal.record(done("a", "p", 1)).await;
    let waiting = tokio::spawn({
        let journal = journal.clone();
        async move { journal.flush().await }
    });
    wait_for(|| seen.get().failures > 0).await;
    let began = Instant::now();
    journal.close(Duration::from_millis(400)).await;
    assert!(began.elapsed() < Duration::from_millis(600), "{:?}", began.elapsed());
    assert!(seen.get().dropped);
    assert_eq!(waiting.await.unwrap(), Err(Closed));
    drop(journal);
    // A store that does not come back at all.
    let seen = Watched::default();
    let journal = seen.journal();
    seen.get().slow = Duration::from_millis(1500);
    journal.record(done("a", "p", 1)).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let began = Instant::now();
    journal.close(Duration::from_millis(200)).await;
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
}

mod grouping {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    fn change() -> impl Strategy<Value = Change> {
        let name = prop::sample::select(vec!["x", "y"]);
        (name, 0_i64..4, 0_u64..9, 0..12).prop_map(|(name, time, seq, kind)| match kind {
            10 => registered("a", name, &seq.to_string()),
            11 => unregistered("a", name),
            0 => mark_account("a", time),
            1 => mark_channel("a", name, time),
            2 | 3 => open("a", name, seq),
            4 => settle("a", name, time),
            5 => done("a", name, time),
            6 | 7 => deliver("a", name, seq, None),
            8 => deliver("a", name, seq, Some(time)),
            _ => forget("a", name),
        })
    }

    /// Whatever is recorded, wherever it is cut into groups, it leads to what the model has, and a delivery is seen
    /// at once.
    #[test]
    fn any_grouping_leads_to_the_same() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
        let steps = prop::collection::vec((change(), prop::bool::weighted(0.2)), 0..30);
        TestRunner::new(config)
            .run(&steps, |steps| {
                runtime.block_on(async {
                    let seen = Watched::default();
                    let (journal, mut model) = (seen.journal(), Model::default());
                    for (change, flush) in steps {
                        model.apply(&change);
                        journal.record(change).await;
                        for id in ["x", "y"] {
                            assert_eq!(journal.delivery("a", id).await.unwrap(), model.delivery("a", id));
                        }
                        if flush {
                            journal.flush().await.unwrap();
                        }
                    }
                    assert_eq!(journal.load("a").await.unwrap(), model.load("a"));
                });
                Ok(())
            })
            .unwrap();
    }
}
