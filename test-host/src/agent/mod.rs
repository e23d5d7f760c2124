//! Who answers.

mod asking;
mod choice;
mod echo;
mod exec;
mod exec_output;
mod openai;
mod script;
mod voice;

pub use asking::{Asker, Asking, Chosen};
pub use choice::{Choice, Limits};
pub use script::{DEMO_QUESTION, demo_answer};
pub use voice::{Extras, Sign, Voice};

use host_sdk::protocol::{InboundMessage, ModelName, SystemEvent};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, RwLock};

/// An answer that is longer is an agent gone wild, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;

/// What becomes of a turn: a text to send, nothing to say, or why it failed.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Option<String>, Failed>> + Send + 'a>>;

/// Why a turn failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// For the log.
    pub why: String,
    /// Nothing was done that should not be done twice, and it may go better: the message should come again.
    pub again: bool,
}

impl Failed {
    /// The agent has had its chance: what it did meanwhile should not be done twice.
    pub fn for_good(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: false }
    }

    /// It may go better next time.
    pub fn for_now(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: true }
    }
}

/// What an agent gets.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    /// The message to answer.
    pub message: &'a InboundMessage,
    /// What happened in its session since the last turn.
    pub system_events: &'a [SystemEvent],
    /// The model that the session chose instead of the agent's own.
    pub model: Option<&'a ModelName>,
    /// What it should know of the channel, for its system prompt.
    pub hints: &'a [String],
}

/// The session of a message. A channel that knows no sessions has one for each conversation.
pub fn session(message: &InboundMessage) -> String {
    if message.session.key.is_empty() {
        return format!("{} {}", message.account_id, message.conversation.channel_id);
    }
    message.session.key.clone()
}

/// Something that answers messages.
pub trait Agent: Send + Sync {
    /// Answer one message, and show on the way what there is to see. Dropping the answer ends the work on it.
    fn answer<'a>(&'a self, turn: Turn<'a>, voice: &'a Voice) -> Answer<'a>;

    /// What kind of agent it is, for people.
    fn name(&self) -> &'static str;

    /// It reads the hints of a turn, and means what they allow it.
    fn takes_hints(&self) -> bool {
        false
    }

    /// The model that it asks.
    fn model(&self) -> Option<&str> {
        None
    }

    /// Forget what was said in the session of this message.
    fn forget(&self, _message: &InboundMessage) {}
}

/// The environment variables that an agent does not see; a new configuration may name others.
pub type Hidden = Arc<RwLock<Vec<String>>>;
