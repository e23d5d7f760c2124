//! People who keep asking.

use crate::chaos::{Asked, Ground, Place, Room, text};
use crate::failure::Failure;

/// The conversations, by turns: direct channels, channels, threads.
pub struct Load<'a> {
    ground: &'a Ground,
    roots: Vec<String>,
    /// What was asked.
    pub asked: Vec<Asked>,
}

impl<'a> Load<'a> {
    /// Open the threads.
    pub async fn new(ground: &'a Ground) -> Result<Self, Failure> {
        let mut roots = Vec::new();
        for room in 0..ground.cast().shared {
            let root = ground.say(0, Room::Shared(room), "", "A new topic.", false).await?;
            roots.push(root.id);
        }
        Ok(Self { ground, roots, asked: Vec::new() })
    }

    /// One question more.
    pub async fn ask(&mut self) -> Result<(), Failure> {
        let turn = self.asked.len();
        let cast = self.ground.cast();
        let (person, shared) = ((turn / 3) % cast.people.max(1), (turn / 9) % cast.shared.max(1));
        let (place, room, root) = match turn % 3 {
            0 => (Place::Direct, Room::Direct(person), ""),
            1 => (Place::Channel, Room::Shared(shared), ""),
            _ => (Place::Thread, Room::Shared(shared), self.roots.get(shared).map_or("", String::as_str)),
        };
        let number = u32::try_from(turn).unwrap_or(u32::MAX).saturating_add(1);
        let post = self.ground.say(person, room, root, &text(number), true).await?;
        self.asked.push(Asked { number, place, person: self.ground.name(person), post });
        Ok(())
    }
}
