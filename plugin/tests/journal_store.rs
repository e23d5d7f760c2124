//! What every store has to do, on each store there is.

#![allow(clippy::unwrap_used)]

#[path = "journal_support/mod.rs"]
mod support;

use openclaw_mattermost::store::{RedbStore, Retention, Snapshot, Store};
use support::{
    DAY, Model, deliver, delivery, done, forget, mark_account, mark_channel, open, registered, settle,
    took_part, unregistered,
};

/// A store that can be closed and opened again, as far as it keeps anything.
struct Bench {
    dir: Option<tempfile::TempDir>,
    store: Option<Box<dyn Store>>,
}

impl Bench {
    fn file() -> Self {
        Self { dir: Some(tempfile::tempdir().unwrap()), store: None }
    }

    fn memory() -> Self {
        Self { dir: None, store: Some(Box::new(RedbStore::in_memory().unwrap())) }
    }

    fn reopen(&mut self) {
        if self.dir.is_some() {
            self.store = None;
        }
    }

    fn store(&mut self) -> &mut dyn Store {
        if let (None, Some(dir)) = (&self.store, &self.dir) {
            let (store, note) = RedbStore::open(dir.path()).unwrap();
            assert_eq!(note, None);
            self.store = Some(Box::new(store));
        }
        self.store.as_deref_mut().unwrap()
    }
}

/// The same test on every store.
macro_rules! on_every_store {
    ($($name:ident),* $(,)?) => {
        mod in_a_file { $(#[test] fn $name() { super::$name(&mut super::Bench::file()); })* }
        mod in_memory { $(#[test] fn $name() { super::$name(&mut super::Bench::memory()); })* }
    };
}

on_every_store!(
    an_account_that_never_ran_has_nothing,
    everything_of_an_account_is_loaded_in_order_and_nothing_of_others,
    a_mark_never_goes_back,
    a_sent_delivery_stays_sent,
    pruning_drops_by_age_and_count_what_is_done_and_nothing_else,
    a_post_that_is_done_again_counts_as_done_later,
    any_history_is_as_the_model_has_it,
);

fn an_account_that_never_ran_has_nothing(bench: &mut Bench) {
    assert_eq!(bench.store().load("nobody").unwrap(), Snapshot::default());
    assert_eq!(bench.store().delivery("nobody", "d").unwrap(), None);
    assert_eq!(bench.store().prune(Retention::default(), 0).unwrap(), 0);
    bench.store().apply(&[]).unwrap();
}

fn everything_of_an_account_is_loaded_in_order_and_nothing_of_others(bench: &mut Bench) {
    let mut model = Model::default();
    // Accounts whose names begin with each other, and are nothing.
    for account in ["work", "wor", "work2", "work\0x", ""] {
        let changes = [
            open(account, "e-later", 9),
            open(account, "e-first", 2),
            open(account, "e-gone", 5),
            settle(account, "e-gone", 30),
            done(account, "seen", 20),
            mark_account(account, 77),
            mark_channel(account, "ops", 66),
            mark_channel(account, "dev", 55),
            deliver(account, "d-later", 8, None),
            deliver(account, "d-first", 3, None),
            deliver(account, "d-gone", 4, None),
            forget(account, "d-gone"),
            deliver(account, "d-sent", 12, Some(50)),
            deliver(account, "d-sent-before", 11, Some(40)),
            registered(account, "c-2", "second"),
            registered(account, "c-1", "first"),
            registered(account, "c-gone", "x"),
            unregistered(account, "c-gone"),
            registered(account, "c-1", "first, another token"),
        ];
        changes.iter().for_each(|change| model.apply(change));
        bench.store().apply(&changes).unwrap();
    }
    bench.reopen();
    for account in ["work", "wor", "work2", "work\0x", ""] {
        let snapshot = bench.store().load(account).unwrap();
        assert_eq!(snapshot, model.load(account));
        assert_eq!(snapshot.next_seq, 13);
        assert_eq!(snapshot.done, ["seen", "e-gone-post"]);
        let commands = snapshot.commands.iter().map(|one| (one.id.as_str(), one.token.as_str()));
        assert_eq!(commands.collect::<Vec<_>>(), [("c-1", "first, another token"), ("c-2", "second")]);
        assert_eq!(snapshot.sent, ["d-sent-before", "d-sent"]);
        for id in ["d-later", "d-gone", "d-sent"] {
            assert_eq!(bench.store().delivery(account, id).unwrap(), model.delivery(account, id));
        }
    }
    assert_eq!(bench.store().load("wo").unwrap(), Snapshot::default());
}

fn a_mark_never_goes_back(bench: &mut Bench) {
    bench.store().apply(&[mark_account("a", 10), mark_account("a", 5)]).unwrap();
    bench.store().apply(&[mark_account("a", 7)]).unwrap();
    bench.store().apply(&[mark_channel("a", "ops", 10), mark_channel("a", "ops", 4)]).unwrap();
    bench.reopen();
    let snapshot = bench.store().load("a").unwrap();
    assert_eq!(snapshot.mark.unwrap().proven_at, 10);
    assert_eq!(snapshot.channels[0].1.frontier_at, 4);
}

fn a_sent_delivery_stays_sent(bench: &mut Bench) {
    let sent = delivery("a", "d", 1, Some(50));
    bench.store().apply(&[deliver("a", "d", 1, None)]).unwrap();
    bench.store().apply(&[deliver("a", "d", 1, Some(50)), forget("a", "d")]).unwrap();
    bench.store().apply(&[deliver("a", "d", 1, None)]).unwrap();
    bench.reopen();
    assert_eq!(bench.store().delivery("a", "d").unwrap(), Some(sent));
    let snapshot = bench.store().load("a").unwrap();
    assert_eq!((snapshot.pending.len(), snapshot.sent.len()), (0, 1));
    // Sent again at another time: one row.
    bench.store().apply(&[deliver("a", "d", 1, Some(90))]).unwrap();
    assert_eq!(bench.store().load("a").unwrap().sent, ["d"]);
}

fn pruning_drops_by_age_and_count_what_is_done_and_nothing_else(bench: &mut Bench) {
    let now = 1000 * DAY;
    let mut model = Model::default();
    let mut changes = vec![
        open("a", "old-but-open", 1),
        deliver("a", "old-but-pending", 2, None),
        mark_account("a", 1),
        mark_channel("a", "ops", 1),
        registered("a", "c", "token"),
        mark_account("b", 1),
    ];
    for number in 0..40 {
        let at = now - i64::from(number) * DAY;
        changes.push(done("a", &format!("p{number}"), at));
        changes.push(deliver("a", &format!("d{number}"), 10 + number as u64, Some(at)));
        changes.push(done("b", &format!("p{number}"), at));
    }
    changes.iter().for_each(|change| model.apply(change));
    bench.store().apply(&changes).unwrap();
    for (retention, gone) in [
        (Retention::default(), 3 * 9),
        (Retention::default(), 0),
        (Retention { days: 30, rows: 25 }, 3 * 6),
        (Retention { days: 10, rows: 25 }, 3 * 14),
    ] {
        assert_eq!(bench.store().prune(retention, now).unwrap(), gone, "{retention:?}");
        model.prune(retention, now);
        for account in ["a", "b"] {
            assert_eq!(bench.store().load(account).unwrap(), model.load(account));
        }
        bench.reopen();
    }
    assert_eq!(bench.store().load("a").unwrap().done.len(), 11);
    assert_eq!(bench.store().delivery("a", "d30").unwrap(), None);
    // Counting goes on after it.
    bench.store().apply(&[done("a", "new", now), done("a", "new", now)]).unwrap();
    assert_eq!(bench.store().prune(Retention { days: 10, rows: 11 }, now).unwrap(), 1);
    assert_eq!(bench.store().prune(Retention { days: 0, rows: 0 }, now).unwrap(), 11 + 11 + 11);
    let left = bench.store().load("a").unwrap();
    assert_eq!((left.open.len(), left.pending.len(), left.channels.len()), (1, 1, 1));
    assert_eq!(left.commands.len(), 1);
    assert!(left.mark.is_some());
}

fn a_post_that_is_done_again_counts_as_done_later(bench: &mut Bench) {
    bench.store().apply(&[done("a", "x", 1), done("a", "y", 2), done("a", "x", 3)]).unwrap();
    assert_eq!(bench.store().load("a").unwrap().done, ["y", "x"]);
    bench.store().prune(Retention { days: 30, rows: 1 }, 3).unwrap();
    assert_eq!(bench.store().load("a").unwrap().done, ["x"]);
}

mod histories {
    use super::*;
    use openclaw_mattermost::store::Change;
    use proptest::prelude::*;

    /// What happens to a store.
    #[derive(Clone, Debug)]
    pub enum Step {
        Apply(Vec<Change>),
        Reopen,
        Prune(Retention, i64),
    }

    fn change() -> impl Strategy<Value = Change> {
        let account = prop::sample::select(vec!["a", "ab", "a\0", "b"]);
        let (name, time) = (prop::sample::select(vec!["x", "xy", "y", "z", ""]), 0_i64..8);
        (account, name, time, 0_u64..20, 0..12).prop_map(|(account, name, time, seq, kind)| {
            let time = time * DAY;
            match kind {
                0 => mark_account(account, time),
                1 => mark_channel(account, name, time),
                2 | 3 => open(account, name, seq),
                4 => settle(account, name, time),
                5 => done(account, name, time),
                9 => took_part(account, name, time),
                10 => registered(account, name, &format!("token {seq}")),
                11 => unregistered(account, name),
                6 => deliver(account, name, seq, None),
                7 => deliver(account, name, seq, Some(time)),
                _ => forget(account, name),
            }
        })
    }

    pub fn steps() -> impl Strategy<Value = Vec<Step>> {
        let apply = prop::collection::vec(change(), 0..12).prop_map(Step::Apply);
        let prune = (0_u32..8, 0_usize..6, 0_i64..8)
            .prop_map(|(days, rows, now)| Step::Prune(Retention { days, rows }, now * DAY));
        prop::collection::vec(prop_oneof![6 => apply, 1 => Just(Step::Reopen), 1 => prune], 0..10)
    }
}

fn any_history_is_as_the_model_has_it(bench: &mut Bench) {
    use proptest::test_runner::{Config, TestRunner};
    let file = bench.dir.is_some();
    let config =
        Config { cases: if file { 60 } else { 200 }, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&histories::steps(), |steps| {
            let (mut bench, mut model) =
                (if file { Bench::file() } else { Bench::memory() }, Model::default());
            for step in steps {
                match step {
                    histories::Step::Apply(changes) => {
                        bench.store().apply(&changes).unwrap();
                        changes.iter().for_each(|change| model.apply(change));
                    }
                    histories::Step::Reopen => bench.reopen(),
                    histories::Step::Prune(retention, now) => {
                        bench.store().prune(retention, now).unwrap();
                        model.prune(retention, now);
                    }
                }
            }
            bench.reopen();
            for account in ["a", "ab", "a\0", "b"] {
                let (found, expected) = (bench.store().load(account).unwrap(), model.load(account));
                // Rows of the same seq or time come in the order of their ids, in both.
                assert_eq!(found, expected);
                for id in ["x", "xy", "y", "z", ""] {
                    assert_eq!(bench.store().delivery(account, id).unwrap(), model.delivery(account, id));
                }
            }
            Ok(())
        })
        .unwrap();
}
