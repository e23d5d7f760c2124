//! What a ledger takes for proven, one situation a test.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use mattermost_client::event::Posted;
use mattermost_client::model::{Channel, ChannelType, Post};
use openclaw_mattermost::intake::{Ledger, Pass};
use openclaw_mattermost::store::{AccountMark, Change, ChannelMark, Snapshot};

const ACCOUNT: &str = "account";

fn channel(id: &str, last_post_at: i64) -> Channel {
    Channel { id: id.to_owned(), channel_type: ChannelType::Public, last_post_at, ..Channel::default() }
}

fn post(channel_id: &str, create_at: i64) -> Post {
    let id = format!("{channel_id}{create_at:025}");
    Post { id, channel_id: channel_id.to_owned(), create_at, ..Post::default() }
}

/// One that has heard everything up to 100 s, in channels `a` and `b`, and is connected anew.
fn ledger() -> Ledger {
    let mark = || ChannelMark { frontier_at: 100_000, ..ChannelMark::default() };
    let mut ledger = Ledger::new(
        &Snapshot {
            mark: Some(AccountMark { proven_at: 100_000, born_at: 1_000 }),
            channels: vec![("a".to_owned(), mark()), ("b".to_owned(), mark())],
            ..Snapshot::default()
        },
        None,
    );
    ledger.begin();
    ledger
}

/// The same, when all was read and nothing was missed.
fn settled() -> Ledger {
    let mut ledger = ledger();
    for pass in [Pass::First, Pass::Again] {
        for job in ledger.listed(pass, &[channel("a", 50_000), channel("b", 50_000)]).0 {
            ledger.read(&job);
        }
    }
    ledger.settle(ACCOUNT);
    ledger
}

/// How far the account is by these changes.
fn proven(changes: &[Change]) -> Option<i64> {
    changes.iter().find_map(|change| match change {
        Change::MarkAccount { mark, .. } => Some(mark.proven_at),
        _ => None,
    })
}

#[test]
fn one_channel_that_was_read_proves_nothing_for_another_that_was_not() {
    let mut ledger = settled();
    let (jobs, _) = ledger.listed(Pass::Audit, &[channel("a", 210_000), channel("b", 200_000)]);
    assert_eq!(jobs.len(), 2);
    ledger.see(&post("a", 210_000));
    ledger.read(&jobs[0]);
    assert_eq!(ledger.marks(ACCOUNT, "a"), [], "channel b was not read yet");
    ledger.see(&post("b", 200_000));
    ledger.read(&jobs[1]);
    assert_eq!(proven(&ledger.settle(ACCOUNT)), Some(210_000));
}

#[test]
fn what_is_read_beyond_the_list_proves_nothing_for_the_other_channels() {
    let mut ledger = settled();
    // The list is older than the answer to the reading: whether there is something in b by now, nobody knows.
    let (jobs, _) = ledger.listed(Pass::Audit, &[channel("a", 210_000), channel("b", 50_000)]);
    ledger.see(&post("a", 210_000));
    ledger.see(&post("a", 220_000));
    ledger.read(&jobs[0]);
    assert_eq!(proven(&ledger.settle(ACCOUNT)), Some(210_000));
    // What the socket brings proves that it brings something.
    let posted = Posted { post: post("b", 221_000), ..Posted::default() };
    assert!(ledger.live(posted).is_some());
    assert_eq!(proven(&ledger.marks(ACCOUNT, "b")), Some(221_000));
}

#[test]
fn a_post_that_a_list_tells_of_and_a_reading_does_not_show_is_looked_for_once_more() {
    let mut ledger = settled();
    let list = [channel("a", 210_000), channel("b", 220_000)];
    let (jobs, _) = ledger.listed(Pass::Audit, &list);
    ledger.see(&post("b", 220_000));
    jobs.iter().for_each(|job| drop(ledger.read(job)));
    assert_eq!(proven(&ledger.settle(ACCOUNT)), None, "the post in a is still to come");
    let (jobs, _) = ledger.listed(Pass::Audit, &list);
    assert_eq!(jobs.iter().map(|job| job.channel.id.as_str()).collect::<Vec<_>>(), ["a"]);
    ledger.read(&jobs[0]);
    // It is not there the second time: it was deleted.
    assert_eq!(proven(&ledger.settle(ACCOUNT)), Some(220_000));
    assert_eq!(ledger.listed(Pass::Audit, &list).0, []);
}

#[test]
fn around_the_mark_every_look_reads_again() {
    for pass in [Pass::First, Pass::Again] {
        let (jobs, _) = ledger().listed(pass, &[channel("a", 99_500), channel("b", 97_999)]);
        assert_eq!(jobs.iter().map(|job| job.channel.id.as_str()).collect::<Vec<_>>(), ["a"], "{pass:?}");
    }
}

#[test]
fn a_channel_is_new_until_a_mark_says_how_far_it_is() {
    let mut ledger = ledger();
    for pass in [Pass::First, Pass::Again] {
        let (jobs, _) = ledger.listed(pass, &[channel("n", 200_000)]);
        assert!(jobs[0].newcomer, "{pass:?}");
        ledger.see(&post("n", 200_000));
        ledger.read(&jobs[0]);
    }
    ledger.settle(ACCOUNT);
    let (jobs, _) = ledger.listed(Pass::Audit, &[channel("n", 210_000)]);
    assert!(!jobs[0].newcomer);
}
