//! Where people and the bot meet: an embedded server or any other.

use super::judge::Post;
use super::plan::{Cast, Room};
use super::remote::Remote;
use crate::failure::Failure;
use mattermost_sim::{Options, PostRecord, Seed, Sim, SimError, Version};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The people of the embedded server.
const PEOPLE: [&str; 3] = ["alice", "bob", "mallory"];
const SHARED: [&str; 3] = ["general", "ops", "secret"];
const BOT: &str = "openclaw";

/// Where people and the bot meet.
pub enum Ground {
    /// The embedded server. People write straight into its state, so that no fault loses what they say.
    Embedded(Box<Embedded>),
    /// A server that runs already.
    Remote(Box<Remote>),
}

/// The embedded server and who is on it.
pub struct Embedded {
    /// The server.
    pub sim: Arc<Sim>,
    seed: Seed,
    direct: Mutex<HashMap<usize, String>>,
}

impl Embedded {
    /// The bot's user id.
    pub fn bot(&self) -> &str {
        self.seed.user_id(BOT)
    }

    /// Start it.
    pub async fn start() -> Result<Self, Failure> {
        let sim = Sim::start(Options::version(Version::V11_6)).await.map_err(|error| embedded(&error))?;
        let seed = sim.seed().map_err(|error| embedded(&error))?;
        Ok(Self { sim: Arc::new(sim), seed, direct: Mutex::default() })
    }

    fn user(&self, person: usize) -> &str {
        self.seed.user_id(PEOPLE.get(person).copied().unwrap_or_default())
    }

    /// The id of a channel. A direct channel is made with the first message in it, whatever goes wrong at that moment.
    fn channel(&self, room: Room) -> Result<String, Failure> {
        let person = match room {
            Room::Shared(index) => {
                let name = SHARED.get(index).copied().unwrap_or_default();
                return Ok(self.seed.channel(name).to_owned());
            }
            Room::Direct(person) => person,
        };
        let mut direct = self.direct.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(id) = direct.get(&person) {
            return Ok(id.clone());
        }
        let id = self
            .sim
            .direct_channel(self.user(person), self.seed.user_id(BOT))
            .map_err(|error| embedded(&error))?;
        direct.insert(person, id.clone());
        Ok(id)
    }

    /// The ids of all channels that were used.
    pub fn channels(&self) -> Vec<String> {
        let direct = self.direct.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let shared = SHARED.iter().map(|name| self.seed.channel(name).to_owned());
        shared.chain(direct.values().cloned()).collect()
    }
}

impl Ground {
    /// How many people and channels there are.
    pub fn cast(&self) -> Cast {
        match self {
            Self::Embedded(_) => Cast { people: PEOPLE.len(), shared: SHARED.len() },
            Self::Remote(remote) => remote.cast(),
        }
    }

    /// The server's base URL; empty for one that is reached through a proxy only.
    pub fn url(&self) -> String {
        match self {
            Self::Embedded(embedded) => embedded.sim.url(),
            Self::Remote(_) => String::new(),
        }
    }

    /// The bot's token.
    pub fn token(&self) -> &str {
        match self {
            Self::Embedded(embedded) => embedded.seed.token(BOT),
            Self::Remote(remote) => remote.token(),
        }
    }

    /// Cut the WebSockets of an embedded server, which then knows nothing of them any more: what was missed must be read.
    pub fn forget(&self) {
        if let Self::Embedded(embedded) = self {
            embedded.sim.forget_sockets();
        }
    }

    /// Cut the WebSockets of an embedded server.
    pub fn cut(&self) {
        if let Self::Embedded(embedded) = self {
            embedded.sim.cut_sockets();
        }
    }

    /// The bot's user id.
    pub fn bot(&self) -> &str {
        match self {
            Self::Embedded(embedded) => embedded.bot(),
            Self::Remote(remote) => remote.bot_id(),
        }
    }

    /// A person's name.
    pub fn name(&self, person: usize) -> String {
        match self {
            Self::Embedded(_) => PEOPLE.get(person).copied().unwrap_or_default().to_owned(),
            Self::Remote(remote) => remote.name(person).to_owned(),
        }
    }

    /// Write as a person, in a thread when `root` is not empty. With `mention` the bot is named where it must be.
    pub async fn say(
        &self,
        person: usize,
        room: Room,
        root: &str,
        text: &str,
        mention: bool,
    ) -> Result<Post, Failure> {
        let named = |bot: &str| match room {
            Room::Shared(_) if mention => format!("@{bot} {text}"),
            _ => text.to_owned(),
        };
        match self {
            Self::Embedded(embedded_server) => {
                let channel = embedded_server.channel(room)?;
                let user = embedded_server.user(person);
                let post = embedded_server.sim.post_as(user, &channel, &named(BOT), root);
                post.map(Post::from).map_err(|error| embedded(&error))
            }
            Self::Remote(remote) => remote.say(person, room, root, &named(remote.bot_name())).await,
        }
    }

    /// Every post of every channel since the begin, each channel oldest first.
    pub async fn posts(&self) -> Result<Vec<Post>, Failure> {
        match self {
            Self::Embedded(embedded) => {
                let channels = embedded.channels();
                let posts = channels.iter().flat_map(|channel| embedded.sim.posts(channel));
                Ok(posts.map(Post::from).collect())
            }
            Self::Remote(remote) => remote.posts().await,
        }
    }

    /// End what was started for this.
    pub async fn end(self) {
        if let Self::Embedded(embedded) = self
            && let Ok(sim) = Arc::try_unwrap(embedded.sim)
        {
            sim.stop().await;
        }
    }
}

impl From<PostRecord> for Post {
    fn from(post: PostRecord) -> Self {
        Self {
            id: post.id,
            user_id: post.user_id,
            channel_id: post.channel_id,
            root_id: post.root_id,
            message: post.message,
            create_at: post.create_at,
        }
    }
}

fn embedded(error: &SimError) -> Failure {
    Failure::system("the embedded Mattermost", error)
}

/// All posts that were seen, also those that the server has deleted since.
#[derive(Default)]
pub struct Ledger {
    posts: Vec<Post>,
    known: HashMap<String, usize>,
    forgets: bool,
}

impl Ledger {
    /// One that has only what stands on the server: who streams may delete what he showed before.
    pub fn forgetful() -> Self {
        Self { forgets: true, ..Self::default() }
    }

    /// Take over what stands on the server now; how many posts are new.
    pub async fn read(&mut self, ground: &Ground) -> Result<usize, Failure> {
        let before = self.posts.len();
        let standing = ground.posts().await?;
        if self.forgets {
            let gone = self.posts.len();
            self.known = standing.iter().enumerate().map(|(at, post)| (post.id.clone(), at)).collect();
            self.posts = standing;
            return Ok(self.posts.len().saturating_sub(gone));
        }
        for post in standing {
            match self.known.get(&post.id).and_then(|index| self.posts.get_mut(*index)) {
                // It may have been edited.
                Some(seen) => *seen = post,
                None => {
                    self.known.insert(post.id.clone(), self.posts.len());
                    self.posts.push(post);
                }
            }
        }
        Ok(self.posts.len() - before)
    }

    /// The posts, each channel oldest first.
    pub fn posts(&self) -> &[Post] {
        &self.posts
    }
}
