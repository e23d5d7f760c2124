//! `message ...`.

// The doc comments are the help texts as people read them: no Markdown.
#![allow(rustdoc::invalid_html_tags)]

use clap::{Args, Subcommand};

/// What `message --help` says.
pub const ABOUT: &str = "\
Examples:

  test-host message send --channel mattermost --target @alice --message hello
  test-host message send --channel mattermost --target '#general' --message hello --dry-run
  test-host message send --channel mattermost --target '#general' --message 'Ship it?' \\
    --buttons '[[{\"text\": \"Yes\", \"callback_data\": \"yes\"}, {\"text\": \"No\", \"callback_data\": \"no\"}]]'
  test-host message read --channel mattermost --target '#general' --limit 5
  test-host message react --channel mattermost --message-id <POST> --emoji thumbsup

`read`, `thread`, `search` and `pins` are off until channels.mattermost.actions.messages is true.";

/// `message ...`
#[derive(Debug, Subcommand)]
pub enum Message {
    /// Send one message; no gateway is needed
    Send(MessageSend),
    /// Put an emoji on a post, or take it off
    React(React),
    /// Show who reacted to a post
    Reactions(OnPost),
    /// Show a channel's posts
    Read(Read),
    /// Change the text of a post
    Edit(Edit),
    /// Delete a post, with its thread when it is the first of one
    Delete(OnPost),
    /// Pin a post to its channel
    Pin(OnPost),
    /// Take the pin off a post
    Unpin(OnPost),
    /// Show what is pinned to a channel
    #[command(visible_alias = "list-pins")]
    Pins(OnChannel),
    /// Show a thread
    Thread(Thread),
    /// Look for posts by their text
    Search(Search),
    /// Show what a channel is
    ChannelInfo(OnChannel),
}

/// The options of `message send`.
#[derive(Debug, Args)]
pub struct MessageSend {
    /// The channel, for example mattermost
    #[arg(long, value_name = "ID")]
    pub channel: String,
    /// Where to: @username, #channel-name, #team/channel-name, user:<id> or channel:<id>
    #[arg(long, value_name = "TARGET")]
    pub target: String,
    /// What to say, as Markdown; may be left out when there are buttons or files
    #[arg(long, value_name = "TEXT", required_unless_present_any = ["buttons", "presentation", "media"])]
    pub message: Option<String>,
    /// The account that speaks [default: the channel's default account]
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// The post to answer
    #[arg(long, value_name = "POST")]
    pub reply_to: Option<String>,
    /// A file to attach: a path or a URL; may be given several times. A post takes ten, further ones follow in posts of
    /// their own
    #[arg(long, value_name = "FILE")]
    pub media: Vec<String>,
    /// Rows of buttons, as JSON or @FILE: [[{"text": "Yes", "callback_data": "yes", "style": "primary"}]]
    #[arg(long, value_name = "JSON", value_parser = super::json::value)]
    pub buttons: Option<serde_json::Value>,
    /// What stands above the buttons
    #[arg(long, value_name = "TEXT")]
    pub attachment_text: Option<String>,
    /// Buttons and text in OpenClaw's own form, as JSON or @FILE: {"blocks": [{"type": "buttons", "buttons": [{"label": "Yes", "value": "yes"}]}]}
    #[arg(long, value_name = "JSON", value_parser = super::json::value)]
    pub presentation: Option<serde_json::Value>,
    /// Find the target and check everything, but send nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What all of them but `send` have in common.
#[derive(Debug, Args)]
pub struct By {
    /// The channel, for example mattermost
    #[arg(long, value_name = "ID")]
    pub channel: String,
    /// The account that acts [default: the channel's default account]
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// Find the target and check everything, but do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// A post.
#[derive(Debug, Args)]
pub struct PostId {
    /// The post's id
    #[arg(long, value_name = "POST", visible_alias = "post-id")]
    pub message_id: String,
    /// The channel or person that it must stand with, for example channel:<id> [default: wherever it stands]
    #[arg(long, value_name = "TARGET")]
    pub target: Option<String>,
}

/// The options of `message react`.
#[derive(Debug, Args)]
pub struct React {
    /// Who acts, and how.
    #[command(flatten)]
    pub by: By,
    /// Where.
    #[command(flatten)]
    pub post: PostId,
    /// A name, with or without colons, or the character itself
    #[arg(long, value_name = "EMOJI")]
    pub emoji: String,
    /// Take the bot's own off instead
    #[arg(long)]
    pub remove: bool,
}

/// The options of commands about one post.
#[derive(Debug, Args)]
pub struct OnPost {
    /// Who acts, and how.
    #[command(flatten)]
    pub by: By,
    /// Where.
    #[command(flatten)]
    pub post: PostId,
}

/// The options of `message edit`.
#[derive(Debug, Args)]
pub struct Edit {
    /// Who acts, and how.
    #[command(flatten)]
    pub by: By,
    /// Where.
    #[command(flatten)]
    pub post: PostId,
    /// The new text, as Markdown
    #[arg(long, value_name = "TEXT")]
    pub message: String,
}

/// The options of `message read`.
#[derive(Debug, Args)]
pub struct Read {
    /// Who acts, and how.
    #[command(flatten)]
    pub by: By,
    /// The channel to read, for example channel:<id> or #name
    #[arg(long, value_name = "TARGET")]
    pub target: String,
    /// How many posts, 200 at most [default: 60]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Only posts before this one
    #[arg(long, value_name = "POST", conflicts_with = "after")]
    pub before: Option<String>,
    /// Only posts after this one
    #[arg(long, value_name = "POST")]
    pub after: Option<String>,
}

/// The options of `message thread`.
#[derive(Debug, Args)]
pub struct Thread {
    /// Who acts, and how.
    #[command(flatten)]
    pub by: By,
    /// Any post of the thread.
    #[command(flatten)]
    pub post: PostId,
    /// How many posts, 200 at most [default: 60]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
}

/// The options of `message search`.
#[derive(Debug, Args)]
pub struct Search {
    /// Who acts, and how.
    #[command(flatten)]
    pub by: By,
    /// What to look for, as in the server's own search
    #[arg(long, value_name = "TEXT")]
    pub query: String,
    /// Only in this channel, for example channel:<id> or #name [default: all that the bot is in]
    #[arg(long, value_name = "TARGET")]
    pub target: Option<String>,
    /// How many posts, 100 at most [default: 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
}

/// The options of commands about one channel.
#[derive(Debug, Args)]
pub struct OnChannel {
    /// Who acts, and how.
    #[command(flatten)]
    pub by: By,
    /// The channel, for example channel:<id> or #name
    #[arg(long, value_name = "TARGET")]
    pub target: String,
}
