//! What a model is told again of its sessions.

use crate::agent::{Turn, session};
use host_sdk::protocol::InboundMessage;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

/// Sessions that are remembered; the one that was silent for longest is forgotten first.
const SESSIONS: usize = 256;
/// The last turns of a session, and the most that they may have in them, in bytes.
const TURNS: usize = 20;
const BYTES: usize = 64 * 1024;

/// The last turns of each session.
#[derive(Debug, Default)]
pub(super) struct History {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sessions: HashMap<String, Session>,
    used: u64,
}

#[derive(Debug, Default)]
struct Session {
    turns: VecDeque<Past>,
    last: u64,
}

#[derive(Debug)]
struct Past {
    event_id: String,
    asked: String,
    answered: String,
}

impl Past {
    fn size(&self) -> usize {
        self.asked.len() + self.answered.len()
    }
}

/// What the model reads of a turn.
pub(super) fn question(turn: Turn<'_>) -> String {
    let message = turn.message;
    let happened: String =
        turn.system_events.iter().map(|event| format!("System: {}\n", event.text)).collect();
    let asked = if message.body.is_empty() { &message.text } else { &message.body };
    format!("{happened}{asked}")
}

impl History {
    /// The conversation so far and the question, as the endpoint takes it.
    pub(super) fn messages(&self, turn: Turn<'_>) -> Vec<Value> {
        let says = |role: &str, text: &str| json!({ "role": role, "content": text });
        let mut messages = Vec::new();
        if !turn.hints.is_empty() {
            messages.push(says("system", &turn.hints.join("\n\n")));
        }
        if let Some(session) = self.state().sessions.get(&session(turn.message)) {
            // An event that comes again is not its own past.
            for past in session.turns.iter().filter(|past| past.event_id != turn.message.event_id) {
                messages.extend([says("user", &past.asked), says("assistant", &past.answered)]);
            }
        }
        messages.push(says("user", &question(turn)));
        messages
    }

    /// Remember a turn.
    pub(super) fn add(&self, turn: Turn<'_>, answer: &str) {
        let mut state = self.state();
        state.used += 1;
        let last = state.used;
        let key = session(turn.message);
        if !state.sessions.contains_key(&key) && state.sessions.len() >= SESSIONS {
            let quiet = state.sessions.iter().min_by_key(|(_, session)| session.last);
            if let Some(quiet) = quiet.map(|(key, _)| key.clone()) {
                state.sessions.remove(&quiet);
            }
        }
        let session = state.sessions.entry(key).or_default();
        session.last = last;
        let event_id = &turn.message.event_id;
        session.turns.retain(|past| past.event_id != *event_id);
        let past = Past { event_id: event_id.clone(), asked: question(turn), answered: answer.to_owned() };
        session.turns.push_back(past);
        let mut size: usize = session.turns.iter().map(Past::size).sum();
        while session.turns.len() > TURNS || size > BYTES {
            size -= session.turns.pop_front().map_or(size, |past| past.size());
        }
    }

    /// Forget a message's session.
    pub(super) fn forget(&self, message: &InboundMessage) {
        self.state().sessions.remove(&session(message));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use host_sdk::protocol::SystemEvent;

    fn message(session: &str, event_id: &str, text: &str) -> InboundMessage {
        let mut message = InboundMessage {
            event_id: event_id.to_owned(),
            text: text.to_owned(),
            ..InboundMessage::default()
        };
        message.session.key = session.to_owned();
        message
    }

    fn add(history: &History, session: &str, event_id: &str, text: &str, answer: &str) {
        history.add(
            Turn { message: &message(session, event_id, text), system_events: &[], model: None, hints: &[] },
            answer,
        );
    }

    fn told(history: &History, message: &InboundMessage) -> Vec<String> {
        let messages = history.messages(Turn { message, system_events: &[], model: None, hints: &[] });
        messages.iter().map(|said| said["content"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_session_is_told_its_own_past_and_an_event_not_itself() {
        let history = History::default();
        add(&history, "a", "1", "one", "first");
        add(&history, "b", "2", "two", "second");
        assert_eq!(told(&history, &message("a", "3", "and?")), ["one", "first", "and?"]);
        assert_eq!(told(&history, &message("a", "1", "one")), ["one"]);
        add(&history, "a", "1", "one", "again");
        assert_eq!(told(&history, &message("a", "3", "and?")), ["one", "again", "and?"]);
        assert_eq!(told(&history, &message("", "3", "and?")), ["and?"]);
    }

    #[test]
    fn the_whole_prompt_is_what_is_asked_with_what_happened_before_it() {
        let mut asked = message("a", "1", "hello");
        asked.body = "[alice] hello".to_owned();
        let happened = SystemEvent { text: "bob reacted".to_owned(), ..SystemEvent::default() };
        let turn = Turn {
            message: &asked,
            system_events: &[happened],
            model: None,
            hints: &["Buttons.".to_owned()],
        };
        assert_eq!(question(turn), "System: bob reacted\n[alice] hello");
        let messages = History::default().messages(turn);
        assert_eq!(messages[0], json!({ "role": "system", "content": "Buttons." }));
        assert_eq!((messages.len(), &messages[1]["role"]), (2, &json!("user")));
    }

    #[test]
    fn neither_a_session_nor_their_number_grows_without_end() {
        let history = History::default();
        for number in 0..50 {
            add(&history, "a", &number.to_string(), "asked", &number.to_string());
        }
        let past = told(&history, &message("a", "x", "now"));
        assert_eq!((past.len(), past[1].as_str()), (2 * TURNS + 1, "30"));
        let long = "x".repeat(BYTES / 2);
        add(&history, "a", "y", &long, "long");
        add(&history, "a", "z", &long, "longer");
        assert_eq!(told(&history, &message("a", "x", "now")), [long.as_str(), "longer", "now"]);
        (0..SESSIONS).for_each(|number| add(&history, &number.to_string(), "1", "asked", "said"));
        assert_eq!(told(&history, &message("a", "x", "now")), ["now"]);
        assert_eq!(history.state().sessions.len(), SESSIONS);
    }
}
