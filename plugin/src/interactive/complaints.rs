//! How often a refusal is logged: whoever sends thousands of them does not fill the log.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Refusals of a kind that are told one by one; then only each doubling of their number.
const SHOWN: u64 = 20;

/// Counts refusals by account and kind. Both come from the configuration and the code: their number is small.
#[derive(Debug, Default)]
pub(crate) struct Complaints {
    counts: Mutex<HashMap<(String, &'static str), u64>>,
}

impl Complaints {
    /// One more of a kind; its number if it is to be told.
    pub(crate) fn worth(&self, account_id: &str, kind: &'static str) -> Option<u64> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((account_id.to_owned(), kind)).or_default();
        *count += 1;
        (*count <= SHOWN || count.is_power_of_two()).then_some(*count)
    }
}
