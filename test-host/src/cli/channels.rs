//! `channels ...`

// The doc comments are the help texts as people read them: no Markdown.
#![allow(rustdoc::bare_urls)]

use clap::{Args, Subcommand, ValueEnum};

const ADD: &str = "\
At a terminal it asks for what is missing; the token is not shown while you type it. Elsewhere name the token and the URL, \
or --use-env:

  test-host channels add --url https://chat.example.com
  test-host channels add --bot-token TOKEN --url https://chat.example.com --account alerts
  MATTERMOST_BOT_TOKEN=... MATTERMOST_URL=... test-host channels add --use-env

The server is asked whether the token works before anything is saved. Comments in the configuration are kept where they \
can be; where not, the old file is kept as openclaw.json.bak. A second account moves the first one's token and URL to \
channels.mattermost.accounts.default. A running gateway takes the new account over by itself.

A server on this machine or in a private network (127.0.0.1, 10.x, a name that leads there) is not connected to unless \
--allow-private-network says so: who may change the URL could otherwise make the bot ask anything inside your network.

To get a token: in Mattermost, Integrations, Bot Accounts, Add Bot Account. The bot hears the channels that it is added to.";

/// `channels ...`
#[derive(Debug, Subcommand)]
pub enum Channels {
    /// Show every account: from the running gateway, else from the configuration
    Status {
        /// Ask the servers whether the accounts' credentials work
        #[arg(long)]
        probe: bool,
    },
    /// Show what is configured, and whether its plugin is there
    List,
    /// Set up an account, or change one
    #[command(after_help = ADD)]
    Add(Add),
    /// Switch an account off, or remove it from the configuration
    Remove {
        /// The channel
        #[arg(long, value_name = "ID", default_value = "mattermost")]
        channel: String,
        /// The account
        #[arg(long, value_name = "ID", default_value = "default")]
        account: String,
        /// Remove its settings and its token instead of switching it off
        #[arg(long)]
        delete: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// The options of `channels add`.
#[derive(Debug, Args)]
pub struct Add {
    /// The channel
    #[arg(long, value_name = "ID", default_value = "mattermost")]
    pub channel: String,
    /// The bot's token. Others on this machine may see a command line; leave it out to be asked
    #[arg(long, visible_alias = "token", value_name = "TOKEN")]
    pub bot_token: Option<String>,
    /// The server, for example https://chat.example.com
    #[arg(long, visible_alias = "url", value_name = "URL")]
    pub http_url: Option<String>,
    /// Take token and URL from MATTERMOST_BOT_TOKEN and MATTERMOST_URL at each start; only for the account default
    #[arg(long, conflicts_with_all = ["bot_token", "http_url"])]
    pub use_env: bool,
    /// What you call the account
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The account [default: default]
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// Who may write to the bot directly [default: as it is, else pairing]
    #[arg(long, value_name = "POLICY")]
    pub dm_policy: Option<DmPolicy>,
    /// The server is on this machine or in a private network: let the bot connect there
    #[arg(long)]
    pub allow_private_network: bool,
    /// Save it even if the server does not take it
    #[arg(long)]
    pub yes: bool,
}

/// Who may write to the bot directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DmPolicy {
    /// Whoever was approved with `pairing approve`
    Pairing,
    /// Only those in allowFrom
    Allowlist,
    /// Everybody
    Open,
    /// Nobody
    Disabled,
}

impl DmPolicy {
    /// As the configuration has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pairing => "pairing",
            Self::Allowlist => "allowlist",
            Self::Open => "open",
            Self::Disabled => "disabled",
        }
    }
}
