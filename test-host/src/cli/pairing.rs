//! `pairing ...`

use clap::{Args, Subcommand};

/// What `pairing --help` says.
pub const ABOUT: &str = "\
With dmPolicy \"pairing\" somebody whom the bot does not know gets a code when he writes to it directly. Approve the code, \
and his messages are answered from then on; a running gateway knows at once. A code is good for one hour, and three people \
may wait in one account.

  test-host pairing list mattermost
  test-host pairing approve mattermost ABCD2345

Approving changes nothing in the configuration and makes nobody an owner.";

/// `pairing ...`
#[derive(Debug, Subcommand)]
pub enum Pairing {
    /// Show who waits to be let in
    List {
        /// The channel [default: all]
        channel: Option<String>,
        /// Only this account
        #[arg(long, value_name = "ID")]
        account: Option<String>,
        /// Show who was let in instead
        #[arg(long)]
        approved: bool,
    },
    /// Let somebody in, and tell him
    Approve(Approve),
    /// Forget a request; whoever made it may ask again
    Dismiss {
        /// The channel, for example mattermost
        channel: String,
        /// The code, in capital or small letters
        code: String,
        /// Only if it was made in this account
        #[arg(long, value_name = "ID")]
        account: Option<String>,
    },
    /// Let somebody in no more
    Revoke {
        /// The channel, for example mattermost
        channel: String,
        /// His user id, as `pairing list --approved` shows it
        id: String,
        /// Only in this account [default: in all]
        #[arg(long, value_name = "ID")]
        account: Option<String>,
    },
}

/// The options of `pairing approve`.
#[derive(Debug, Args)]
pub struct Approve {
    /// The channel, for example mattermost
    pub channel: String,
    /// The code, in capital or small letters
    pub code: String,
    /// Only if it was made in this account
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// Do not tell him
    #[arg(long)]
    pub no_notify: bool,
    /// Taken for compatibility; he is told anyway
    #[arg(long, hide = true, conflicts_with = "no_notify")]
    pub notify: bool,
}
