//! Who and where, as the server says: what a request says of that itself counts for nothing.

use crate::brake::Brakes;
use crate::intake::kind;
use host_sdk::protocol::ChatKind;
use mattermost_client::model::{Channel, User};
use mattermost_client::{Client, Error};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long what the server said of a channel or a user holds.
const CHANNEL_HOLDS: Duration = Duration::from_secs(5 * 60);
const USER_HOLDS: Duration = Duration::from_secs(10 * 60);
/// Entries of each memory.
const MOST: usize = 1_000;

/// Somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// The user's id.
    pub id: String,
    /// The name without `@`.
    pub username: String,
    /// It is a program.
    pub is_bot: bool,
}

/// A channel, and what kind of conversation it is.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    pub channel: Channel,
    pub kind: ChatKind,
}

/// What the servers said, for a while. Cheap to clone.
#[derive(Clone)]
pub(crate) struct People {
    brakes: Arc<Brakes>,
    known: Arc<Mutex<Known>>,
}

type Memory<T> = HashMap<(String, String), (Instant, T)>;

#[derive(Default)]
struct Known {
    people: Memory<Person>,
    rooms: Memory<Room>,
}

impl People {
    pub(crate) fn new(brakes: Arc<Brakes>) -> Self {
        Self { brakes, known: Arc::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A user, by id.
    ///
    /// # Errors
    /// The server's; 404 for somebody who does not exist.
    pub(crate) async fn person(&self, client: &Client, id: &str) -> Result<Person, Error> {
        let key = (client.server().to_string(), id.to_owned());
        if let Some(person) = fresh(&self.known().people, &key, USER_HOLDS) {
            return Ok(person);
        }
        let brake = self.brakes.of(client.server().as_str());
        brake.ready().await;
        let User { id, username, is_bot, .. } =
            client.user(id).await.inspect_err(|error| brake.heed(error))?;
        let person = Person { id, username, is_bot };
        put(&mut self.known().people, key, person.clone(), USER_HOLDS);
        Ok(person)
    }

    /// A channel, by id. `None`: it is of a kind that is not known.
    ///
    /// # Errors
    /// The server's; 403 or 404 where the bot may not look.
    pub(crate) async fn room(
        &self,
        account_id: &str,
        client: &Client,
        id: &str,
    ) -> Result<Option<Room>, Error> {
        // A bot sees what it is a member of: what one bot was shown is not for another one.
        let key = (account_id.to_owned(), id.to_owned());
        if let Some(room) = fresh(&self.known().rooms, &key, CHANNEL_HOLDS) {
            return Ok(Some(room));
        }
        let brake = self.brakes.of(client.server().as_str());
        brake.ready().await;
        let channel = client.channel(id).await.inspect_err(|error| brake.heed(error))?;
        let Some(kind) = kind(&channel.channel_type) else { return Ok(None) };
        let room = Room { channel, kind };
        put(&mut self.known().rooms, key, room.clone(), CHANNEL_HOLDS);
        Ok(Some(room))
    }
}

fn fresh<T: Clone>(memory: &Memory<T>, key: &(String, String), holds: Duration) -> Option<T> {
    let (at, value) = memory.get(key)?;
    (at.elapsed() < holds).then(|| value.clone())
}

fn put<T>(memory: &mut Memory<T>, key: (String, String), value: T, holds: Duration) {
    if memory.len() >= MOST {
        memory.retain(|_, (at, _)| at.elapsed() < holds);
        if memory.len() >= MOST {
            memory.clear();
        }
    }
    memory.insert(key, (Instant::now(), value));
}
