//! A call has one effect, however often the server sends it.

use crate::store::Snapshot;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Calls that are remembered of an account; the journal remembers as many.
const MOST: usize = 20_000;
/// What the journal calls a call.
pub(super) const KIND: &str = "slash";

#[derive(Debug, Default)]
struct Taken {
    known: HashSet<String>,
    order: VecDeque<String>,
}

/// The calls that were taken. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Once {
    accounts: Arc<Mutex<HashMap<String, Taken>>>,
}

/// A call that is being taken. Dropped without [`Taking::keep`], it can be taken again.
#[derive(Debug)]
pub(super) struct Taking {
    once: Once,
    account_id: String,
    key: String,
    kept: bool,
}

impl Once {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Taken>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an earlier process took.
    pub(super) fn restore(&self, account_id: &str, snapshot: &Snapshot) {
        let mut accounts = self.lock();
        let taken = accounts.entry(account_id.to_owned()).or_default();
        let is_call = |key: &&String| key.split_once('-').is_some_and(|(kind, _)| kind == KIND);
        let open = snapshot.open.iter().flat_map(|open| &open.posts);
        for key in snapshot.done.iter().chain(open).filter(is_call) {
            taken.add(key.clone());
        }
    }

    /// Take a call; `None`: it was taken before.
    pub(super) fn take(&self, account_id: &str, key: &str) -> Option<Taking> {
        let mut accounts = self.lock();
        let taken = accounts.entry(account_id.to_owned()).or_default();
        taken.add(key.to_owned()).then(|| Taking {
            once: self.clone(),
            account_id: account_id.to_owned(),
            key: key.to_owned(),
            kept: false,
        })
    }
}

impl Taken {
    fn add(&mut self, key: String) -> bool {
        if !self.known.insert(key.clone()) {
            return false;
        }
        self.order.push_back(key);
        while self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

impl Taking {
    /// It is durable.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        if let Some(taken) = self.once.lock().get_mut(&self.account_id)
            && taken.known.remove(&self.key)
        {
            taken.order.retain(|key| *key != self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Once};
    use crate::store::Snapshot;

    #[test]
    fn a_call_is_taken_once_and_again_if_it_did_not_become_durable() {
        let once = Once::default();
        let first = once.take("a", "slash-1").unwrap();
        assert!(once.take("a", "slash-1").is_none());
        drop(first);
        once.take("a", "slash-1").unwrap().keep();
        assert!(once.take("a", "slash-1").is_none());
        assert!(once.take("b", "slash-1").is_some(), "another account's");
    }

    #[test]
    fn what_an_earlier_process_took_stays_taken() {
        let once = Once::default();
        let done = vec!["slash-1".to_owned(), "click-2".to_owned()];
        once.restore("a", &Snapshot { done, ..Snapshot::default() });
        assert!(once.take("a", "slash-1").is_none() && once.take("a", "slash-2").is_some());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let once = Once::default();
        for n in 0..MOST + 10 {
            once.take("a", &format!("slash-{n}")).unwrap().keep();
        }
        assert!(
            once.take("a", "slash-0").is_some() && once.take("a", &format!("slash-{}", MOST + 9)).is_none()
        );
    }
}
