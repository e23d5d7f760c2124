//! The buttons of a message have one effect, however often and by however many they are clicked: whoever comes first
//! claims the message, the others are told who it was.

use crate::store::Snapshot;
use host_sdk::protocol::Interaction;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Claims that are remembered; the journal remembers as many.
const MOST: usize = 20_000;
/// What the journal calls the claim of a post.
const PREFIX: &str = "click-";
/// What it calls that of a choice in a picker, whose post can be clicked many times: see
/// [`key_of`](crate::interactive::key_of).
const PICK: &str = "pick-";

/// Who was first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Winner {
    /// The name without `@`; empty when it is not remembered.
    pub username: String,
    /// What was clicked; empty when it is not remembered.
    pub label: String,
}

#[derive(Debug)]
enum State {
    /// Somebody clicked, and it is not durable yet.
    Pending(Winner),
    Taken(Winner),
}

/// A post. Its id is unique, whichever account was asked: two accounts with the same bot have the same posts.
type Key = String;

#[derive(Debug, Default)]
struct Known {
    /// The accounts whose claims of earlier processes are known.
    ready: HashSet<String>,
    claims: HashMap<Key, State>,
    /// Those that are taken, oldest first.
    order: VecDeque<Key>,
}

/// Which messages were clicked. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    known: Arc<Mutex<Known>>,
}

/// A claim that is not durable yet. Dropped without [`Claim::keep`], the message can be claimed again.
#[derive(Debug)]
pub(crate) struct Claim {
    claims: Claims,
    key: Key,
    kept: bool,
}

/// What was claimed, by the journal's name for it; `None`: it is no claim.
fn claimed(name: &str) -> Option<&str> {
    name.strip_prefix(PREFIX).or_else(|| name.starts_with(PICK).then_some(name))
}

/// What the journal calls the claim of a post.
pub(super) fn name(post_id: &str) -> String {
    format!("{PREFIX}{post_id}")
}

impl Claims {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an earlier process remembered.
    pub(crate) fn restore(&self, account_id: &str, snapshot: &Snapshot) {
        let mut known = self.known();
        known.ready.insert(account_id.to_owned());
        let done = snapshot.done.iter().filter_map(|name| claimed(name));
        for post_id in done {
            known.take(post_id.to_owned(), Winner::default());
        }
        for open in &snapshot.open {
            let Some(Interaction::Button(click)) = &open.message.interaction else { continue };
            for post_id in open.posts.iter().filter_map(|name| claimed(name)) {
                let username = open.message.sender.username.clone().unwrap_or_default();
                let winner = Winner { username, label: click.label.clone() };
                known.take(post_id.to_owned(), winner);
            }
        }
    }

    /// Whether it is known what was clicked before this process began.
    pub(crate) fn are_known(&self, account_id: &str) -> bool {
        self.known().ready.contains(account_id)
    }

    /// Claim a message, or a choice by its key.
    ///
    /// # Errors
    /// Who was first.
    pub(crate) fn claim(&self, post_id: &str, by: Winner) -> Result<Claim, Winner> {
        let key = post_id.to_owned();
        let mut known = self.known();
        match known.claims.get(&key) {
            Some(State::Pending(winner) | State::Taken(winner)) => Err(winner.clone()),
            None => {
                known.claims.insert(key.clone(), State::Pending(by));
                Ok(Claim { claims: self.clone(), key, kept: false })
            }
        }
    }

    /// Who claimed a message, if somebody did.
    pub(super) fn winner(&self, post_id: &str) -> Option<Winner> {
        match self.known().claims.get(post_id)? {
            State::Pending(_) => None,
            State::Taken(winner) => Some(winner.clone()),
        }
    }
}

impl Known {
    /// A claim is durable. An account may be restarted while somebody clicks: whoever is known by name stays.
    fn take(&mut self, key: Key, winner: Winner) {
        let winner = match self.claims.get(&key) {
            Some(State::Taken(_)) => return,
            Some(State::Pending(by)) => by.clone(),
            None => winner,
        };
        self.claims.insert(key.clone(), State::Taken(winner));
        self.order.push_back(key);
        while self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.claims.remove(&oldest);
        }
    }
}

impl Claim {
    /// It is durable: it stays.
    pub(crate) fn keep(mut self) {
        self.kept = true;
        let mut known = self.claims.known();
        known.take(self.key.clone(), Winner::default());
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut known = self.claims.known();
        if !self.kept && matches!(known.claims.get(&self.key), Some(State::Pending(_))) {
            known.claims.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Claims, Winner};
    use crate::store::Snapshot;

    fn by(name: &str) -> Winner {
        Winner { username: name.to_owned(), label: "Yes".to_owned() }
    }

    #[test]
    fn the_first_claims_a_message_and_the_others_learn_who_it_was() {
        let claims = Claims::default();
        let claim = claims.claim("p", by("alice")).unwrap();
        assert_eq!(claims.claim("p", by("bob")).unwrap_err(), by("alice"));
        claim.keep();
        assert_eq!(claims.claim("p", by("bob")).unwrap_err(), by("alice"));
        assert!(claims.claim("q", by("bob")).is_ok(), "another message");
    }

    #[test]
    fn a_claim_that_did_not_become_durable_is_free_again() {
        let claims = Claims::default();
        drop(claims.claim("p", by("alice")).unwrap());
        assert!(claims.claim("p", by("bob")).is_ok());
    }

    #[test]
    fn what_was_clicked_before_a_restart_stays_claimed() {
        let claims = Claims::default();
        let done = vec!["click-p".to_owned(), "q".to_owned(), "pick-1".to_owned()];
        claims.restore("a", &Snapshot { done, ..Snapshot::default() });
        assert_eq!(claims.claim("p", by("bob")).unwrap_err(), Winner::default());
        assert!(claims.claim("q", by("bob")).is_ok(), "a post that was answered, not clicked");
        assert!(claims.claim("pick-1", by("bob")).is_err(), "a choice in a picker");
    }

    #[test]
    fn a_restart_of_the_account_while_somebody_clicks_frees_nothing() {
        let claims = Claims::default();
        let clicked = Snapshot { done: vec!["click-p".to_owned()], ..Snapshot::default() };
        let claim = claims.claim("p", by("alice")).unwrap();
        // The journal has the click before the clicker knows it.
        claims.restore("a", &clicked);
        claim.keep();
        assert_eq!(claims.claim("p", by("bob")).unwrap_err(), by("alice"));

        let claims = Claims::default();
        let claim = claims.claim("p", by("alice")).unwrap();
        claims.restore("a", &clicked);
        drop(claim);
        assert!(claims.claim("p", by("bob")).is_err(), "what the journal has is not given back");
    }

    #[test]
    fn who_was_first_is_remembered_over_a_restart_of_the_account() {
        let claims = Claims::default();
        claims.claim("p", by("alice")).unwrap().keep();
        claims.restore("a", &Snapshot { done: vec!["click-p".to_owned()], ..Snapshot::default() });
        assert_eq!(claims.claim("p", by("bob")).unwrap_err(), by("alice"));
    }

    #[test]
    fn of_a_thousand_at_once_one_is_first() {
        let claims = Claims::default();
        let won = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (claims, won) = (&claims, &won);
                scope.spawn(move || {
                    for _ in 0..125 {
                        if let Ok(claim) = claims.claim("p", by(&n.to_string())) {
                            won.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                            claim.keep();
                        }
                    }
                });
            }
        });
        assert_eq!(won.into_inner(), 1);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let claims = Claims::default();
        for n in 0..super::MOST + 10 {
            claims.claim(&n.to_string(), by("alice")).unwrap().keep();
        }
        assert_eq!(claims.known().claims.len(), super::MOST);
    }
}
