//! Posts that were not for the agent. They are read again after every cut, and what was decided of them stays: a
//! message is neither shown nor counted twice, and nobody is answered late because the bot took part meanwhile.

use std::collections::{HashMap, VecDeque};

/// Posts that are remembered per account.
const MOST: usize = 10_000;

/// The last posts that were not for the agent, as they were then.
#[derive(Debug, Default)]
pub struct Passed {
    /// When each was edited last.
    known: HashMap<String, i64>,
    order: VecDeque<String>,
}

impl Passed {
    /// A post was not for the agent.
    pub fn note(&mut self, post_id: &str, edit_at: i64) {
        if self.known.insert(post_id.to_owned(), edit_at).is_some() {
            return;
        }
        self.order.push_back(post_id.to_owned());
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    /// Whether a post was decided of, and has not been edited since.
    #[must_use]
    pub fn has(&self, post_id: &str, edit_at: i64) -> bool {
        self.known.get(post_id).is_some_and(|known| *known >= edit_at)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Passed};

    #[test]
    fn an_edit_is_decided_of_anew_and_the_oldest_are_forgotten() {
        let mut passed = Passed::default();
        passed.note("a", 0);
        assert!(passed.has("a", 0) && !passed.has("a", 5) && !passed.has("b", 0));
        passed.note("a", 5);
        assert!(passed.has("a", 5));
        for number in 0..MOST {
            passed.note(&number.to_string(), 0);
        }
        assert!(!passed.has("a", 0) && passed.has("0", 0));
        assert_eq!((passed.known.len(), passed.order.len()), (MOST, MOST));
    }
}
