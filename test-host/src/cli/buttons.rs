//! `buttons ...`.

// The doc comments are the help texts as people read them: no Markdown.
#![allow(rustdoc::invalid_html_tags)]

use clap::{Args, Subcommand};

/// What `buttons --help` says.
pub const ABOUT: &str = "\
Posts that a script or a webhook makes by itself may have buttons too: what is printed belongs into props.attachments of \
the post. A running gateway of the same account answers the clicks.

Examples:

  test-host buttons sign --button Approve=approve --button Reject=reject
  test-host buttons sign --button Approve=approve --context '{\"build\": 7}' --channel-id ID
  test-host buttons sign --context '{\"action_id\": \"approve\", \"build\": 7}'

The last one prints the signature alone, for the _token of that context.";

/// `buttons ...`
#[derive(Debug, Subcommand)]
pub enum Buttons {
    /// Make the attachments of a post with buttons, signed with the account's bot token
    Sign(Sign),
}

/// The options of `buttons sign`.
#[derive(Debug, Args)]
pub struct Sign {
    /// A button: what stands on it, and the value that the agent gets; may be given several times
    #[arg(long, value_name = "TEXT=VALUE", value_parser = button, required_unless_present_any = ["buttons", "context"])]
    pub button: Vec<(String, String)>,
    /// Buttons as JSON or @FILE: rows of {"text", "callback_data", "style"}, or a list of {"id", "name", "style", "context"}
    #[arg(long, value_name = "JSON", value_parser = super::json::value, conflicts_with = "button")]
    pub buttons: Option<serde_json::Value>,
    /// With --button, what every click brings back besides, as JSON or @FILE; alone, the context to sign
    #[arg(long, value_name = "JSON", value_parser = super::json::value, conflicts_with = "buttons")]
    pub context: Option<serde_json::Value>,
    /// What stands above the buttons
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub text: String,
    /// The id of the channel that they are for: a click in another one is refused [default: any]
    #[arg(long, value_name = "ID")]
    pub channel_id: Option<String>,
    /// Where the server sends clicks [default: as configured, see interactions.callbackBaseUrl]
    #[arg(long, value_name = "URL")]
    pub callback_url: Option<String>,
    /// The account whose gateway answers clicks [default: the channel's default account]
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// The channel plugin
    #[arg(long, value_name = "ID", default_value = "mattermost")]
    pub channel: String,
}

fn button(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err("write what stands on it and its value: Approve=approve".to_owned()),
    }
}
