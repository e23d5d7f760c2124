//! The inbound message that a click or a slash command is for the agent. Pure.

use super::people::{Person, Room};
use crate::config::{AccountConfig, DmScope, Entry};
use crate::turn::{self, Thread};
use host_sdk::protocol::{
    ChatKind, CommandFacts, Conversation, InboundMessage, Interaction, MentionFacts, MentionReason, Reply,
    Sender,
};
use sha2::{Digest, Sha256};

/// Where something was done, and by whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub account: &'a AccountConfig,
    pub room: &'a Room,
    pub person: &'a Person,
    /// The thread that it happened in, for the answer and for the session.
    pub thread: &'a Thread,
    /// The first post of the thread that the clicked post stands in, when it does.
    pub inside: Option<&'a str>,
}

/// What was done.
#[derive(Clone, Debug)]
pub(crate) struct Deed {
    /// Identifies it among everything of its account: see [`key_of`].
    pub key: String,
    /// The remote id of what was done: `interaction:<post>:<action>`.
    pub message_id: String,
    /// What the agent reads.
    pub text: String,
    pub interaction: Interaction,
    pub command: CommandFacts,
    /// Why its doer is heard.
    pub access: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// A key from what is unique about a deed: letters, digits and one dash.
#[must_use]
pub(crate) fn key_of(kind: &str, unique: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in unique {
        // Lengths keep ("a", "bc") and ("ab", "c") apart.
        hash.update(format!("{}:{part}\n", part.len()));
    }
    let hash: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{kind}-{hash}")
}

/// The message.
#[must_use]
pub(crate) fn message(place: Place<'_>, deed: Deed) -> InboundMessage {
    let Place { account, room, person, thread, inside } = place;
    let channel = &room.channel;
    let direct = room.kind == ChatKind::Direct;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let at = turn::Place {
        account_id: &account.id,
        kind: room.kind,
        channel_id: &channel.id,
        team_id: &channel.team_id,
        sender_id: &person.id,
        thread: thread.session.as_deref(),
    };
    let name = if person.username.is_empty() { &person.id } else { &person.username };
    let mut message = InboundMessage {
        event_id: format!("{}:{}", account.id, deed.key),
        account_id: account.id.clone(),
        received_at_ms: deed.at_ms,
        message_id: deed.message_id,
        timestamp_ms: deed.at_ms,
        raw_text: deed.text.clone(),
        text: deed.text,
        sender: Sender { id: person.id.clone(), username: some(&person.username), is_bot: person.is_bot },
        conversation: Conversation {
            kind: room.kind,
            channel_id: channel.id.clone(),
            channel_name: some(&channel.name).filter(|_| !direct),
            display_name: some(&channel.display_name),
            team_id: some(&channel.team_id),
            thread_root_id: inside.map(str::to_owned),
            label: turn::label(direct, name, &channel.name, &channel.display_name, &channel.id),
        },
        mention: MentionFacts {
            was_mentioned: !direct,
            reason: if direct { MentionReason::Direct } else { MentionReason::Interaction },
        },
        reply: Reply { target: format!("channel:{}", channel.id), thread_root_id: thread.reply.clone() },
        session: account.sessions.session(&at, owner(account)),
        command: deed.command,
        access: deed.access,
        interaction: Some(deed.interaction),
        ..InboundMessage::default()
    };
    message.body = turn::body(&message, None, &turn::zone(account.sessions.time_zone.as_deref()));
    message
}

/// The one user whose direct messages move the main session's last route.
fn owner(account: &AccountConfig) -> Option<&str> {
    let mut entries = account.policies.allow_from.iter();
    match (account.sessions.dm_scope, entries.next(), entries.next()) {
        (DmScope::Main, Some(Entry::Plain(owner)), None) => Some(owner),
        _ => None,
    }
}
