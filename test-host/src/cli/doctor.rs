//! `doctor`

use clap::Args;

/// What `doctor --help` says.
pub const ABOUT: &str = "\
It looks at the configuration file, at the plugins, and at each account: whether the server answers, the token works, and \
the bot is where it should be. Old keys that have moved are named; --fix moves them and keeps the old file beside the new \
one as openclaw.json.bak-<time>.

  test-host doctor
  test-host doctor --fix
  test-host doctor --explain 8o7ffuk5s7gjmd5f6bqk1nmxta

The last one says why a post was answered or was not, step by step; the id is in the post's permalink. \
Exit code 1 when something does not work.";

/// The options of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Move old keys to where they belong now
    #[arg(long)]
    pub fix: bool,
    /// Say what becomes of this post, and why
    #[arg(long, value_name = "POST_ID")]
    pub explain: Option<String>,
    /// Only this account
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
}
