//! What the journal costs beside the bare database that it uses, measured side by side in one run.
//!
//! `cargo bench -p openclaw-mattermost --bench journal` prints:
//!
//! * messages per second, each written as open and then as settled, in groups of the same size, through the journal
//!   and by redb alone with the same tables, and the ratio;
//! * what the caller pays for `record`: median and 99th percentile;
//! * messages per second when the writer forms the groups itself, settled late and soon;
//! * bytes of the file per 1 000 messages: open, settled, and after pruning and opening again.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../tests/journal_support/mod.rs"]
mod support;

use openclaw_mattermost::store::{Change, Journal, RedbStore, Retention, Store};
use redb::{Builder, Database, TableDefinition};
use std::path::Path;
use std::time::{Duration, Instant};
use support::{open, settle};

const GROUP: usize = 64;
const ROUNDS: usize = 60;
const KEEP: Retention = Retention { days: 100_000, rows: 1_000_000 };

const OPEN: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("open");
const DONE: TableDefinition<(&str, i64, &str), ()> = TableDefinition::new("done");

fn main() {
    // `cargo test` runs benchmarks once to see that they work; it passes no --bench.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { ROUNDS } else { 3 };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    runtime.block_on(async {
        println!("one message: {} bytes of JSON", json(&open("a", "e0", 0)).len());
        side_by_side(rounds).await;
        sustained(rounds * GROUP).await;
    });
    bytes(rounds * GROUP);
}

/// The events of a round, open and then settled.
fn round(number: usize) -> (Vec<Change>, Vec<Change>) {
    let names = (0..GROUP).map(|place| format!("p6cdn6jzq3nqmqyzq{:09}", number * GROUP + place));
    let at = i64::try_from(number).unwrap();
    names.map(|name| (open("default", &name, number as u64), settle("default", &name, at))).unzip()
}

fn json(change: &Change) -> Vec<u8> {
    let Change::Open(event) = change else { return Vec::new() };
    serde_json::to_vec(event).unwrap()
}

fn bare(path: &Path) -> Database {
    let db = Builder::new().set_cache_size(1024 * 1024).create(path).unwrap();
    let writing = db.begin_write().unwrap();
    writing.open_table(OPEN).unwrap();
    writing.open_table(DONE).unwrap();
    writing.commit().unwrap();
    db
}

/// The same writes as the journal makes of these changes.
fn write_bare(db: &Database, changes: &[Change]) {
    let writing = db.begin_write().unwrap();
    {
        let (mut open, mut done) = (writing.open_table(OPEN).unwrap(), writing.open_table(DONE).unwrap());
        for change in changes {
            match change {
                Change::Open(event) => {
                    let key = (event.message.account_id.as_str(), event.message.event_id.as_str());
                    open.insert(key, json(change).as_slice()).unwrap();
                }
                Change::Settle { account_id, event_id, posts, at } => {
                    open.remove((account_id.as_str(), event_id.as_str())).unwrap();
                    for post in posts {
                        done.insert((account_id.as_str(), *at, post.as_str()), ()).unwrap();
                    }
                }
                _ => unreachable!(),
            }
        }
    }
    writing.commit().unwrap();
}

async fn side_by_side(rounds: usize) {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(Some(&dir.path().join("state")), KEEP).unwrap().journal;
    let db = bare(&dir.path().join("bare.redb"));
    let (mut with, mut without, mut records) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..rounds {
        let (opens, settles) = round(number);
        let (same_opens, same_settles) = (opens.clone(), settles.clone());

        let mut bare = || {
            let began = Instant::now();
            write_bare(&db, &same_opens);
            write_bare(&db, &same_settles);
            without.push(began.elapsed());
        };
        // In turns: the first of a round may pay for what the other left to the disk.
        if number % 2 == 0 {
            bare();
        }

        let began = Instant::now();
        for changes in [opens, settles] {
            for change in changes {
                let called = Instant::now();
                journal.record(change).await;
                records.push(called.elapsed());
            }
            journal.flush().await.unwrap();
        }
        with.push(began.elapsed());
        if number % 2 == 1 {
            bare();
        }
    }
    journal.close(Duration::from_secs(5)).await;
    let rate = |times: &mut Vec<Duration>| GROUP as f64 / at(times, 0.5).as_secs_f64();
    let (with, without) = (rate(&mut with), rate(&mut without));
    println!("{rounds} rounds of {GROUP} messages, medians, two commits a round");
    println!("journal    {with:9.0} messages/s");
    println!("bare redb  {without:9.0} messages/s   journal/bare {:.2}", with / without);
    let (median, slow) = (at(&mut records, 0.5), at(&mut records, 0.99));
    println!("record()   median {:.2} µs, 99 % within {:.2} µs", micros(median), micros(slow));
}

/// Nobody waits for a flush: the writer forms the groups. Once with all messages settled later than they were written,
/// once with messages that are settled soon, most of which never need a row.
async fn sustained(messages: usize) {
    let (opens, settles): (Vec<_>, Vec<_>) = (0..messages.div_ceil(GROUP)).map(round).unzip();
    let soon = opens.iter().flatten().zip(settles.iter().flatten());
    let soon = soon.flat_map(|(open, settle)| [open.clone(), settle.clone()]).collect();
    let late = (opens.concat(), settles.concat());
    for (name, parts) in [("late", vec![late.0, late.1]), ("soon", vec![soon])] {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(Some(dir.path()), KEEP).unwrap().journal;
        let began = Instant::now();
        for changes in parts {
            for change in changes {
                journal.record(change).await;
            }
            journal.flush().await.unwrap();
        }
        let rate = messages as f64 / began.elapsed().as_secs_f64();
        println!("sustained  {rate:9.0} messages/s, the writer's own groups, settled {name}");
        journal.close(Duration::from_secs(5)).await;
    }
}

fn bytes(messages: usize) {
    let dir = tempfile::tempdir().unwrap();
    let size = || std::fs::metadata(dir.path().join("journal.redb")).unwrap().len();
    let per_thousand = |bytes: u64| bytes as f64 * 1000.0 / messages as f64 / 1024.0;
    let (mut store, _) = RedbStore::open(dir.path()).unwrap();
    let empty = size();
    let (opens, settles): (Vec<_>, Vec<_>) = (0..messages.div_ceil(GROUP)).map(round).unzip();
    opens.iter().for_each(|changes| store.apply(changes).unwrap());
    let open = size();
    settles.iter().for_each(|changes| store.apply(changes).unwrap());
    let settled = size();
    drop(store);
    let closed = size();
    let (mut store, _) = RedbStore::open(dir.path()).unwrap();
    store.prune(Retention { days: 0, rows: 0 }, i64::MAX).unwrap();
    drop(store);
    drop(RedbStore::open(dir.path()).unwrap());
    println!("file: empty {} KiB; {messages} messages, KiB per 1 000 of them:", empty / 1024);
    println!(
        "  all open {:.0}, all settled {:.0}, closed {:.0}, all pruned and closed {:.0}",
        per_thousand(open),
        per_thousand(settled),
        per_thousand(closed),
        per_thousand(size())
    );
}

fn at(times: &mut [Duration], part: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * part) as usize]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
