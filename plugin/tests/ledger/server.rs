//! A server's channels and posts, as its replicas show them: a little behind, each call by another amount.

use std::collections::HashMap;
use std::sync::Mutex;

use futures_util::FutureExt as _;
use mattermost_client::event::Posted;
use mattermost_client::model::{Channel, ChannelType, Post, PostList};
use mattermost_client::{Error, PostsQuery};
use openclaw_mattermost::catchup::{Limits, Sink, Source, read};
use openclaw_mattermost::intake::Job;

use super::{Dice, Millis};

/// A channel.
#[derive(Debug)]
struct Room {
    channel: Channel,
    /// In the order in which they were made.
    posts: Vec<Post>,
    /// What was posted before is not for the bot.
    joined_at: Millis,
    /// When the newest post was made, also if it is gone.
    last: Vec<Millis>,
}

/// The server.
#[derive(Debug)]
pub struct Server {
    pub now: Millis,
    rooms: Vec<Room>,
    made: u64,
    dice: Mutex<Dice>,
    pub lag: Millis,
}

/// The user id of the bot.
pub const BOT: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbb";

fn id(number: u64) -> String {
    // Ids do not sort as they were made.
    format!("{:016x}{:010}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15), number)
}

impl Server {
    pub fn new(now: Millis, seed: u64) -> Self {
        Self { now, rooms: Vec::new(), made: 0, dice: Mutex::new(Dice(seed)), lag: 0 }
    }

    /// How many channels there are.
    pub fn rooms(&self) -> usize {
        self.rooms.len()
    }

    /// A channel of some kind, with a past that is not the bot's, and older than what is read twice anyway.
    pub fn create(&mut self, kind: usize, past: usize) -> Vec<Posted> {
        let kinds = [ChannelType::Direct, ChannelType::Group, ChannelType::Private, ChannelType::Public];
        let channel_type = kinds[kind % kinds.len()].clone();
        self.made += 1;
        let channel = Channel { id: id(self.made), channel_type: channel_type.clone(), ..Channel::default() };
        self.rooms.push(Room { channel, posts: Vec::new(), joined_at: Millis::MAX, last: Vec::new() });
        let room = self.rooms.len() - 1;
        if matches!(channel_type, ChannelType::Direct | ChannelType::Group) {
            self.rooms[room].joined_at = self.now;
            return Vec::new();
        }
        let now = self.now;
        for age in (0..past).rev() {
            self.post(room, now - 3_000 - 10 * age as Millis, "");
        }
        self.rooms[room].joined_at = now;
        vec![self.post(room, now, "system_add_to_channel")]
    }

    /// Somebody, or the bot itself, writes.
    pub fn write(&mut self, room: usize, own: bool) -> Posted {
        let mut posted = self.post(room, self.now, "");
        if own {
            posted.post.user_id = BOT.to_owned();
            self.rooms[room].posts.last_mut().unwrap().user_id = BOT.to_owned();
        }
        posted
    }

    fn post(&mut self, room: usize, create_at: Millis, type_: &str) -> Posted {
        self.made += 1;
        let id = id(self.made);
        let room = &mut self.rooms[room];
        let (channel_id, type_, user_id) = (room.channel.id.clone(), type_.to_owned(), "u".repeat(26));
        let post = Post { id, channel_id, create_at, type_, user_id, ..Post::default() };
        room.posts.push(post.clone());
        room.last.push(create_at);
        Posted { post, channel_type: room.channel.channel_type.clone(), ..Posted::default() }
    }

    /// What is older is removed without a trace.
    pub fn purge(&mut self, room: usize, older_than: Millis) {
        self.rooms[room].posts.retain(|post| post.create_at >= older_than);
    }

    /// The posts that the bot has to take, if they are newer than it: all that people wrote and that are still there.
    pub fn wanted(&self) -> impl Iterator<Item = &Post> {
        self.rooms.iter().flat_map(|room| {
            let after = |post: &&Post| post.create_at >= room.joined_at && post.type_.is_empty();
            room.posts.iter().filter(after).filter(|post| post.user_id != BOT)
        })
    }

    /// Whether the bot was there when this was posted.
    pub fn is_past(&self, post: &Post) -> bool {
        self.rooms.iter().any(|room| room.channel.id == post.channel_id && post.create_at < room.joined_at)
    }

    /// Up to when a replica knows everything.
    fn known(&self) -> Millis {
        self.now - self.dice.lock().unwrap().upto(self.lag)
    }

    /// The list of the bot's channels.
    pub fn channels(&self) -> Vec<Channel> {
        let known = self.known();
        let listed = self.rooms.iter().filter(|room| room.joined_at <= known);
        let at = |room: &Room| room.last.iter().copied().filter(|at| *at <= known).max().unwrap_or(0);
        listed.map(|room| Channel { last_post_at: at(room), ..room.channel.clone() }).collect()
    }

    /// What the real reading reads for a job, page by page, and what it left out.
    pub fn read(&self, job: &Job) -> (Vec<Vec<Post>>, u64) {
        let mut pages = Pages::default();
        let limits = Limits::default();
        let skipped = read(self, job, limits, &mut pages).now_or_never().unwrap().unwrap();
        pages.0.iter_mut().for_each(|posts| posts.retain(|post| post.create_at >= job.from));
        pages.0.retain(|posts| !posts.is_empty());
        (pages.0, skipped)
    }
}

impl Source for Server {
    async fn posts(&self, channel_id: &str, query: &PostsQuery) -> Result<PostList, Error> {
        let known = self.known();
        let room = self.rooms.iter().find(|room| room.channel.id == channel_id).unwrap();
        let mut posts: Vec<&Post> = room.posts.iter().filter(|post| post.create_at <= known).collect();
        posts.sort_by_key(|post| post.create_at);
        let at = |id: &str| posts.iter().find(|post| post.id == id).map(|post| post.create_at);
        let (per_page, page) = (query.per_page.unwrap() as usize, query.page.unwrap() as usize);
        let skip = page * per_page;
        let found: Vec<&Post> = match (&query.after, &query.before) {
            (Some(after), _) => {
                let after = at(after).unwrap_or(Millis::MAX);
                posts
                    .iter()
                    .copied()
                    .filter(|post| post.create_at > after)
                    .skip(skip)
                    .take(per_page)
                    .collect()
            }
            (None, before) => {
                let before = before.as_ref().map_or(Millis::MAX, |before| at(before).unwrap_or(0));
                let down = posts.iter().rev().copied().filter(|post| post.create_at < before);
                let mut found: Vec<&Post> = down.skip(skip).take(per_page).collect();
                found.reverse();
                found
            }
        };
        let order = found.iter().rev().map(|post| post.id.clone()).collect();
        let posts: HashMap<String, Post> =
            found.into_iter().map(|post| (post.id.clone(), post.clone())).collect();
        Ok(PostList { order, posts, ..PostList::default() })
    }
}

#[derive(Default)]
struct Pages(Vec<Vec<Post>>);

impl Sink for Pages {
    async fn take(&mut self, posts: Vec<Post>) -> bool {
        self.0.push(posts);
        true
    }
}
