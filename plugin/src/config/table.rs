//! Every key there is, with what may stand there: the check and the JSON Schema are both made from these tables.
//!
//! The keys of the channel are those of OpenClaw's official plugin, with the same types and bounds, so that one
//! configuration serves both (<https://docs.openclaw.ai/channels/mattermost>).

use super::access::{DmPolicy, GroupPolicy};
use super::history::ContextVisibility;
use super::mention::ChatMode;
use super::node::MOST;
use super::own::ReactionNotifications;
use super::sending::{ChunkMode, CommandText, StreamMode, Tables};
use super::threading::ReplyMode;

/// One key.
pub(super) struct Key {
    pub name: &'static str,
    pub kind: Kind,
    /// For the schema: what it means and what it is when it is missing. The schema has no `default`, because hosts write
    /// defaults into every account, where they would hide what the section says.
    pub doc: &'static str,
}

/// What may stand at a key.
pub(super) enum Kind {
    /// `true` or `false`.
    Flag,
    Text,
    Texts,
    /// A list of strings and numbers.
    People,
    /// One of these.
    Words(&'static [&'static str]),
    /// A whole number from the first to the second.
    Whole(u64, u64),
    /// A number above zero.
    Positive,
    /// `true`, `false` or this word.
    FlagOr(&'static str),
    /// A string or `false`.
    TextOrFalse,
    /// A string or a reference to a secret.
    Secret,
    /// An object with these keys.
    Object(&'static [Key]),
    /// An object with any keys, each of them an object with these keys.
    Each(&'static [Key]),
}

const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, doc }
}

use Kind::{Each, Flag, FlagOr, Object, People, Positive, Secret, Text, TextOrFalse, Texts, Whole, Words};

/// The keys of `channels.mattermost` that an account may have too.
pub(super) const ACCOUNT: &[Key] = &[
    key("actions", Object(ACTIONS), "What the agent may do besides sending."),
    key(
        "allowFrom",
        People,
        "Who may write to the bot directly: user ids, \"*\", \"accessGroup:<name>\". Default: nobody.",
    ),
    key("baseUrl", Text, "The server's URL. Default: MATTERMOST_URL, for the account \"default\" only."),
    key(
        "botToken",
        Secret,
        "The bot's token. Default: MATTERMOST_BOT_TOKEN, for the account \"default\" only.",
    ),
    key("capabilities", Texts, "What the agent is told that it can use, such as \"inlineButtons\"."),
    key("chatmode", Words(ChatMode::WORDS), "When a message in a channel is for the bot. Default: oncall."),
    key(
        "commands",
        Object(COMMANDS),
        "The server's slash commands; an account's keys are added to the section's.",
    ),
    key("configWrites", Flag, "Commands in the chat may change the configuration. Default: the host's."),
    key(
        "contextVisibility",
        Words(ContextVisibility::WORDS),
        "Whose messages may stand in the history. Default: channels.defaults.contextVisibility, else all.",
    ),
    key(
        "dangerouslyAllowNameMatching",
        Flag,
        "Allowlists also match names, which their owners can change. Default: false.",
    ),
    key("dmChannelRetry", Object(RETRY), "How often the opening of a direct channel is tried."),
    key(
        "dmPolicy",
        Words(DmPolicy::WORDS),
        "Who may write to the bot directly; \"open\" needs \"*\" in the allowFrom beside it. Default: pairing.",
    ),
    key("enabled", Flag, "Default: true. The section's false switches every account off."),
    key("groupAllowFrom", People, "Who is heard in channels and groups. Default: allowFrom."),
    key(
        "groupPolicy",
        Words(GroupPolicy::WORDS),
        "Who is heard in channels and groups. Default: channels.defaults.groupPolicy, else allowlist.",
    ),
    key("groups", Each(GROUP), "By channel id, or \"*\"."),
    key(
        "historyLimit",
        Whole(0, MOST),
        "Messages written before that go along. Default: messages.groupChat.historyLimit, else 50.",
    ),
    key("implicitMentions", Object(IMPLICIT), "What counts as a mention although no name is written."),
    key("interactions", Object(INTERACTIONS), "Where clicks on buttons arrive."),
    key("markdown", Object(MARKDOWN), "How Markdown is written."),
    key(
        "mediaMaxMb",
        Positive,
        "The size limit of files, in MiB. Default: agents.defaults.mediaMaxMb, else 8 for those that are read; those that \
         are sent: see files.md.",
    ),
    key("name", Text, "A name for displays."),
    key("network", Object(NETWORK), "Where the server may be; see network.md."),
    key(
        "oncharPrefixes",
        Texts,
        "What a message for the bot begins with under chatmode onchar. Default: > and !",
    ),
    key(
        "replyToMode",
        Words(ReplyMode::WORDS),
        "Whether answers in channels and groups begin threads. Default: off.",
    ),
    key(
        "replyToModeByChatType",
        Object(REPLY_BY_KIND),
        "The same by kind of conversation; direct is off by default.",
    ),
    key("requireMention", Flag, "An older key, which counts where chatmode is not set."),
    key("responsePrefix", Text, "What answers begin with. Default: messages.responsePrefix."),
    key("streaming", Object(STREAMING), "What is shown while an answer is being written."),
    key("textChunkLimit", Whole(1, MOST), "Characters per post, at most 16383. Default: 4000."),
];

/// The keys of `channels.mattermost` alone.
pub(super) const ROOT_ONLY: &[Key] = &[
    key("accounts", Each(ACCOUNT), "More bots, by account id; what they do not say is as in the section."),
    key("defaultAccount", Text, "The account that is used when none is named."),
];

const ACTIONS: &[Key] = &[
    key("messages", Flag, "Read a channel's messages. Default: false."),
    key("reactions", Flag, "React to messages. Default: true."),
];

const COMMANDS: &[Key] = &[
    key("callbackPath", Text, "Where the host hears of them. Default: /api/channels/mattermost/command"),
    key(
        "callbackUrl",
        Text,
        "The same as a whole URL, as the server reaches it; see slash-commands.md. Default: where the gateway listens.",
    ),
    key("native", FlagOr("auto"), "They are registered. Default: auto, which means no."),
    key("nativeSkills", FlagOr("auto"), "One more per skill. Default: auto, which means no."),
];

const RETRY: &[Key] = &[
    key("initialDelayMs", Whole(100, 60_000), "The wait before the second try. Default: 1000."),
    key("maxDelayMs", Whole(1_000, 60_000), "The longest wait. Default: 10000."),
    key("maxRetries", Whole(0, 10), "Tries after the first one. Default: 3."),
    key("timeoutMs", Whole(5_000, 120_000), "How long one try may take. Default: 30000."),
];

const GROUP: &[Key] =
    &[key("requireMention", Flag, "Only what mentions the bot is for it. Wins over chatmode.")];

const IMPLICIT: &[Key] = &[
    key("quotedBot", Flag, "A quotation of the bot. Mattermost has none. Default: true."),
    key("replyToBot", Flag, "A reply to the bot. In Mattermost that is a thread. Default: true."),
    key("threadParticipation", Flag, "A thread in which the bot took part. Default: true."),
];

const INTERACTIONS: &[Key] = &[
    key(
        "allowedSourceIps",
        Texts,
        "Addresses and networks that clicks may come from. Default: this machine.",
    ),
    key("callbackBaseUrl", Text, "The host's URL as the server reaches it."),
];

const MARKDOWN: &[Key] =
    &[key("tables", Words(Tables::WORDS), "What becomes of a table; block is as code. Default: off.")];

const NETWORK: &[Key] = &[key(
    "dangerouslyAllowPrivateNetwork",
    Flag,
    "The server may be on this machine or in a private network. Default: false: it is not connected to.",
)];

const REPLY_BY_KIND: &[Key] = &[
    key("channel", Words(ReplyMode::WORDS), "In public channels. Default: replyToMode."),
    key("direct", Words(ReplyMode::WORDS), "In direct messages. Default: off."),
    key("group", Words(ReplyMode::WORDS), "In groups and private channels. Default: replyToMode."),
];

const STREAMING: &[Key] = &[
    key("block", Object(BLOCK), "Finished parts of an answer, while previews are off."),
    key(
        "chunkMode",
        Words(ChunkMode::WORDS),
        "Where long answers are cut: near the limit, or at blank lines. Default: length.",
    ),
    key("mode", Words(StreamMode::WORDS), "What is shown. Default: partial."),
    key("preview", Object(PREVIEW), "The preview of partial and block."),
    key("progress", Object(PROGRESS), "The preview of progress."),
];

const BLOCK: &[Key] = &[
    key("coalesce", Object(COALESCE), "How parts are merged."),
    key("enabled", Flag, "They go out as posts of their own. Default: the host's."),
];

const COALESCE: &[Key] = &[
    key("idleMs", Whole(0, MOST), "Nothing waits longer. Default: 1000."),
    key("maxChars", Whole(1, MOST), "More characters do not wait."),
    key("minChars", Whole(1, MOST), "Fewer characters wait for more. Default: 1500."),
];

const PREVIEW: &[Key] = &[
    key("commandText", Words(CommandText::WORDS), "How commands are shown. Default: status."),
    key("toolProgress", Flag, "Tools are shown. Default: true."),
];

const PROGRESS: &[Key] = &[
    key("commandText", Words(CommandText::WORDS), "How commands are shown. Default: status."),
    key("label", TextOrFalse, "The headline; \"auto\": one of labels; false: none. Default: auto."),
    key("labels", Texts, "Headlines to choose from. Default: Working."),
    key("maxLineChars", Whole(1, MOST), "Characters per line. Default: 120."),
    key("maxLines", Whole(1, MOST), "Lines that are shown. Default: 8."),
    key("toolProgress", Flag, "Every tool is shown. Default: false."),
];

/// The keys of `plugins.entries.mattermost.config`, which are this plugin's alone.
pub(super) const OWN: &[Key] = &[
    key("accounts", Each(OWN_ACCOUNT), "The same for one account, by account id."),
    key("actions", Object(OWN_ACTIONS), "What the agent may do besides sending, reacting and reading."),
    key("allowBots", BOTS, "What other bots write is heard. Default: false."),
    key("buttonsExpireHours", Whole(0, MOST_HOURS), EXPIRE),
    key("catchUp", Object(CATCH_UP), "How much of what was missed is read."),
    key("reactionNotifications", Words(ReactionNotifications::WORDS), REACTIONS),
    key("threadFiles", Flag, "Files of the first message of a thread go along. Default: false."),
];

const OWN_ACTIONS: &[Key] = &[
    key("channelInfo", Flag, "Ask what a channel is. Default: true."),
    key("delete", Flag, "Delete the bot's own messages. Default: true."),
    key("edit", Flag, "Change the bot's own messages. Default: true."),
    key("pins", Flag, "Pin messages of the conversation. Default: the bot's own only."),
    key("search", Flag, "Look for messages. Default: channels.mattermost.actions.messages."),
    key("threads", Flag, "Read threads. Default: channels.mattermost.actions.messages."),
];

const OWN_ACCOUNT: &[Key] = &[
    key("actions", Object(OWN_ACTIONS), "What the agent may do besides sending, reacting and reading."),
    key("allowBots", BOTS, "What other bots write is heard."),
    key("buttonsExpireHours", Whole(0, MOST_HOURS), EXPIRE),
    key("reactionNotifications", Words(ReactionNotifications::WORDS), REACTIONS),
    key("threadFiles", Flag, "Files of the first message of a thread go along."),
];

const BOTS: Kind = FlagOr("mentions");
const EXPIRE: &str =
    "How long buttons can be clicked, in hours; 0: as long as they are there. Default: 720, 30 days.";
const REACTIONS: &str =
    "Which reactions the agent is told of: none, those to its own messages, all. Default: all.";

/// A year.
const MOST_HOURS: u64 = 24 * 365;
/// Posts per channel.
const MOST_POSTS: u64 = 1_000_000;

const CATCH_UP: &[Key] = &[
    key("maxAgeHours", Whole(0, MOST_HOURS), "Older posts are left out. Default: 24."),
    key("maxPosts", Whole(0, MOST_POSTS), "Posts per channel. Default: 10000."),
];

/// Keys, and keys in them, that this version reads but that change nothing yet. Whoever makes one work takes it out.
pub(super) const IDLE: &[&str] = &["configWrites"];

/// Keys that operators look for here, and where they stand.
pub(super) const ELSEWHERE: &[(&str, &str)] = &[
    ("ackReaction", "messages.ackReaction"),
    ("allowBots", "plugins.entries.mattermost.config.allowBots"),
    ("buttonsExpireHours", "plugins.entries.mattermost.config.buttonsExpireHours"),
    ("catchUp", "plugins.entries.mattermost.config.catchUp"),
    ("debounceMs", "messages.inbound.byChannel.mattermost"),
    ("mentionPatterns", "messages.groupChat.mentionPatterns"),
    ("reactionNotifications", "plugins.entries.mattermost.config.reactionNotifications"),
    ("threadFiles", "plugins.entries.mattermost.config.threadFiles"),
];

/// Keys of older versions, and what they became. A repair moves them (see `doctor`).
pub(super) const LEGACY: &[(&str, &str)] = &[
    ("allowPrivateNetwork", "network.dangerouslyAllowPrivateNetwork"),
    ("streamMode", "streaming.mode"),
    ("chunkMode", "streaming.chunkMode"),
    ("blockStreaming", "streaming.block.enabled"),
    ("blockStreamingCoalesce", "streaming.block.coalesce"),
];
