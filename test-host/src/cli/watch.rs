//! `watch`.

use clap::Args;

/// The options of `watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// The server
    #[arg(long, value_name = "URL", env = "MATTERMOST_URL")]
    pub url: String,
    /// The access token of whoever looks: a person or a bot. What they cannot read is not shown
    #[arg(long, value_name = "TOKEN", env = "MATTERMOST_BOT_TOKEN", hide_env_values = true)]
    pub token: String,
    /// Only this channel, by its id; `directory groups list` shows it
    #[arg(long, value_name = "ID", value_parser = channel)]
    pub channel: Option<String>,
}

/// Nothing would ever be shown of a channel that there cannot be.
fn channel(text: &str) -> Result<String, String> {
    let id = text.strip_prefix("channel:").unwrap_or(text);
    let is_id = id.len() == 26 && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let wrong = "a channel's id has 26 lower-case letters and digits; `directory groups list` shows the ids";
    is_id.then(|| id.to_owned()).ok_or_else(|| wrong.to_owned())
}
