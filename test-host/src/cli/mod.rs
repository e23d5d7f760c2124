//! The grammar of the command line.

// The doc comments are the help texts as people read them: no Markdown.
#![allow(rustdoc::invalid_html_tags)]

mod agents;
mod buttons;
mod channels;
mod directory;
mod doctor;
mod json;
mod message;
mod pairing;
mod watch;

pub use buttons::{Buttons, Sign};
pub use channels::{Add, Channels, DmPolicy};
pub use directory::{Directory, Groups, List, Peers, Where};
pub use doctor::Doctor;
pub use message::{By, Message, MessageSend, PostId};
pub use pairing::{Approve, Pairing};
pub use watch::Watch;

use crate::logging::Level;
use clap::{Args, Parser, Subcommand, ValueEnum};
use mattermost_sim::RateLimit;
use std::net::SocketAddr;
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused or failed; stderr says why and what to do
  2  the command line is wrong";

const CHAOS: &str = "\
Each fault has an embedded server, a gateway and people of its own. People ask before, during and after the fault; in the \
end each question must have exactly one answer where it was asked, in the order of the questions of its conversation \
(replica-lag and deaf hide messages until later ones are answered: there the order is only counted). \
Exit code 1 otherwise, with the story of the first such message on stderr.

Faults: none, cut, reset, refuse, half-open, stall, split, throttle, restart, restart-5.16, drop-response, refuse-posts, \
429, 5xx, replica-lag, duplicates, deaf, retention, kill, kill-answered, disk-full, clock-jump, no-ack.

With --server the same is done to a Mattermost that runs already: one fault after the other, through a proxy before it, a \
few messages a second, about a quarter of an hour in all. Faults of the server itself (restart, restart-5.16, 429, 5xx, \
replica-lag, duplicates, deaf, retention) are left out. --config FILE (JSON5) says who writes there:

  {
    channels: { mattermost: { botToken: \"the bot's token\" } },
    chaos: {
      people: [{ token: \"a person's token\" }, { token: \"another one's\" }], // at least one
      channel: \"id of a channel that the bot and all of them are in\",
    },
  }

or is what a seeding script printed, with the tokens at users.openclaw.token (the bot) and users.alice.token, \
users.bob.token, users.mallory.token (the people), and the channel's id at channels.general. Nobody else may run a \
gateway with this bot meanwhile.";

const CHAOS_PROXY: &str = "\
Faults: cut, reset, refuse, stall, half-open, split, throttle, drop-post-response, refuse-posts.

While it runs, a line on stdin is a command: cut, reset, clear, stats, refuse on|off, stall on|off, half-open on|off, \
split on|off, refuse-posts on|off, throttle BYTES|off, drop-post-response COUNT. A fault of the schedule that ends \
switches off what was switched on by hand.";

const GLOBAL: &str = "Global options";

/// Installs, loads and runs channel plugins.
#[derive(Debug, Parser)]
#[command(name = "test-host", version, after_help = EXIT_CODES, propagate_version = true)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What holds for every command.
#[derive(Debug, Args)]
pub struct Global {
    /// The configuration, a JSON5 file [default: $OPENCLAW_CONFIG_PATH, else openclaw.json in the state directory]
    #[arg(long, global = true, value_name = "FILE", help_heading = GLOBAL)]
    pub config: Option<PathBuf>,
    /// Where plugins and their state are kept [default: $OPENCLAW_STATE_DIR, else ~/.openclaw]
    #[arg(long, global = true, value_name = "DIR", help_heading = GLOBAL)]
    pub state_dir: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub json: bool,
    /// How much is logged on stderr [default: info for the gateway, else warn]
    #[arg(long, global = true, value_name = "LEVEL", help_heading = GLOBAL)]
    pub log_level: Option<Level>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Everything at once: an embedded Mattermost, the plugin, an agent and a conversation
    Demo(Demo),
    /// Install, show and remove plugins
    #[command(subcommand)]
    Plugins(Plugins),
    /// Run the installed channels
    #[command(subcommand)]
    Gateway(Gateway),
    /// Set channels up, and show how they are doing
    #[command(subcommand)]
    Channels(Channels),
    /// Send messages, and work with those that stand already
    #[command(subcommand, after_help = message::ABOUT)]
    Message(Message),
    /// Make signed buttons for posts of scripts and webhooks
    #[command(subcommand, after_help = buttons::ABOUT)]
    Buttons(Buttons),
    /// Find people, channels and groups
    #[command(subcommand, after_help = directory::ABOUT)]
    Directory(Directory),
    /// Let people write to the bot
    #[command(subcommand, after_help = pairing::ABOUT)]
    Pairing(Pairing),
    /// Find out what is wrong, and repair what can be
    #[command(after_help = doctor::ABOUT)]
    Doctor(Doctor),
    /// Run the embedded Mattermost until Ctrl-C
    #[command(disable_version_flag = true)]
    Sim(Sim),
    /// Show what is posted, edited and deleted on a server as a client sees it, until Ctrl-C; with --json a document a line
    Watch(Watch),
    /// Let things go wrong under load, and count what was lost or answered twice
    #[command(after_help = CHAOS)]
    Chaos(Chaos),
    /// Put a proxy that breaks connections before any server, until Ctrl-C
    #[command(after_help = CHAOS_PROXY)]
    ChaosProxy(ChaosProxy),
    /// Steady load for a while: memory, threads and descriptors of the gateway must stay flat
    Soak(Soak),
    /// What strangers may send to the gateway's HTTP server: everything wrong is refused, valid clicks are served
    Attacks(Attacks),
    /// Examine plugin libraries
    #[command(subcommand)]
    Abi(Abi),
    /// One check of `abi check`, in this process; the parent survives what it does.
    #[command(name = "__abi-check-one", hide = true)]
    AbiCheckOne {
        /// The check.
        name: String,
        /// The library.
        library: PathBuf,
    },
    /// Post by plain HTTP, for the demo's figures.
    #[command(name = "__plain-posts", hide = true)]
    PlainPosts,
    /// Open a library and print what it says of itself; the parent survives what it does.
    #[command(name = "__verify", hide = true)]
    Verify {
        /// The library.
        library: PathBuf,
    },
}

/// `abi ...`
#[derive(Debug, Subcommand)]
pub enum Abi {
    /// Find out whether a library keeps what openclaw_channel.h promises; each check is a process of its own
    Check(crate::abi_check::Options),
}

/// The demo's options.
#[derive(Debug, Args)]
pub struct Demo {
    /// Show one answer while it is written instead: each change of the channel's posts as a client sees it [MODE:
    /// partial when it is not said]
    #[arg(long, value_name = "MODE", num_args = 0..=1, default_missing_value = "partial")]
    pub stream: Option<StreamMode>,
    /// Use this plugin folder or library instead of ./extensions/mattermost
    #[arg(long, value_name = "PATH")]
    pub plugin: Option<PathBuf>,
}

/// What a channel shows of an answer while it is written: `streaming.mode` of its configuration.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum StreamMode {
    /// Nothing.
    Off,
    /// The answer, which grows in one post.
    Partial,
    /// One post for each stretch of the answer.
    Block,
    /// What the agent does, and the answer in the end.
    Progress,
}

impl StreamMode {
    /// As the configuration has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Partial => "partial",
            Self::Block => "block",
            Self::Progress => "progress",
        }
    }
}

/// The options of `chaos`.
#[derive(Debug, Args)]
pub struct Chaos {
    /// Everything random is drawn from it: the same one gives the same messages and faults [default: another each time]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How many messages in all [default: 2200; 400 with --server]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500_000))]
    pub messages: Option<u32>,
    /// Only these faults, separated by commas; an unknown one is answered with the list
    #[arg(long, value_name = "FAULT,...", value_delimiter = ',')]
    pub faults: Option<Vec<crate::chaos::Fault>>,
    /// Use this plugin folder or library instead of ./extensions/mattermost
    #[arg(long, value_name = "PATH")]
    pub plugin: Option<PathBuf>,
    /// A Mattermost that runs already, as http://host:port; needs --config
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// What is not answered counts as lost when nothing has changed for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub patience: u64,
    /// Answers are streamed word by word: also no preview of one may be left behind
    #[arg(long)]
    pub stream: bool,
    /// Who answers, to try the counting itself
    #[arg(long, hide = true, default_value = "echo", conflicts_with = "stream")]
    pub agent: String,
}

/// The options of `chaos-proxy`.
#[derive(Debug, Args)]
pub struct ChaosProxy {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// The server behind it
    #[arg(long, value_name = "HOST:PORT")]
    pub upstream: String,
    /// What the faults and their times are drawn from [default: another each time]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Only these faults come by themselves, separated by commas; `none`: only commands on stdin [default: all]
    #[arg(long, value_name = "FAULT,...", value_delimiter = ',')]
    pub faults: Option<Vec<String>>,
    /// About how often one comes, for example 10s
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = humantime::parse_duration)]
    pub every: std::time::Duration,
}

/// The options of `soak`.
#[derive(Debug, Args)]
pub struct Soak {
    /// How long the steady load lasts
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = minutes)]
    pub minutes: f64,
    /// Use this plugin folder or library instead of ./extensions/mattermost
    #[arg(long, value_name = "PATH")]
    pub plugin: Option<PathBuf>,
}

/// The options of `attacks`.
#[derive(Debug, Args)]
pub struct Attacks {
    /// Forged clicks a second, after the single attacks; 0: none
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub rate: u64,
    /// How long they are sent, in seconds
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub seconds: u64,
    /// How often the gateway is killed right after it has answered a click; 0: never
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub kills: usize,
    /// Use this plugin folder or library instead of ./extensions/mattermost
    #[arg(long, value_name = "PATH")]
    pub plugin: Option<PathBuf>,
}

/// `plugins ...`
#[derive(Debug, Subcommand)]
pub enum Plugins {
    /// Install a plugin folder, a source checkout, a shared library, a .tgz package or @scope/name from npm
    Install {
        /// A path, or an npm package
        #[arg(value_name = "PATH|SPEC", value_parser = clap::builder::NonEmptyStringValueParser::new())]
        source: String,
        /// Taken for compatibility; nothing is asked
        #[arg(long)]
        force: bool,
        /// Taken for compatibility; nothing is asked
        #[arg(long)]
        accept_capabilities: bool,
    },
    /// Show every plugin that is there
    List,
    /// Show all that is known of one plugin
    Inspect {
        /// The plugin's id
        id: String,
    },
    /// Remove a plugin; its configuration and state are kept
    Uninstall {
        /// The plugin's id
        id: String,
    },
}

/// `gateway ...`
#[derive(Debug, Subcommand)]
pub enum Gateway {
    /// Connect every configured account and answer with an agent, until Ctrl-C
    #[command(after_help = agents::ABOUT)]
    Run(GatewayRun),
}

/// The options of `gateway run`.
#[derive(Debug, Args)]
pub struct GatewayRun {
    /// Who answers: echo, exec:CMD, openai:MODEL, script or script:FILE; see below
    #[arg(long, default_value = "echo", value_name = "AGENT")]
    pub agent: crate::agent::Choice,
    /// Seconds that one turn may take [default: 120 for exec, 600 for openai]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub agent_timeout: Option<u64>,
    /// Seconds that the endpoint of an openai agent may be silent
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub agent_idle: u64,
    /// Port for button clicks, slash commands and the other commands of this program [default: OPENCLAW_GATEWAY_PORT,
    /// else gateway.port of the configuration, else 18789, else a free one]
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// Who reaches that port: loopback, lan, custom (gateway.customBindHost) or an IP address [default: gateway.bind of the
    /// configuration, else loopback]
    #[arg(long, value_name = "WHERE")]
    pub bind: Option<crate::gateway::Bind>,
    /// Whether messages are acknowledged, to see what a careless host leads to
    #[arg(long, hide = true, default_value = "always")]
    pub acknowledge: crate::gateway::Acknowledging,
    /// Stop when stdin ends, so that a killed parent leaves no gateway behind
    #[arg(long, hide = true)]
    pub until_stdin_closes: bool,
}

/// The options of `sim`.
#[derive(Debug, Args)]
pub struct Sim {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8065", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// The server version whose behaviour is shown
    #[arg(long, default_value = "11.6")]
    pub version: ServerVersion,
    /// Begin with a team, channels, people and a bot, and print how to use them
    #[arg(long)]
    pub seed: bool,
    /// Let everybody who reaches it switch faults (GET, POST and DELETE /_sim/faults) and settings (GET and POST
    /// /_sim/settings)
    #[arg(long)]
    pub admin: bool,
    /// Who may register slash commands in a team [default: as the version has it: 11.6 admins, 5.16 everybody]
    #[arg(long, value_name = "WHO")]
    pub slash_commands: Option<SlashCommands>,
    /// The hosts of private networks that buttons and slash commands may call: names, addresses and networks
    /// (AllowedUntrustedInternalConnections) [default: this machine]
    #[arg(long, value_name = "LIST")]
    pub allow_internal: Option<String>,
    /// Answer 429 to callers who ask faster than this, for example 10:100
    #[arg(long, value_name = "PER_SECOND:BURST", value_parser = rate_limit)]
    pub rate_limit: Option<RateLimit>,
}

/// Server versions that the embedded Mattermost knows.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ServerVersion {
    /// The modern one.
    #[value(name = "11.6")]
    V11_6,
    /// The one of 2019.
    #[value(name = "5.16")]
    V5_16,
}

/// Who has the right to register slash commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SlashCommands {
    /// Everybody in the team, bots included.
    Everybody,
    /// Team admins and the system admin.
    Admins,
}

fn minutes(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(minutes) if (0.1..=100_000.0).contains(&minutes) => Ok(minutes),
        _ => Err("a number of minutes, at least 0.1".to_owned()),
    }
}

fn rate_limit(text: &str) -> Result<RateLimit, String> {
    let numbers = text.split_once(':').and_then(|(per_second, burst)| {
        Some(RateLimit { per_second: per_second.parse().ok()?, burst: burst.parse().ok()? })
    });
    numbers
        .filter(|limit| limit.per_second > 0)
        .ok_or_else(|| "two numbers are needed, as in 10:100".to_owned())
}
