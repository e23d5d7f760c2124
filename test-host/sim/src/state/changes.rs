//! What happened to a channel's posts, for those who wait for one.

use std::collections::HashSet;

use super::{Post, World};
use crate::ids::Id;

impl World {
    /// Notes that a post was written or changed, and wakes those who wait.
    pub(super) fn note_change(&mut self, channel_id: Id, post_id: Id) {
        if let Some(channel) = self.channels.get_mut(&channel_id) {
            channel.changes.push(post_id);
        }
        self.hub.changed();
    }

    /// The posts that were written or changed after the first `seen` changes of a channel and are not deleted, oldest
    /// first, and how many changes there are by now.
    pub(crate) fn changed_posts(&self, channel_id: Id, seen: usize) -> (Vec<&Post>, usize) {
        let Some(channel) = self.channels.get(&channel_id) else { return (Vec::new(), seen) };
        if channel.changes.len() <= seen {
            return (Vec::new(), seen);
        }
        let changed: HashSet<Id> = channel.changes.iter().skip(seen).copied().collect();
        let oldest = changed.iter().filter_map(|id| self.posts.get(id)).map(|post| post.create_at).min();
        // Posts stand in the order of their creation, so that nothing before the oldest change needs a look.
        let is_before = |id: &Id| self.posts.get(id).map(|post| post.create_at) < oldest;
        let from = channel.posts.partition_point(is_before);
        let candidates = channel.posts.iter().skip(from).filter(|id| changed.contains(id));
        let posts = candidates.filter_map(|id| self.posts.get(id)).filter(|post| post.delete_at == 0);
        (posts.collect(), channel.changes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        options::Options,
        state::{NewPost, PostPatch},
    };

    fn post(world: &mut World, user: Id, channel: Id, message: &str) -> Id {
        let new = NewPost { message: message.to_owned(), ..NewPost::default() };
        world.create_post(user, channel, new).unwrap()
    }

    fn since(world: &World, channel: Id, seen: usize) -> (Vec<Id>, usize) {
        let (posts, seen) = world.changed_posts(channel, seen);
        (posts.into_iter().map(|post| post.id).collect(), seen)
    }

    #[test]
    fn only_what_changed_is_looked_at_again() {
        let mut world = World::new(&Options::default(), Default::default());
        let seed = crate::seed::seed(&mut world).unwrap();
        let (alice, bob) =
            (Id::parse(seed.user_id("alice")).unwrap(), Id::parse(seed.user_id("bob")).unwrap());
        let channel = world.direct_channel(alice, bob).unwrap();
        assert_eq!(since(&world, channel, 0), (vec![], 0));
        let first = post(&mut world, alice, channel, "first");
        let second = post(&mut world, alice, channel, "second");
        let (ids, seen) = since(&world, channel, 0);
        assert_eq!(ids, [first, second]);
        assert_eq!(since(&world, channel, seen), (vec![], seen));
        let third = post(&mut world, alice, channel, "third");
        let patch = PostPatch { message: Some("edited".to_owned()), ..PostPatch::default() };
        world.patch_post(first, patch).unwrap();
        let (ids, seen) = since(&world, channel, seen);
        assert_eq!(ids, [first, third]);
        world.add_reaction(bob, second, "eyes").unwrap();
        world.set_pinned(third, true).unwrap();
        world.delete_post(alice, third).unwrap();
        let (ids, seen) = since(&world, channel, seen);
        assert_eq!(ids, [second]);
        world.remove_reaction(bob, second, "eyes").unwrap();
        assert_eq!(since(&world, channel, seen).0, [second]);
        // Somebody who never looked sees everything that is left.
        assert_eq!(since(&world, channel, 0).0, [first, second]);
    }
}
