//! What a post means for one account. Pure: no clock, no network.

use crate::config::AccountConfig;
use crate::gate::{Activation, Refusal, access, activation};
use crate::ids::is_id;
use host_sdk::protocol::{BotIdentity, ChatKind, Conversation, InboundMessage, MentionFacts, Reply, Sender};
use mattermost_client::event::Posted;
use mattermost_client::model::{ChannelType, Post};
use std::sync::Arc;

/// What became of a post.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// The host should answer it.
    Message(Box<InboundMessage>),
    /// It is not for the agent.
    Ignored(Ignored),
}

/// Why a post is not for the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// An id is not one of Mattermost's, or the text is longer than any server takes: not from a Mattermost.
    Malformed,
    /// The bot wrote it itself.
    Own,
    /// The server wrote it: somebody joined, the header changed, ...
    System,
    /// Another bot or a webhook wrote it. Two bots that answer each other would never stop.
    Bot,
    /// The event does not say what kind of channel it is, so no rule can be applied.
    UnknownChannelType,
    /// The sender is not heard here.
    Access(Refusal),
    /// In a channel, and nothing says that the bot is meant.
    NotMentioned,
    /// There is nothing to answer.
    Empty,
}

impl Ignored {
    /// The reason code, for logs and status.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Own => "own_post",
            Self::System => "system_post",
            Self::Bot => "bot_post",
            Self::UnknownChannelType => "unknown_channel_type",
            Self::Access(refusal) => refusal.code(),
            Self::NotMentioned => "not_mentioned",
            Self::Empty => "empty",
        }
    }
}

/// Reads posts for one account.
#[derive(Debug)]
pub struct Reader {
    account: Arc<AccountConfig>,
    bot: BotIdentity,
}

impl Reader {
    /// A reader for an account whose bot is known.
    #[must_use]
    pub fn new(account: Arc<AccountConfig>, bot: BotIdentity) -> Self {
        Self { account, bot }
    }

    /// The server said anew who the bot is: it may have been renamed.
    pub fn identify(&mut self, bot: BotIdentity) {
        self.bot = bot;
    }

    /// What does this post mean? `now_ms` is when it was heard.
    #[must_use]
    pub fn read(&self, posted: Posted, now_ms: i64) -> Heard {
        match self.decide(posted, now_ms) {
            Ok(message) => Heard::Message(Box::new(message)),
            Err(why) => Heard::Ignored(why),
        }
    }

    /// Whether the bot wrote this post itself.
    #[must_use]
    pub fn is_own(&self, post: &Post) -> bool {
        post.user_id == self.bot.id
    }

    /// Whether this is the bot's id.
    #[must_use]
    pub fn is_bot(&self, user_id: &str) -> bool {
        user_id == self.bot.id
    }

    /// Whether the text of a post may be for the bot wherever it stands.
    #[must_use]
    pub fn may_wake(&self, post: &Post) -> bool {
        let has_files = !post.file_ids.is_empty();
        let (mention, bot) = (&self.account.mention, &self.bot.username);
        let read = activation(mention, ChatKind::Channel, &post.message, has_files, bot);
        matches!(read, Activation::Active(_))
    }

    fn decide(&self, posted: Posted, now_ms: i64) -> Result<InboundMessage, Ignored> {
        let post = &posted.post;
        if !well_formed(post) {
            return Err(Ignored::Malformed);
        }
        if self.is_own(post) {
            return Err(Ignored::Own);
        }
        if post.type_.starts_with("system_") {
            return Err(Ignored::System);
        }
        if written_by_a_machine(post) {
            return Err(Ignored::Bot);
        }
        let kind = kind(&posted.channel_type).ok_or(Ignored::UnknownChannelType)?;
        access(&self.account.policies, kind, &post.user_id).map_err(Ignored::Access)?;
        let has_files = !post.file_ids.is_empty();
        let active =
            match activation(&self.account.mention, kind, &post.message, has_files, &self.bot.username) {
                Activation::Active(active) => active,
                Activation::NotMentioned => return Err(Ignored::NotMentioned),
                Activation::Empty => return Err(Ignored::Empty),
            };
        Ok(self.message(posted, kind, active.text, active.mentioned, now_ms))
    }

    fn message(
        &self,
        posted: Posted,
        kind: ChatKind,
        text: String,
        mentioned: bool,
        now_ms: i64,
    ) -> InboundMessage {
        let post = posted.post;
        let thread_root_id = some(post.root_id);
        let username = posted.sender_name.strip_prefix('@').unwrap_or(&posted.sender_name).to_owned();
        let named = kind != ChatKind::Direct;
        InboundMessage {
            event_id: event_id(&self.account.id, &post.id),
            account_id: self.account.id.clone(),
            redelivered: false,
            received_at_ms: now_ms,
            message_id: post.id,
            message_ids: Vec::new(),
            timestamp_ms: post.create_at,
            text,
            raw_text: post.message,
            sender: Sender { id: post.user_id, username: some(username), is_bot: false },
            conversation: Conversation {
                kind,
                channel_id: post.channel_id.clone(),
                channel_name: some(posted.channel_name).filter(|_| named),
                display_name: some(posted.channel_display_name),
                team_id: some(posted.team_id),
                thread_root_id: thread_root_id.clone(),
                label: String::new(),
            },
            mention: MentionFacts { was_mentioned: mentioned, ..MentionFacts::default() },
            // Where one was asked, one answers: a question inside a thread is answered in that thread, also in a
            // direct channel, where the asker would otherwise not see the answer.
            reply: Reply { target: format!("channel:{}", post.channel_id), thread_root_id },
            ..InboundMessage::default()
        }
    }
}

/// The id of the event that a post is.
#[must_use]
pub fn event_id(account_id: &str, post_id: &str) -> String {
    format!("{account_id}:{post_id}")
}

/// Servers take 65 535 bytes of text; twice that is from something else, and would fill the queues.
const LONGEST_TEXT: usize = 128 * 1024;

fn well_formed(post: &Post) -> bool {
    let optional = |id: &str| id.is_empty() || is_id(id);
    is_id(&post.id)
        && is_id(&post.channel_id)
        && is_id(&post.user_id)
        && optional(&post.root_id)
        && post.message.len() <= LONGEST_TEXT
}

/// Open channels are channels; private channels and group messages are groups.
fn kind(channel_type: &ChannelType) -> Option<ChatKind> {
    match channel_type {
        ChannelType::Direct => Some(ChatKind::Direct),
        ChannelType::Group | ChannelType::Private => Some(ChatKind::Group),
        ChannelType::Public => Some(ChatKind::Channel),
        ChannelType::Other(_) => None,
    }
}

/// The server marks posts of bots and webhooks in their props, as the string `"true"`.
fn written_by_a_machine(post: &Post) -> bool {
    ["from_bot", "from_webhook"].iter().any(|key| {
        post.props.get(*key).is_some_and(|value| value == "true" || value == &serde_json::Value::Bool(true))
    })
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{Heard, Ignored, Reader};
    use crate::config::{ChannelConfig, Env};
    use host_sdk::protocol::BotIdentity;
    use mattermost_client::event::Posted;
    use mattermost_client::model::{ChannelType, Post};
    use std::sync::Arc;

    fn reader() -> Reader {
        let read = ChannelConfig::read(&serde_json::json!({}), &Env::Given(Default::default())).unwrap();
        let bot = BotIdentity { id: "b".repeat(26), username: "bot".to_owned() };
        Reader::new(Arc::new(read.accounts[0].clone()), bot)
    }

    fn posted(id: String, message: String) -> Posted {
        let post =
            Post { id, message, channel_id: "c".repeat(26), user_id: "u".repeat(26), ..Post::default() };
        Posted { post, channel_type: ChannelType::Direct, ..Posted::default() }
    }

    #[test]
    fn a_post_that_no_mattermost_sends_is_ignored() {
        let reader = reader();
        let huge = "x".repeat(8 * 1024 * 1024);
        for strange in [
            posted(huge.clone(), "hi".to_owned()),
            posted("P".repeat(26), "hi".to_owned()),
            posted("p".repeat(26), huge),
        ] {
            assert_eq!(reader.read(strange, 0), Heard::Ignored(Ignored::Malformed));
        }
        let fine = reader.read(posted("p".repeat(26), "hi".to_owned()), 0);
        assert!(matches!(fine, Heard::Message(_)), "{fine:?}");
    }
}
