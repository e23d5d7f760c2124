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
    /// Only this channel, by its id
    #[arg(long, value_name = "ID")]
    pub channel: Option<String>,
}
