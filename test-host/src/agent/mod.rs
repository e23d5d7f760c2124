//! Who answers.

mod echo;
mod exec;

pub use echo::Echo;
pub use exec::Exec;

use host_sdk::protocol::{InboundMessage, SystemEvent};
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// What becomes of a turn: a text to send, nothing to say, or why it failed.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Option<String>, String>> + Send + 'a>>;

/// What an agent gets.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    /// The message to answer.
    pub message: &'a InboundMessage,
    /// What happened in its session since the last turn.
    pub system_events: &'a [SystemEvent],
}

/// Something that answers messages.
pub trait Agent: Send + Sync {
    /// Answer one message. Dropping the answer ends the work on it.
    fn answer<'a>(&'a self, turn: Turn<'a>) -> Answer<'a>;
}

/// The environment variables that an agent does not see; a new configuration may name others.
pub type Hidden = Arc<RwLock<Vec<String>>>;

/// An agent as it is named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Says what it heard.
    Echo,
    /// Runs a command for each message.
    Exec(String),
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("exec", command)) if !command.trim().is_empty() => Ok(Self::Exec(command.to_owned())),
            Some(("exec", _)) => Err("exec: needs a command, for example exec:./agent.sh".to_owned()),
            _ if text == "echo" => Ok(Self::Echo),
            _ => Err("an agent is `echo` or `exec:CMD`".to_owned()),
        }
    }
}

impl Choice {
    /// The agent, with a limit for one turn. A command does not see the environment variables `hidden`.
    pub fn agent(&self, limit: Duration, hidden: Hidden) -> Arc<dyn Agent> {
        match self {
            Self::Echo => Arc::new(Echo),
            Self::Exec(command) => Arc::new(Exec::new(command.clone(), limit, hidden)),
        }
    }
}
