//! A server that runs already: people write over REST, and what stands there is read over REST.

use super::judge::Post;
use super::plan::{Cast, Room};
use super::target::Target;
use crate::failure::Failure;
use crate::http::Local;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// A request that takes longer has failed.
const LIMIT: Duration = Duration::from_secs(20);
/// The server belongs to somebody: not more than about five messages a second.
const GAP: Duration = Duration::from_millis(200);
/// A request that is refused for its rate is made again so often.
const TRIES: u32 = 6;
const PAGE: usize = 200;

/// Somebody who is known to the server.
#[derive(Debug)]
struct User {
    id: String,
    name: String,
    token: String,
}

/// A server that runs already.
pub struct Remote {
    target: Target,
    http: Local,
    bot: User,
    people: Vec<User>,
    /// Their direct channels with the bot.
    direct: Vec<String>,
    /// What is older does not belong to this.
    since: i64,
    last_post: Mutex<Option<Instant>>,
}

impl Remote {
    /// Look whether everybody can do what is asked of them.
    pub async fn connect(target: Target) -> Result<Self, Failure> {
        let http = Local::new();
        let bot = user(&http, &target, &target.bot.token, &target.bot.field).await?;
        let mut remote = Self {
            target,
            http,
            bot,
            people: Vec::new(),
            direct: Vec::new(),
            since: 0,
            last_post: Mutex::new(None),
        };
        for person in &remote.target.people {
            let user = user(&remote.http, &remote.target, &person.token, &person.field).await?;
            if user.id == remote.bot.id {
                return Err(Failure::new(
                    format!("{} is the bot's own token", person.field),
                    "name the token of a person: the bot does not answer itself",
                ));
            }
            let path = format!("channels/{}/members/{}", remote.target.channel, user.id);
            remote.call("GET", &path, &user.token, &Value::Null).await.map_err(|failure| Failure {
                what: format!(
                    "@{} ({}) cannot be in the channel of {}: {}",
                    user.name, person.field, remote.target.channel_field, failure.what
                ),
                hint: Some("add the person to the channel, or name another channel".to_owned()),
                ..failure
            })?;
            let pair = json!([user.id, remote.bot.id]);
            let channel = remote.call("POST", "channels/direct", &user.token, &pair).await?;
            remote.direct.push(text(&channel, "id"));
            remote.people.push(user);
        }
        let path = format!("channels/{}/members/{}", remote.target.channel, remote.bot.id);
        remote.call("GET", &path, &remote.bot.token, &Value::Null).await.map_err(|failure| {
            Failure::new(
                format!("the bot @{} cannot be in the channel: {}", remote.bot.name, failure.what),
                format!("add @{} to the channel of {}", remote.bot.name, remote.target.channel_field),
            )
        })?;
        Ok(remote)
    }

    /// From now on: what was written before does not belong to this.
    pub async fn begin(&mut self) -> Result<(), Failure> {
        self.since = 0;
        let newest = self.page(&self.target.channel, 0, 1).await?;
        let mut since = newest.iter().map(|post| post.create_at).max().unwrap_or(0);
        for channel in &self.direct {
            let newest = self.page(channel, 0, 1).await?;
            since = since.max(newest.iter().map(|post| post.create_at).max().unwrap_or(0));
        }
        self.since = since + 1;
        Ok(())
    }

    /// How many people and channels there are.
    pub fn cast(&self) -> Cast {
        Cast { people: self.people.len(), shared: 1 }
    }

    /// The bot's user id.
    pub fn bot_id(&self) -> &str {
        &self.bot.id
    }

    /// The bot's name.
    pub fn bot_name(&self) -> &str {
        &self.bot.name
    }

    /// The bot's token.
    pub fn token(&self) -> &str {
        &self.bot.token
    }

    /// Where the server is: host and port.
    pub fn upstream(&self) -> &str {
        &self.target.authority
    }

    /// A person's name.
    pub fn name(&self, person: usize) -> &str {
        self.people.get(person).map(|user| user.name.as_str()).unwrap_or_default()
    }

    /// Write as a person.
    pub async fn say(&self, person: usize, room: Room, root: &str, message: &str) -> Result<Post, Failure> {
        let mut last = self.last_post.lock().await;
        if let Some(last) = *last {
            tokio::time::sleep(GAP.saturating_sub(last.elapsed())).await;
        }
        let channel = match room {
            Room::Shared(_) => Some(&self.target.channel),
            Room::Direct(person) => self.direct.get(person),
        };
        let body = json!({ "channel_id": channel, "message": message, "root_id": root });
        let token = self.people.get(person).map(|user| user.token.as_str()).unwrap_or_default();
        let post = self.call("POST", "posts", token, &body).await?;
        *last = Some(Instant::now());
        Ok(Post::from(&post))
    }

    /// Every post since the begin, each channel oldest first.
    pub async fn posts(&self) -> Result<Vec<Post>, Failure> {
        let mut all = Vec::new();
        for channel in self.direct.iter().chain([&self.target.channel]) {
            let mut found = HashMap::new();
            for page in 0.. {
                let posts = self.page(channel, page, PAGE).await?;
                let last = posts.len() < PAGE || posts.iter().any(|post| post.create_at < self.since);
                found.extend(posts.into_iter().map(|post| (post.id.clone(), post)));
                if last {
                    break;
                }
            }
            let mut found: Vec<Post> =
                found.into_values().filter(|post| post.create_at >= self.since).collect();
            found.sort_by(|a, b| (a.create_at, &a.message).cmp(&(b.create_at, &b.message)));
            all.extend(found);
        }
        Ok(all)
    }

    /// A page of a channel, as the first person sees it.
    async fn page(&self, channel: &str, page: usize, size: usize) -> Result<Vec<Post>, Failure> {
        // In a direct channel only its two people can read; the bot is in all of them.
        let path = format!("channels/{channel}/posts?page={page}&per_page={size}");
        let list = self.call("GET", &path, &self.bot.token, &Value::Null).await?;
        let order = list["order"].as_array().cloned().unwrap_or_default();
        let posts = order.iter().filter_map(Value::as_str).filter_map(|id| list["posts"].get(id));
        Ok(posts.map(Post::from).collect())
    }

    async fn call(&self, method: &str, path: &str, token: &str, body: &Value) -> Result<Value, Failure> {
        call(&self.http, &self.target, method, path, token, body).await
    }
}

impl From<&Value> for Post {
    fn from(post: &Value) -> Self {
        Self {
            id: text(post, "id"),
            user_id: text(post, "user_id"),
            channel_id: text(post, "channel_id"),
            root_id: text(post, "root_id"),
            message: text(post, "message"),
            create_at: post["create_at"].as_i64().unwrap_or_default(),
        }
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// Who a token belongs to.
async fn user(http: &Local, target: &Target, token: &str, field: &str) -> Result<User, Failure> {
    let me = call(http, target, "GET", "users/me", token, &Value::Null).await.map_err(|failure| Failure {
        what: format!("{field}: {}", failure.what),
        hint: Some(format!("check --server and {field}")),
        ..failure
    })?;
    Ok(User { id: text(&me, "id"), name: text(&me, "username"), token: token.to_owned() })
}

async fn call(
    http: &Local,
    target: &Target,
    method: &str,
    path: &str,
    token: &str,
    body: &Value,
) -> Result<Value, Failure> {
    let url = format!("{}/api/v4/{path}", target.url);
    for attempt in 1.. {
        let answer = match method {
            "POST" => http.post(&url, token, body, LIMIT).await,
            _ => http.get(&url, token, LIMIT).await,
        };
        match answer {
            Ok((status, answer)) if status.is_success() => return Ok(answer),
            Ok((status, _)) if status.as_u16() == 429 && attempt < TRIES => {
                tokio::time::sleep(Duration::from_secs(1) * attempt).await;
            }
            Ok((status, answer)) => {
                let why = answer["message"].as_str().unwrap_or("no reason given");
                return Err(Failure::bare(format!(
                    "the server refused {method} {path} with {status}: {why}"
                )));
            }
            // A post must not be made twice; what only reads may.
            Err(_) if method == "GET" && attempt < TRIES => {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(error) => {
                return Err(Failure::new(
                    format!("no answer from {}: {error}", target.url),
                    "check --server and that the server is up",
                ));
            }
        }
    }
    Err(Failure::bare(format!("the server refused {method} {path} again and again")))
}
