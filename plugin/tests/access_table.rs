//! Every combination of policies, lists and senders, against what OpenClaw's page "Access control" says of it.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{ChatKind, Event};
use openclaw_mattermost::config::{AccessGroup, DmPolicy, Entry, GroupPolicy, Policies};
use openclaw_mattermost::gate::{Access, Refusal, Subject, access};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::{World, approved, pending};

const SENDER: &str = "sendersendersendersendersen";
const OTHER: &str = "otherotherotherotherothero";

/// What a list says of the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    ById,
    ByName,
    InGroup,
    InMissingGroup,
    Wildcard,
    Not,
    /// There is no list.
    Empty,
}

const LISTED: [Listed; 7] = [
    Listed::ById,
    Listed::ByName,
    Listed::InGroup,
    Listed::InMissingGroup,
    Listed::Wildcard,
    Listed::Not,
    Listed::Empty,
];

/// What may become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Heard,
    /// The host is asked, and what it says counts.
    Asked,
    No(&'static str),
}

use Outcome::{Asked, Heard, No};

const DM: [(&str, DmPolicy); 4] = [
    ("pairing", DmPolicy::Pairing),
    ("allowlist", DmPolicy::Allowlist),
    ("open", DmPolicy::Open),
    ("disabled", DmPolicy::Disabled),
];
const GROUP: [(&str, GroupPolicy); 3] =
    [("allowlist", GroupPolicy::Allowlist), ("open", GroupPolicy::Open), ("disabled", GroupPolicy::Disabled)];
const KINDS: [ChatKind; 3] = [ChatKind::Direct, ChatKind::Group, ChatKind::Channel];

/// Columns: what the list for this kind of conversation says. `ByName` stands twice: without and with the danger.
///
/// | dmPolicy  | id    | name, safe | name, danger | group | missing group | wildcard | not  | empty |
const DIRECT: [(&str, [Outcome; 8]); 4] = [
    ("pairing", [Heard, Asked, Heard, Heard, Asked, Heard, Asked, Asked]),
    ("allowlist", [Heard, NOT_DM, Heard, Heard, MISSING, Heard, NOT_DM, NOT_DM]),
    ("open", [Heard, NOT_DM, Heard, Heard, MISSING, Heard, NOT_DM, NOT_DM]),
    ("disabled", [NO_DM; 8]),
];
const IN_CHANNELS: [(&str, [Outcome; 8]); 3] = [
    ("allowlist", [Heard, NOT_LISTED, Heard, Heard, MISSING, Heard, NOT_LISTED, NOBODY]),
    ("open", [Heard; 8]),
    ("disabled", [NO_CHANNELS; 8]),
];
const NOT_DM: Outcome = No("dm_policy_not_allowlisted");
const NO_DM: Outcome = No("dm_policy_disabled");
const NOT_LISTED: Outcome = No("group_policy_not_allowlisted");
const NOBODY: Outcome = No("group_policy_empty_allowlist");
const NO_CHANNELS: Outcome = No("group_policy_disabled");
const MISSING: Outcome = No("access_group_missing");

/// One combination.
#[derive(Clone, Copy, Debug)]
struct Case {
    dm: &'static str,
    group: &'static str,
    kind: ChatKind,
    allow: Listed,
    group_allow: Listed,
    danger: bool,
    paired: bool,
}

impl Case {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for (dm, _) in DM {
            for (group, _) in GROUP {
                for kind in KINDS {
                    for allow in LISTED {
                        for group_allow in LISTED {
                            for bits in 0..4 {
                                let (danger, paired) = (bits & 1 == 1, bits & 2 == 2);
                                all.push(Self { dm, group, kind, allow, group_allow, danger, paired });
                            }
                        }
                    }
                }
            }
        }
        all
    }

    /// What the table says.
    fn expected(self) -> Outcome {
        let (rows, policy, list): (&[(&str, [Outcome; 8])], _, _) = match self.kind {
            ChatKind::Direct => (&DIRECT, self.dm, self.allow),
            // A missing list of channels has the other one's place.
            _ if self.group_allow == Listed::Empty => (&IN_CHANNELS, self.group, self.allow),
            _ => (&IN_CHANNELS, self.group, self.group_allow),
        };
        let column = match (list, self.danger) {
            (Listed::ById, _) => 0,
            (Listed::ByName, false) => 1,
            (Listed::ByName, true) => 2,
            (Listed::InGroup, _) => 3,
            (Listed::InMissingGroup, _) => 4,
            (Listed::Wildcard, _) => 5,
            (Listed::Not, _) => 6,
            (Listed::Empty, _) => 7,
        };
        rows.iter().find(|(name, _)| *name == policy).unwrap().1[column]
    }

    /// What it comes to, when the host has been asked.
    fn settled(self) -> Outcome {
        match (self.expected(), self.paired) {
            (Asked, true) => Heard,
            (Asked, false) => No("dm_not_paired"),
            (outcome, _) => outcome,
        }
    }
}

/// The entries of such a list.
fn entries(listed: Listed, id: &str, name: &str, other: &str) -> Vec<String> {
    let entry = match listed {
        Listed::ById => format!("mattermost:{id}"),
        Listed::ByName => format!("@{name}"),
        Listed::InGroup => "accessGroup:ops".to_owned(),
        Listed::InMissingGroup => "accessGroup:gone".to_owned(),
        Listed::Wildcard => "*".to_owned(),
        Listed::Not => format!("user:{other}"),
        Listed::Empty => return Vec::new(),
    };
    // Somebody else stands there as well, before and behind.
    vec![other.to_owned(), entry, format!("@{other}")]
}

fn policies(case: Case) -> Policies {
    let list = |listed| {
        entries(listed, SENDER, "sender", OTHER).iter().filter_map(|text| Entry::read(text)).collect()
    };
    let members = vec![Entry::Plain(OTHER.to_owned()), Entry::Plain(SENDER.to_owned())];
    Policies {
        dm: DM.iter().find(|(name, _)| *name == case.dm).unwrap().1,
        group: GROUP.iter().find(|(name, _)| *name == case.group).unwrap().1,
        allow_from: list(case.allow),
        group_allow_from: list(case.group_allow),
        name_matching: case.danger,
        access_groups: BTreeMap::from([("ops".to_owned(), AccessGroup { members })]),
        ..Policies::default()
    }
}

// covers: I26, I27, I28, I30, I32, I33
#[test]
fn every_combination_is_decided_as_the_table_says() {
    let cases = Case::all();
    assert_eq!(cases.len(), 4 * 3 * 3 * 7 * 7 * 4);
    for case in cases {
        let subject = Subject { id: SENDER, username: Some("Sender") };
        let decided = match access(&policies(case), case.kind, subject) {
            Access::Admitted(_) => Heard,
            Access::IfPaired => Asked,
            Access::Refused(refusal) => No(refusal.code()),
        };
        assert_eq!(decided, case.expected(), "{case:?}");
        // Whom nothing but a name admits is not admitted without one.
        let nameless = Subject { id: SENDER, username: None };
        let safe = Case { danger: false, ..case };
        let decided = access(&policies(case), case.kind, nameless);
        assert_eq!(matches!(decided, Access::Admitted(_)), safe.expected() == Heard, "{case:?}");
        // The reason "not paired" is the host's answer, never the list's.
        assert_ne!(decided, Access::Refused(Refusal::DmNotPaired), "{case:?}");
    }
}

/// A sample with every policy, kind, kind of list and flag in it, each time the same one.
fn sample() -> Vec<Case> {
    // 61 has no factor in common with the number of combinations.
    let all = Case::all();
    let picked: Vec<Case> = (0..84).map(|number| all[(number * 61) % all.len()]).collect();
    let spread: Vec<Case> = all.iter().copied().step_by(97).collect();
    picked.into_iter().chain(spread).filter(|case| is_accepted(*case)).collect()
}

/// `dmPolicy: open` without the wildcard is an error of the configuration.
fn is_accepted(case: Case) -> bool {
    case.dm != "open" || case.allow == Listed::Wildcard
}

// covers: I21, I25, I26, I27, I28, I29, I30, I32, I33
#[tokio::test(flavor = "multi_thread")]
async fn the_loaded_library_decides_a_sample_in_the_same_way() {
    let cases = sample();
    assert!(cases.len() >= 40, "{}", cases.len());
    for (dm, _) in DM {
        assert!(cases.iter().any(|case| case.dm == dm && case.kind == ChatKind::Direct), "{dm}");
    }
    for (group, _) in GROUP {
        assert!(cases.iter().any(|case| case.group == group && case.kind != ChatKind::Direct), "{group}");
    }
    for listed in LISTED {
        assert!(
            cases.iter().any(|case| case.allow == listed)
                && cases.iter().any(|case| case.group_allow == listed)
        );
    }
    for cases in cases.chunks(8) {
        let mut running = tokio::task::JoinSet::new();
        for case in cases.iter().copied() {
            running.spawn(async move { (case, decided(case).await) });
        }
        while let Some(done) = running.join_next().await {
            let (case, decided) = done.unwrap();
            assert_eq!(decided, case.settled(), "{case:?}");
        }
    }
}

/// Bob says something, and what becomes of it.
async fn decided(case: Case) -> Outcome {
    let mut world = World::build(mattermost_sim::Options::default(), false, |seed| {
        let (bob, mallory) = (seed.user_id("bob"), seed.user_id("mallory"));
        let list = |listed| match entries(listed, bob, "bob", mallory) {
            list if list.is_empty() => Value::Null,
            list => json!(list),
        };
        let members = json!({ "mattermost": [mallory, bob] });
        let section = json!({
            "dmPolicy": case.dm, "groupPolicy": case.group, "allowFrom": list(case.allow),
            "groupAllowFrom": list(case.group_allow), "dangerouslyAllowNameMatching": case.danger,
            "chatmode": "onmessage",
        });
        (section, json!({ "accessGroups": { "ops": { "type": "message.senders", "members": members } } }))
    })
    .await;
    let channel = match case.kind {
        ChatKind::Direct => world.dm("bob"),
        ChatKind::Group => world.channel("secret"),
        ChatKind::Channel => world.channel("general"),
    };
    world.says("bob", &channel, "hello", "");
    let looks = async {
        loop {
            let event = tokio::time::timeout(std::time::Duration::from_millis(20), world.next()).await;
            match event {
                Ok(Event::InboundMessage(message)) => {
                    assert_eq!(message.text, "hello");
                    return Heard;
                }
                Ok(Event::HostRequest(request)) => {
                    let answer = if case.paired { approved() } else { pending(None, false) };
                    world.reply(&request, answer).await;
                }
                _ => {}
            }
            if let Some(reason) = world.not_answered().await.into_keys().next() {
                return No(reason.leak());
            }
        }
    };
    tokio::time::timeout(support::PATIENCE, looks).await.unwrap()
}
