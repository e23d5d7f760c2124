//! Why a post is not for the agent.

use crate::gate::Refusal;

/// Why a post is not for the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ignored {
    /// An id is not one of Mattermost's, or the text is longer than any server takes: not from a Mattermost.
    Malformed,
    /// The bot wrote it itself.
    Own,
    /// The server wrote it: somebody joined, the header changed, ...
    System,
    /// Another bot or a webhook wrote it, and `allowBots` does not let it through. Two bots that answer each other would
    /// never stop.
    Bot,
    /// Bots were answered so often in this conversation that they may be answering each other.
    BotLoop,
    /// The event does not say what kind of channel it is, so no rule can be applied.
    UnknownChannelType,
    /// The sender is not heard here.
    Access(Refusal),
    /// A command of somebody who may give none.
    Command,
    /// In a channel, and nothing says that the bot is meant.
    NotMentioned,
    /// The same, where messages begin with a prefix.
    NotTriggered,
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
            Self::BotLoop => "bot_loop",
            Self::UnknownChannelType => "unknown_channel_type",
            Self::Access(refusal) => refusal.code(),
            Self::Command => "command_not_authorized",
            Self::NotMentioned => "not_mentioned",
            Self::NotTriggered => "not_triggered",
            Self::Empty => "empty",
        }
    }
}
