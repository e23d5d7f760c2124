//! An agent that says what it heard.

use super::{Agent, Answer, Turn, Voice};

/// Says what it heard.
#[derive(Clone, Copy, Debug)]
pub struct Echo;

impl Agent for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn answer<'a>(&'a self, turn: Turn<'a>, _voice: &'a Voice) -> Answer<'a> {
        Box::pin(async move { Ok(Some(format!("echo: {}", turn.message.text))) })
    }
}
