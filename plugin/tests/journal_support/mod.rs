//! What the journal's tests share: messages, changes, and a model of what a store should hold.

#![allow(clippy::unwrap_used, dead_code)]

use host_sdk::protocol::{InboundMessage, Outbound, Receipt};
use openclaw_mattermost::store::{
    AccountMark, Change, ChannelMark, Delivery, DeliveryState, OpenEvent, Retention, SlashCommand, Snapshot,
    TookPart,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

pub const DAY: i64 = 24 * 3600 * 1000;

/// A message as people write them: about 600 bytes of JSON.
pub fn message(account: &str, event: &str) -> InboundMessage {
    let text =
        "Could you have a look at the build of the release branch? It has been red since this morning.";
    serde_json::from_value(json!({
        "event_id": event, "account_id": account, "received_at_ms": 1_760_000_000_123_i64,
        "message_id": "p6cdn6jzq3nqmqyzqgqxk1fzmc", "timestamp_ms": 1_760_000_000_000_i64,
        "text": text, "raw_text": format!("@openclaw {text}"),
        "sender": { "id": "u5mcn6jzq3nqmqyzqgqxk1fzme", "username": "alice" },
        "conversation": { "kind": "channel", "channel_id": "c8hcn6jzq3nqmqyzqgqxk1fzma", "channel_name": "ops" },
        "mention": { "was_mentioned": true },
        "reply": { "target": "channel:c8hcn6jzq3nqmqyzqgqxk1fzma" },
    }))
    .unwrap()
}

pub fn open(account: &str, event: &str, seq: u64) -> Change {
    Change::Open(Box::new(OpenEvent {
        seq,
        posts: vec![format!("{event}-post")],
        refusals: 0,
        draft: false,
        opened_at: 1_760_000_000_200,
        message: message(account, event),
    }))
}

pub fn took_part(account: &str, root: &str, at: i64) -> Change {
    Change::TookPart { account_id: account.into(), root_id: root.into(), at }
}

pub fn settle(account: &str, event: &str, at: i64) -> Change {
    Change::Settle {
        account_id: account.into(),
        event_id: event.into(),
        posts: vec![format!("{event}-post")],
        at,
    }
}

pub fn done(account: &str, post: &str, at: i64) -> Change {
    Change::Done { account_id: account.into(), posts: vec![post.into()], at }
}

pub fn delivery(account: &str, id: &str, seq: u64, sent_at: Option<i64>) -> Delivery {
    let state = match sent_at {
        None => DeliveryState::Pending {
            message: Box::new(Outbound {
                target: "channel:c8hcn6jzq3nqmqyzqgqxk1fzma".into(),
                text: format!("answer {id}"),
                ..Outbound::default()
            }),
            buttons: Vec::new(),
        },
        Some(sent_at) => {
            let receipt: Receipt = serde_json::from_value(json!({
                "account_id": account, "channel_id": "c", "message_id": id, "message_ids": [id], "sent_at_ms": sent_at,
            }))
            .unwrap();
            DeliveryState::Sent { receipt: Box::new(receipt), sent_at }
        }
    };
    Delivery {
        account_id: account.into(),
        id: id.into(),
        seq,
        accepted_at: 1_760_000_000_300,
        state,
        replaces: None,
    }
}

pub fn deliver(account: &str, id: &str, seq: u64, sent_at: Option<i64>) -> Change {
    Change::Deliver(Box::new(delivery(account, id, seq, sent_at)))
}

pub fn forget(account: &str, id: &str) -> Change {
    Change::Forget { account_id: account.into(), id: id.into() }
}

pub fn mark_account(account: &str, proven_at: i64) -> Change {
    Change::MarkAccount { account_id: account.into(), mark: AccountMark { proven_at, born_at: 0 } }
}

pub fn mark_channel(account: &str, channel: &str, frontier_at: i64) -> Change {
    Change::MarkChannel {
        account_id: account.into(),
        channel_id: channel.into(),
        mark: ChannelMark {
            frontier_at,
            anchor_id: format!("{channel}-anchor"),
            anchor_at: frontier_at - 5000,
        },
    }
}

pub fn registered(account: &str, id: &str, token: &str) -> Change {
    Change::Registered(Box::new(SlashCommand {
        account_id: account.into(),
        id: id.into(),
        server: "https://chat.example.com".into(),
        team_id: "t".into(),
        trigger: "oc_status".into(),
        url: "https://gateway.example.com/api/channels/mattermost/command".into(),
        token: token.into(),
        managed: token.len().is_multiple_of(2),
    }))
}

pub fn unregistered(account: &str, id: &str) -> Change {
    Change::Unregistered { account_id: account.into(), id: id.into() }
}

/// What a store should hold, as simply as it can be said.
#[derive(Clone, Debug, Default)]
pub struct Model {
    accounts: BTreeMap<String, Account>,
}

#[derive(Clone, Debug, Default)]
struct Account {
    mark: Option<AccountMark>,
    channels: BTreeMap<String, ChannelMark>,
    open: BTreeMap<String, OpenEvent>,
    done: BTreeSet<(i64, String)>,
    threads: BTreeMap<String, TookPart>,
    commands: BTreeMap<String, SlashCommand>,
    deliveries: BTreeMap<String, Delivery>,
}

impl Model {
    fn account(&mut self, id: &str) -> &mut Account {
        self.accounts.entry(id.to_owned()).or_default()
    }

    pub fn apply(&mut self, change: &Change) {
        match change.clone() {
            Change::MarkAccount { account_id, mark } => {
                let known = &mut self.account(&account_id).mark;
                if known.is_none_or(|known| known.proven_at < mark.proven_at) {
                    *known = Some(mark);
                }
            }
            Change::MarkChannel { account_id, channel_id, mark } => {
                self.account(&account_id).channels.insert(channel_id, mark);
            }
            Change::Open(event) => {
                let account = self.account(&event.message.account_id.clone());
                account.open.insert(event.message.event_id.clone(), *event);
            }
            Change::Settle { account_id, event_id, posts, at } => {
                let account = self.account(&account_id);
                account.open.remove(&event_id);
                account.done.extend(posts.into_iter().map(|post| (at, post)));
            }
            Change::Done { account_id, posts, at } => {
                self.account(&account_id).done.extend(posts.into_iter().map(|post| (at, post)));
            }
            Change::TookPart { account_id, root_id, at } => {
                let new = TookPart { first_at: at, last_at: at };
                let times = self.account(&account_id).threads.entry(root_id).or_insert(new);
                *times = TookPart { first_at: at.min(times.first_at), last_at: at.max(times.last_at) };
            }
            Change::Deliver(delivery) => {
                let known = &mut self.account(&delivery.account_id.clone()).deliveries;
                let pending = matches!(delivery.state, DeliveryState::Pending { .. });
                if !(pending && known.get(&delivery.id).is_some_and(is_sent)) {
                    known.insert(delivery.id.clone(), *delivery);
                }
            }
            Change::Registered(command) => {
                self.account(&command.account_id.clone()).commands.insert(command.id.clone(), *command);
            }
            Change::Unregistered { account_id, id } => {
                self.account(&account_id).commands.remove(&id);
            }
            Change::Forget { account_id, id } => {
                let known = &mut self.account(&account_id).deliveries;
                if known.get(&id).is_some_and(|delivery| !is_sent(delivery)) {
                    known.remove(&id);
                }
            }
        }
    }

    pub fn prune(&mut self, retention: Retention, now_ms: i64) {
        let oldest = now_ms - i64::from(retention.days) * DAY;
        for account in self.accounts.values_mut() {
            while account.done.len() > retention.rows
                || account.done.first().is_some_and(|(at, _)| *at < oldest)
            {
                account.done.pop_first();
            }
            account.threads.retain(|_, times| times.last_at >= now_ms - 7 * DAY);
            let sent = sent(account);
            let beyond = sent.len().saturating_sub(retention.rows);
            for (place, (at, id, _)) in sent.iter().enumerate() {
                if place < beyond || *at < oldest {
                    account.deliveries.remove(id);
                }
            }
        }
    }

    pub fn delivery(&self, account: &str, id: &str) -> Option<Delivery> {
        self.accounts.get(account)?.deliveries.get(id).cloned()
    }

    pub fn load(&self, account: &str) -> Snapshot {
        let Some(account) = self.accounts.get(account) else { return Snapshot::default() };
        let mut open: Vec<_> = account.open.values().cloned().collect();
        open.sort_by_key(|event| event.seq);
        let mut pending: Vec<_> =
            account.deliveries.values().filter(|delivery| !is_sent(delivery)).cloned().collect();
        pending.sort_by_key(|delivery| delivery.seq);
        let mut done: Vec<String> = Vec::new();
        for (_, post) in &account.done {
            done.retain(|known| known != post);
            done.push(post.clone());
        }
        let seqs = open.iter().map(|event| event.seq);
        let next_seq = seqs.chain(account.deliveries.values().map(|delivery| delivery.seq)).max();
        Snapshot {
            mark: account.mark,
            channels: account.channels.clone().into_iter().collect(),
            done,
            threads: account.threads.clone().into_iter().collect(),
            commands: account.commands.values().cloned().collect(),
            pending,
            sent: sent(account).into_iter().map(|(_, id, _)| id).collect(),
            next_seq: next_seq.map_or(0, |seq| seq + 1),
            open,
        }
    }
}

fn is_sent(delivery: &Delivery) -> bool {
    matches!(delivery.state, DeliveryState::Sent { .. })
}

/// Time, id and seq of what was sent, oldest first.
fn sent(account: &Account) -> Vec<(i64, String, u64)> {
    let mut sent: Vec<_> = account
        .deliveries
        .values()
        .filter_map(|delivery| match delivery.state {
            DeliveryState::Sent { sent_at, .. } => Some((sent_at, delivery.id.clone(), delivery.seq)),
            DeliveryState::Pending { .. } => None,
        })
        .collect();
    sent.sort();
    sent
}
