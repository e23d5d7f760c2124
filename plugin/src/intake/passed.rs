//! Posts that were not for the agent. They are read again after every cut, and what was decided of them stays: a
//! message is neither shown nor counted twice, and nobody is answered late because the bot took part meanwhile.

use std::collections::{HashMap, VecDeque};

/// Posts that are remembered per account: what is read again after a cut begins some seconds before it.
const MOST: usize = 2_000;

/// A post's id, without memory of its own: an account that hears much would else scatter it over the heap.
type Id = [u8; 26];

/// The last posts that were not for the agent, as they were then.
#[derive(Debug, Default)]
pub struct Passed {
    /// When each was edited last.
    known: HashMap<Id, i64>,
    order: VecDeque<Id>,
}

impl Passed {
    /// A post was not for the agent.
    pub fn note(&mut self, post_id: &str, edit_at: i64) {
        let Some(id) = id(post_id) else { return };
        if self.known.insert(id, edit_at).is_some() {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    /// Whether a post was decided of, and has not been edited since.
    #[must_use]
    pub fn has(&self, post_id: &str, edit_at: i64) -> bool {
        id(post_id).and_then(|id| self.known.get(&id)).is_some_and(|known| *known >= edit_at)
    }
}

fn id(post_id: &str) -> Option<Id> {
    post_id.as_bytes().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::{MOST, Passed};

    #[test]
    fn an_edit_is_decided_of_anew_and_the_oldest_are_forgotten() {
        let id = |number: usize| format!("{number:026}");
        let (a, b) = (id(MOST), id(MOST + 1));
        let mut passed = Passed::default();
        passed.note(&a, 0);
        assert!(passed.has(&a, 0) && !passed.has(&a, 5) && !passed.has(&b, 0));
        passed.note(&a, 5);
        assert!(passed.has(&a, 5));
        for number in 0..MOST {
            passed.note(&id(number), 0);
        }
        assert!(!passed.has(&a, 0) && passed.has(&id(0), 0));
        assert_eq!((passed.known.len(), passed.order.len()), (MOST, MOST));
    }
}
