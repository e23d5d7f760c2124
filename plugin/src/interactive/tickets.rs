//! Requests whose body is still on its way, and how many of a kind may be open. Bounded in every direction; the time is
//! given from outside.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Requests whose body may be on its way at once.
const MOST: usize = 1_024;
/// So long after the body's own limit a ticket is still good.
const GRACE: Duration = Duration::from_secs(5);

/// A place among the open requests of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    key: String,
}

#[derive(Debug)]
struct Waiting {
    slot: Slot,
    until: Instant,
}

/// The open requests.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    open: HashMap<String, usize>,
    waiting: HashMap<String, Waiting>,
    next: u64,
}

impl Tickets {
    /// Take a place among the requests of a key; `None` when there are `most` of them.
    pub(crate) fn enter(&mut self, key: &str, most: usize, now: Instant) -> Option<Slot> {
        self.sweep(now);
        let open = self.open.get(key).copied().unwrap_or_default();
        if open >= most || (open == 0 && self.open.len() >= MOST) {
            return None;
        }
        self.open.insert(key.to_owned(), open + 1);
        Some(Slot { key: key.to_owned() })
    }

    /// Give a place back.
    pub(crate) fn leave(&mut self, slot: &Slot) {
        if let Some(open) = self.open.get_mut(&slot.key) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                self.open.remove(&slot.key);
            }
        }
    }

    /// The request's body is read now: its place is kept for the ticket that this returns. `None` when too many wait.
    pub(crate) fn wait(&mut self, slot: &Slot, reading: Duration, now: Instant) -> Option<String> {
        if self.waiting.len() >= MOST {
            return None;
        }
        self.next += 1;
        let ticket = format!("t{}", self.next);
        self.waiting.insert(ticket.clone(), Waiting { slot: slot.clone(), until: now + reading + GRACE });
        Some(ticket)
    }

    /// The body came: the place of this ticket. `None` for one that is unknown or too old.
    pub(crate) fn come_back(&mut self, ticket: &str, now: Instant) -> Option<Slot> {
        self.sweep(now);
        self.waiting.remove(ticket).map(|waiting| waiting.slot)
    }

    /// Hosts that never came back with a body lose their places.
    fn sweep(&mut self, now: Instant) {
        let late: Vec<String> = self
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.until <= now)
            .map(|(ticket, _)| ticket.clone())
            .collect();
        for ticket in late {
            if let Some(waiting) = self.waiting.remove(&ticket) {
                self.leave(&waiting.slot);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tickets;
    use std::time::{Duration, Instant};

    const READING: Duration = Duration::from_secs(5);

    #[test]
    fn a_key_has_so_many_places_and_gets_them_back() {
        let (mut tickets, now) = (Tickets::default(), Instant::now());
        let slots: Vec<_> = (0..3).map(|_| tickets.enter("a", 3, now).unwrap()).collect();
        assert!(tickets.enter("a", 3, now).is_none());
        assert!(tickets.enter("b", 3, now).is_some(), "another key has its own");
        tickets.leave(&slots[0]);
        assert!(tickets.enter("a", 3, now).is_some());
    }

    #[test]
    fn a_body_that_never_comes_gives_its_place_back() {
        let (mut tickets, now) = (Tickets::default(), Instant::now());
        let slot = tickets.enter("a", 1, now).unwrap();
        let ticket = tickets.wait(&slot, READING, now).unwrap();
        assert!(tickets.enter("a", 1, now + READING).is_none());
        let late = now + READING + Duration::from_secs(6);
        assert!(tickets.enter("a", 1, late).is_some());
        assert!(tickets.come_back(&ticket, late).is_none());
    }

    #[test]
    fn a_ticket_is_good_once() {
        let (mut tickets, now) = (Tickets::default(), Instant::now());
        let slot = tickets.enter("a", 1, now).unwrap();
        let ticket = tickets.wait(&slot, READING, now).unwrap();
        assert_eq!(tickets.come_back(&ticket, now), Some(slot));
        assert_eq!(tickets.come_back(&ticket, now), None);
    }

    #[test]
    fn keys_and_tickets_are_bounded() {
        let (mut tickets, now) = (Tickets::default(), Instant::now());
        let entered = (0..5_000).filter(|n| tickets.enter(&n.to_string(), 1, now).is_some()).count();
        assert_eq!(entered, super::MOST);
        let slot = super::Slot { key: "0".to_owned() };
        let waiting = (0..5_000).filter(|_| tickets.wait(&slot, READING, now).is_some()).count();
        assert_eq!(waiting, super::MOST);
    }
}
