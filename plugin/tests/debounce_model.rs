//! Bursts, whatever comes and whenever: nothing is lost, nothing comes out twice, a conversation keeps its order, and
//! nothing waits for long.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::HashMap;
use std::time::Duration;

use host_sdk::protocol::{ChatKind, Conversation, InboundMessage, Reply, Sender};
use openclaw_mattermost::intake::{Batch, Debouncer};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// Seeds that failed once are tried first.
const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proptest-regressions/debounce_model.txt");
/// The longest wait, in windows, and the most messages of a batch.
const LONGEST: u32 = 5;
const MOST: usize = 32;

fn config() -> ProptestConfig {
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(SEEDS)) as _);
    ProptestConfig { failure_persistence, ..ProptestConfig::default() }
}

/// What somebody says: after how many milliseconds, in which channel and thread, who, and whether it may be merged.
type Said = (u64, usize, Option<usize>, usize, bool);

fn said() -> impl Strategy<Value = Said> {
    let gap = prop_oneof![3 => 0..30_u64, 2 => 0..200_u64, 1 => 0..2_000_u64];
    (gap, 0..3_usize, prop::option::weighted(0.3, 0..2_usize), 0..2_usize, prop::bool::weighted(0.9))
}

fn message(number: usize, said: &Said) -> InboundMessage {
    let (_, channel, thread, sender, _) = said;
    let (channel_id, thread_root_id) = (format!("c{channel}"), thread.map(|thread| format!("t{thread}")));
    InboundMessage {
        event_id: format!("a:{number}"),
        account_id: "a".to_owned(),
        message_id: number.to_string(),
        text: number.to_string(),
        raw_text: number.to_string(),
        sender: Sender { id: format!("u{sender}"), ..Sender::default() },
        conversation: Conversation {
            kind: ChatKind::Channel,
            channel_id,
            thread_root_id: thread_root_id.clone(),
            ..Conversation::default()
        },
        reply: Reply { target: String::new(), thread_root_id },
        ..InboundMessage::default()
    }
}

/// What came out, against what went in.
#[derive(Default)]
struct Check {
    window: Duration,
    said: Vec<(Said, Duration)>,
    out: Vec<bool>,
    /// The last that came out of each conversation.
    last: HashMap<(usize, Option<usize>), usize>,
}

impl Check {
    fn came(&mut self, batches: Vec<Batch>, now: Duration) {
        for batch in batches {
            let numbers: Vec<usize> = batch.messages.iter().map(|m| m.message_id.parse().unwrap()).collect();
            assert!(!numbers.is_empty() && numbers.len() <= MOST);
            let (_, channel, thread, sender, _) = self.said[numbers[0]].0;
            for number in &numbers {
                let (said, at) = self.said[*number];
                assert!(!std::mem::replace(&mut self.out[*number], true), "{number} came twice");
                assert!(now <= at + self.window * LONGEST, "{number} of {at:?} came at {now:?}");
                assert_eq!((said.1, said.2, said.3), (channel, thread, sender), "merged with another's");
                assert!(said.4 || numbers.len() == 1, "{number} must stand alone");
                let last = self.last.insert((channel, thread), *number);
                assert!(last.is_none_or(|last| last < *number), "{number} came after {last:?}");
            }
            let merged = batch.merge().unwrap();
            let ids = if numbers.len() == 1 { vec![merged.message_id.clone()] } else { merged.message_ids };
            assert_eq!(ids, numbers.iter().map(ToString::to_string).collect::<Vec<_>>());
            assert_eq!(merged.text, ids.join("\n"));
        }
    }
}

/// Looks at every deadline that is before `until`.
fn wait(debouncer: &mut Debouncer, check: &mut Check, until: Duration) {
    while let Some(due) = debouncer.deadline().filter(|due| *due < until) {
        let batches = debouncer.due(due);
        assert!(!batches.is_empty(), "nothing is due at the deadline");
        check.came(batches, due);
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_burst_loses_nothing_and_keeps_its_order(
        window in prop_oneof![1 => Just(0_u64), 9 => 1..400_u64],
        said in prop::collection::vec(said(), 1..120),
    ) {
        let window = Duration::from_millis(window);
        let mut debouncer = Debouncer::new(window);
        let mut check = Check { window, ..Check::default() };
        let mut now = Duration::ZERO;
        for (number, what) in said.into_iter().enumerate() {
            now += Duration::from_millis(what.0);
            wait(&mut debouncer, &mut check, now);
            check.said.push((what, now));
            check.out.push(false);
            let batches = debouncer.push(message(number, &what), what.4, now);
            check.came(batches, now);
        }
        wait(&mut debouncer, &mut check, Duration::MAX);
        prop_assert!(check.out.iter().all(|out| *out), "something is lost");
    }
}
