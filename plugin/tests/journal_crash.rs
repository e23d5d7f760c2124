//! Processes that are killed while they write, and disks that are full.
//!
//! The processes are this test binary, run again with an environment variable that says what to do.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]
#![cfg(unix)]

#[path = "journal_support/mod.rs"]
mod support;

use openclaw_mattermost::store::{Change, Journal, RedbStore, Retention, Store};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::{Model, deliver, mark_channel, open, settle};

const KILLS: usize = 40;
const KEEP: Retention = Retention { days: 100_000, rows: 1_000_000 };

/// The change at a place in an endless history.
fn change(place: u64) -> Change {
    let (round, time) = (place / 5, i64::try_from(place / 5).unwrap());
    match place % 5 {
        0 => mark_channel("a", "ops", time),
        1 => open("a", &format!("e{round}"), round),
        2 => deliver("a", &format!("d{round}"), round, None),
        3 => deliver("a", &format!("d{round}"), round, Some(time)),
        // Some events stay open for a while.
        _ => settle("a", &format!("e{}", round - round % 3), time),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// This binary again, for one of its tests.
fn again(test: &str, shell: Option<&str>, variables: &[(&str, &str)]) -> Child {
    let binary = std::env::current_exe().unwrap();
    let mut command = match shell {
        Some(script) => {
            let mut command = Command::new("sh");
            command.args(["-c", script, "sh"]).arg(binary);
            command
        }
        None => Command::new(binary),
    };
    command.args(["--exact", test, "--nocapture"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.envs(variables.iter().copied()).spawn().unwrap()
}

/// Record without end, and say how much is durable.
fn write_until_killed(dir: &Path, begin: u64) {
    let journal = Journal::open(Some(dir), KEEP).unwrap();
    assert_eq!(journal.notes, []);
    runtime().block_on(async {
        let mut stdout = std::io::stdout();
        for place in begin.. {
            journal.journal.record(change(place)).await;
            // Groups of all sizes; sometimes the writer decides itself.
            if place % 7 == 0 || place % 31 < 3 {
                journal.journal.flush().await.unwrap();
                writeln!(stdout, "durable {}", place + 1).unwrap();
                stdout.flush().unwrap();
            }
        }
    });
}

// covers: I02
#[test]
fn a_killed_process_loses_nothing_that_was_flushed_and_leaves_nothing_torn() {
    if let Ok(dir) = std::env::var("JOURNAL_KILLED") {
        write_until_killed(Path::new(&dir), std::env::var("JOURNAL_BEGIN").unwrap().parse().unwrap());
        return;
    }
    let mut dir = tempfile::tempdir().unwrap();
    let (mut model, mut place, mut flushed_in_all) = (Model::default(), 0_u64, 0);
    for kill in 0..KILLS {
        if kill % 10 == 0 {
            // The beginning of a journal is killed as well.
            (dir, model, place) = (tempfile::tempdir().unwrap(), Model::default(), 0);
        }
        let mut child = again(
            "a_killed_process_loses_nothing_that_was_flushed_and_leaves_nothing_torn",
            None,
            &[("JOURNAL_KILLED", dir.path().to_str().unwrap()), ("JOURNAL_BEGIN", &place.to_string())],
        );
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || {
            let lines = stdout.lines().map_while(Result::ok);
            lines.filter_map(|line| line.strip_prefix("durable ")?.parse::<u64>().ok()).last()
        });
        let mut random = [0_u8; 2];
        getrandom::fill(&mut random).unwrap();
        // From before it has begun to well into its work.
        std::thread::sleep(Duration::from_micros(3000 + u64::from(u16::from_le_bytes(random)) * 3));
        child.kill().unwrap();
        child.wait().unwrap();
        let flushed = reader.join().unwrap().unwrap_or(place);
        flushed_in_all += flushed - place;

        let (mut store, note) = RedbStore::open(dir.path()).unwrap();
        assert_eq!(note, None, "kill {kill}");
        let found = store.load("a").unwrap();
        // What is there is what some beginning of the history leads to, and not an earlier one than was flushed.
        while place < flushed {
            model.apply(&change(place));
            place += 1;
        }
        let frontier = found.channels.first().map_or(0, |(_, mark)| u64::try_from(mark.frontier_at).unwrap());
        let latest = frontier * 5 + 5;
        loop {
            if place + 5 >= latest && model.load("a") == found {
                break;
            }
            assert!(
                place <= latest,
                "kill {kill}: flushed {flushed}, and what was found is no beginning of the history"
            );
            model.apply(&change(place));
            place += 1;
        }
    }
    println!("{KILLS} kills, {flushed_in_all} changes flushed");
    // Few on a slow disk, but not none.
    assert!(flushed_in_all > 50, "{flushed_in_all}");
}

const MANY: u64 = 1500;

fn big(number: u64) -> Change {
    let Change::Open(mut event) = open("a", &format!("e{number}"), number) else { panic!() };
    event.message.text = "a long story ".repeat(400);
    Change::Open(event)
}

fn write_to_a_full_disk(dir: &Path) {
    let journal = Journal::open(Some(dir), KEEP).unwrap().journal;
    let line = || std::io::stdin().lines().next().unwrap().unwrap();
    runtime().block_on(async {
        journal.record(deliver("a", "d-before", 1, None)).await;
        journal.flush().await.unwrap();
        println!("ready");
        assert_eq!(line(), "full");
        let mut problems = journal.watch_problem();
        for number in 0..MANY {
            journal.record(big(number)).await;
        }
        journal.record(deliver("a", "d", 2, Some(9))).await;
        let problem = problems.wait_for(Option::is_some).await.unwrap().clone().unwrap();
        assert!(problem.contains(&dir.display().to_string()), "{problem}");
        println!("problem {problem}");
        assert!(journal.delivery("a", "d").await.unwrap().is_some());
        assert!(journal.delivery("a", "d-before").await.unwrap().is_some());
        assert!(journal.load("a").await.is_err());
        // Some failures more, each of which opens the file anew.
        tokio::time::sleep(Duration::from_millis(1200)).await;
        assert!(journal.problem().is_some());
        println!("waiting");
        assert_eq!(line(), "room again");
        journal.flush().await.unwrap();
        assert_eq!(journal.problem(), None);
        assert_eq!(journal.load("a").await.unwrap().open.len() as u64, MANY);
        println!("written");
        assert_eq!(line(), "full for good");
        for number in 0..MANY {
            journal.record(big(MANY + number)).await;
        }
        journal.watch_problem().wait_for(Option::is_some).await.unwrap();
        let began = Instant::now();
        journal.close(Duration::from_secs(1)).await;
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        println!("closed");
    });
}

#[test]
fn a_full_disk_loses_nothing_and_is_not_waited_for_at_the_end() {
    if let Ok(dir) = std::env::var("JOURNAL_FULL") {
        return write_to_a_full_disk(Path::new(&dir));
    }
    if Command::new("prlimit").arg("--version").output().is_err() {
        println!("skipped: there is no prlimit");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut child = again(
        "a_full_disk_loses_nothing_and_is_not_waited_for_at_the_end",
        // The system would end a process that goes beyond its limit, if it did not ignore that.
        Some("trap '' XFSZ; exec \"$@\""),
        &[("JOURNAL_FULL", dir.path().to_str().unwrap())],
    );
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut hear = |what: &str| {
        let line = lines.by_ref().find(|line| line.starts_with(what));
        line.unwrap_or_else(|| panic!("it ended before it said {what}"))
    };
    let pid = child.id().to_string();
    let limit = |bytes: &str| {
        let limit = format!("--fsize={bytes}:unlimited");
        assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap().success());
    };
    let size = || std::fs::metadata(dir.path().join("journal.redb")).unwrap().len();
    hear("ready");
    limit(&size().to_string());
    writeln!(stdin, "full").unwrap();
    let problem = hear("problem");
    assert!(problem.contains("File too large"), "{problem}");
    hear("waiting");
    limit("unlimited");
    writeln!(stdin, "room again").unwrap();
    hear("written");
    limit(&size().to_string());
    writeln!(stdin, "full for good").unwrap();
    hear("closed");
    assert!(child.wait().unwrap().success());
    let (mut store, note) = RedbStore::open(dir.path()).unwrap();
    assert_eq!(note, None);
    let found = store.load("a").unwrap();
    // All of what was flushed, and of the rest what had found room, from its beginning on.
    assert!(found.open.len() as u64 >= MANY && found.open.len() as u64 <= 2 * MANY);
    for (number, event) in (0..).zip(&found.open) {
        assert_eq!(Change::Open(Box::new(event.clone())), big(number));
    }
    assert_eq!((found.sent.len(), found.pending.len()), (1, 1));
}
