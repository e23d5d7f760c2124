//! A bounded memory of what was shown to one person each. Nothing else keeps it.

use std::collections::{HashMap, VecDeque};

use super::Post;
use crate::ids::Id;

/// How many are remembered of each person.
const MOST: usize = 256;

/// The last such messages of everybody, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Ephemerals(HashMap<Id, VecDeque<Post>>);

impl Ephemerals {
    /// Notes that `to` was shown a message.
    pub(super) fn push(&mut self, to: Id, post: &Post) {
        let shown = self.0.entry(to).or_default();
        if shown.len() >= MOST {
            shown.pop_front();
        }
        shown.push_back(post.clone());
    }

    /// What a person was shown.
    pub(crate) fn of(&self, user_id: Id) -> impl Iterator<Item = &Post> {
        self.0.get(&user_id).into_iter().flatten()
    }
}
