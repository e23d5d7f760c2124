//! Deliveries that were accepted before, so that one that comes again is recognised.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};

/// Deliveries that are remembered; the journal keeps as many per account.
const MOST: usize = 40_000;

/// Which deliveries are known. Only hashes are kept: a chance hit costs a look into the journal.
#[derive(Debug, Default)]
pub(super) struct Known {
    hasher: RandomState,
    set: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Known {
    fn hash(&self, account_id: &str, id: &str) -> u64 {
        self.hasher.hash_one((account_id, id))
    }

    /// Note a delivery. False when it was known.
    pub(super) fn insert(&mut self, account_id: &str, id: &str) -> bool {
        let hash = self.hash(account_id, id);
        if !self.set.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.set.remove(&oldest);
        }
        true
    }

    /// Forget a delivery: it failed for good.
    pub(super) fn remove(&mut self, account_id: &str, id: &str) {
        self.set.remove(&self.hash(account_id, id));
    }
}
