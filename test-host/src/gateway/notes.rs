//! What happened in a session between its turns.

use host_sdk::protocol::SystemEvent;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

/// Kept for one session; the oldest go.
const PER_SESSION: usize = 20;
/// Sessions that something is kept for; the one that was quiet longest goes.
const SESSIONS: usize = 1_000;

/// Channel and session.
type Key = (String, String);

/// What is kept for the next turns.
#[derive(Debug, Default)]
pub struct Notes {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sessions: HashMap<Key, Session>,
    added: u64,
}

#[derive(Debug, Default)]
struct Session {
    events: VecDeque<SystemEvent>,
    last: u64,
}

impl Notes {
    /// Keep an event. What is told again, or is about the same thing, takes the place of the earlier one.
    pub fn add(&self, channel: &str, event: SystemEvent) {
        let mut state = self.state();
        state.added += 1;
        let last = state.added;
        let key = (channel.to_owned(), event.session.key.clone());
        if !state.sessions.contains_key(&key) && state.sessions.len() >= SESSIONS {
            let quiet = state.sessions.iter().min_by_key(|(_, session)| session.last);
            if let Some(quiet) = quiet.map(|(key, _)| key.clone()) {
                state.sessions.remove(&quiet);
            }
        }
        let session = state.sessions.entry(key).or_default();
        session.last = last;
        let same = |old: &SystemEvent| {
            old.event_id == event.event_id
                || (event.context_key.is_some() && old.context_key == event.context_key)
        };
        session.events.retain(|old| !same(old));
        session.events.push_back(event);
        if session.events.len() > PER_SESSION {
            session.events.pop_front();
        }
    }

    /// What happened in a session since this was asked last, oldest first.
    pub fn take(&self, channel: &str, session: &str) -> Vec<SystemEvent> {
        let session = self.state().sessions.remove(&(channel.to_owned(), session.to_owned()));
        session.map(|session| session.events.into()).unwrap_or_default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use host_sdk::protocol::SessionFacts;

    fn event(id: usize, session: &str, context: Option<&str>) -> SystemEvent {
        SystemEvent {
            event_id: id.to_string(),
            context_key: context.map(str::to_owned),
            session: SessionFacts { key: session.to_owned(), ..SessionFacts::default() },
            ..SystemEvent::default()
        }
    }

    fn ids(notes: &Notes, session: &str) -> Vec<String> {
        notes.take("m", session).into_iter().map(|event| event.event_id).collect()
    }

    #[test]
    fn a_session_gets_its_own_and_only_once() {
        let notes = Notes::default();
        notes.add("m", event(1, "a", None));
        notes.add("m", event(2, "b", None));
        notes.add("other", event(3, "a", None));
        notes.add("m", event(1, "a", None));
        assert_eq!(ids(&notes, "a"), ["1"]);
        assert!(ids(&notes, "a").is_empty());
    }

    #[test]
    fn what_is_about_the_same_thing_replaces_the_earlier() {
        let notes = Notes::default();
        notes.add("m", event(1, "a", Some("x")));
        notes.add("m", event(2, "a", Some("y")));
        notes.add("m", event(3, "a", Some("x")));
        assert_eq!(ids(&notes, "a"), ["2", "3"]);
    }

    #[test]
    fn neither_a_session_nor_their_number_grows_without_end() {
        let notes = Notes::default();
        (0..50).for_each(|id| notes.add("m", event(id, "a", None)));
        (0..SESSIONS).for_each(|id| notes.add("m", event(id, &format!("s{id}"), None)));
        assert!(ids(&notes, "a").is_empty());
        (0..50).for_each(|id| notes.add("m", event(id, "s5", None)));
        assert_eq!(ids(&notes, "s5").len(), PER_SESSION);
        assert_eq!(notes.state().sessions.len(), SESSIONS - 1);
    }
}
