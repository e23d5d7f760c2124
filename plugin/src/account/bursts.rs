//! Bursts that became one message and are being prepared: when one of their posts is deleted, the rest stays.

use crate::intake::{Batch, event_id};
use host_sdk::protocol::InboundMessage;
use std::collections::HashMap;

/// One message of a burst.
#[derive(Debug)]
struct Part {
    id: String,
    text: String,
    raw_text: String,
}

/// The parts of bursts, by the event that each became.
#[derive(Debug, Default)]
pub(super) struct Bursts {
    parts: HashMap<String, Vec<Part>>,
}

impl Bursts {
    /// Messages are about to become one.
    pub(super) fn begin(&mut self, account_id: &str, batch: &Batch) {
        let [_, .., last] = batch.messages.as_slice() else { return };
        let parts = batch.messages.iter().map(Part::of).collect();
        self.parts.insert(event_id(account_id, &last.message_id), parts);
    }

    /// A post of a burst was deleted. Whether something is left of the burst; no for what is none.
    pub(super) fn has_more_than(&mut self, event_id: &str, post_id: &str) -> bool {
        self.parts.get_mut(event_id).is_some_and(|parts| {
            parts.retain(|part| part.id != post_id);
            !parts.is_empty()
        })
    }

    /// A burst is not for the agent after all.
    pub(super) fn drop(&mut self, event_id: &str) {
        self.parts.remove(event_id);
    }

    /// A burst is ready: it says what is left of it. It has no files, so its text is that of its parts alone.
    pub(super) fn end(&mut self, message: &mut InboundMessage) {
        let Some(parts) = self.parts.remove(&message.event_id) else { return };
        if parts.len() < message.message_ids.len() {
            message.text = join(&parts, |part| &part.text);
            message.raw_text = join(&parts, |part| &part.raw_text);
        }
    }
}

impl Part {
    fn of(message: &InboundMessage) -> Self {
        let (id, text) = (message.message_id.clone(), message.text.clone());
        Self { id, text, raw_text: message.raw_text.clone() }
    }
}

fn join(parts: &[Part], text: fn(&Part) -> &str) -> String {
    parts.iter().map(text).filter(|text| !text.trim().is_empty()).collect::<Vec<_>>().join("\n")
}
