//! An agent that says what it heard.

use super::{Agent, Answer};
use host_sdk::protocol::InboundMessage;

/// Says what it heard.
#[derive(Clone, Copy, Debug)]
pub struct Echo;

impl Agent for Echo {
    fn answer<'a>(&'a self, message: &'a InboundMessage) -> Answer<'a> {
        Box::pin(async move { Ok(Some(format!("echo: {}", message.text))) })
    }
}
