//! Who answers.

mod echo;
mod exec;

pub use echo::Echo;
pub use exec::Exec;

use host_sdk::protocol::InboundMessage;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// What becomes of a turn: a text to send, nothing to say, or why it failed.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Option<String>, String>> + Send + 'a>>;

/// Something that answers messages.
pub trait Agent: Send + Sync {
    /// Answer one message. Dropping the answer ends the work on it.
    fn answer<'a>(&'a self, message: &'a InboundMessage) -> Answer<'a>;
}

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
    pub fn agent(&self, limit: Duration, hidden: Vec<String>) -> Arc<dyn Agent> {
        match self {
            Self::Echo => Arc::new(Echo),
            Self::Exec(command) => Arc::new(Exec::new(command.clone(), limit, hidden)),
        }
    }
}
