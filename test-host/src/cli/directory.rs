//! `directory ...`

// The doc comments are the help texts as people read them: no Markdown.
#![allow(rustdoc::invalid_html_tags)]

use clap::{Args, Subcommand};

/// What `directory --help` says.
pub const ABOUT: &str = "\
The ids in the lists are targets:

  test-host directory peers list --query ali
  test-host message send --channel mattermost --target user:<id> --message hello

The servers are asked from here; no gateway is needed.";

/// `directory ...`
#[derive(Debug, Subcommand)]
pub enum Directory {
    /// Show who the bots are
    #[command(name = "self")]
    Myself(Where),
    /// The people whom the bot can write to
    #[command(subcommand)]
    Peers(Peers),
    /// The channels and groups that the bot is in
    #[command(subcommand)]
    Groups(Groups),
}

/// `directory peers ...`
#[derive(Debug, Subcommand)]
pub enum Peers {
    /// List them, by name
    List(List),
}

/// `directory groups ...`
#[derive(Debug, Subcommand)]
pub enum Groups {
    /// List them, by name
    List(List),
    /// Show who is in one of them
    Members {
        /// Where to ask.
        #[command(flatten)]
        place: Where,
        /// The channel or group, for example channel:<id> or #name
        #[arg(long, value_name = "TARGET")]
        group_id: String,
        /// At most so many
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        limit: Option<u32>,
    },
}

/// Where to ask.
#[derive(Debug, Args)]
pub struct Where {
    /// The channel
    #[arg(long, value_name = "ID", default_value = "mattermost")]
    pub channel: String,
    /// Only this account [default: all that are enabled; for members the channel's default account]
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
}

/// The options of a list.
#[derive(Debug, Args)]
pub struct List {
    /// Where to ask.
    #[command(flatten)]
    pub place: Where,
    /// Only those with this in a name
    #[arg(long, value_name = "TEXT")]
    pub query: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
}
