//! Posts, found by their text.

use super::asking::Asking;
use super::told;
use host_sdk::protocol::{Error, MessageList, SearchAction};
use mattermost_client::model::{Channel, ChannelType, Post};
use std::collections::{BTreeMap, HashMap};

/// How many posts are found unless the caller says, and at most.
const LIMIT: (u32, u32) = (20, 100);
/// Characters of a query.
const LONGEST: usize = 512;
/// Teams that are searched, and channels that are looked at to see whether an agent may read them.
const MOST: usize = 50;

/// Posts that fit a query, newest first: in one channel, or in all of the bot's that the caller may read.
///
/// # Errors
/// A parameter is wrong, the channel is not for the caller, or the server's.
pub(super) async fn search(asking: &Asking, ask: &SearchAction) -> Result<MessageList, Error> {
    let query = ask.query.trim();
    if query.is_empty() {
        return Err(Error::invalid("the query is empty; write what to look for").at("query"));
    }
    if query.chars().count() > LONGEST {
        return Err(Error::invalid(format!("the query is longer than {LONGEST} characters")).at("query"));
    }
    let limit = match ask.limit {
        Some(0) => {
            return Err(
                Error::invalid(format!("limit is 0; write 1 to {}, or leave it out", LIMIT.1)).at("limit")
            );
        }
        Some(limit) => limit.min(LIMIT.1),
        None => LIMIT.0,
    };
    // An agent without a conversation is told so before anything is looked for.
    let place = match (&ask.target, asking.is_agent()) {
        (None, false) => None,
        (None, true) => {
            asking.place(None).await?;
            None
        }
        (Some(target), _) => Some(asking.place(Some(target)).await?),
    };
    let channel_id = place.as_ref().map(|channel| channel.id.clone()).unwrap_or_default();
    if ask.dry_run {
        return Ok(told::empty(asking, &channel_id, true));
    }
    let found = everywhere(asking, query, place.as_ref()).await?;
    let mut readable = Readable::new(asking, place);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut posts, mut has_more) = (Vec::new(), false);
    for post in found {
        if !readable.has(&post.channel_id).await? {
            continue;
        }
        if posts.len() == most {
            has_more = true;
            break;
        }
        posts.push(post);
    }
    Ok(told::list(asking, &channel_id, posts, has_more).await)
}

/// What the server finds in the bot's teams, newest first. Direct messages are found in each of them.
async fn everywhere(asking: &Asking, query: &str, place: Option<&Channel>) -> Result<Vec<Post>, Error> {
    let terms = match place {
        Some(channel) if is_named(channel) => format!("{query} in:{}", channel.name),
        _ => query.to_owned(),
    };
    let team = place.map(|channel| channel.team_id.as_str()).filter(|team| !team.is_empty());
    let teams = match team {
        Some(team) => vec![team.to_owned()],
        None => asking.call(|| asking.client.teams_of_me()).await?.into_iter().map(|team| team.id).collect(),
    };
    let mut found = BTreeMap::new();
    for team in teams.iter().take(MOST) {
        let page = asking.call(|| asking.client.search_posts(team, &terms, 0, LIMIT.1)).await?;
        for post in told::in_order(page)? {
            found.insert((std::cmp::Reverse(post.create_at), post.id.clone()), post);
        }
    }
    Ok(found.into_values().filter(|post| post.delete_at == 0).collect())
}

/// Direct and group messages have names that nobody can write.
fn is_named(channel: &Channel) -> bool {
    matches!(channel.channel_type, ChannelType::Public | ChannelType::Private)
}

/// The channels that the caller may read, asked once each.
struct Readable<'a> {
    asking: &'a Asking,
    only: Option<String>,
    known: HashMap<String, bool>,
}

impl<'a> Readable<'a> {
    fn new(asking: &'a Asking, place: Option<Channel>) -> Self {
        Self { asking, only: place.map(|channel| channel.id), known: HashMap::new() }
    }

    async fn has(&mut self, id: &str) -> Result<bool, Error> {
        if let Some(only) = &self.only {
            return Ok(only == id);
        }
        if !self.asking.is_agent() {
            return Ok(true);
        }
        if let Some(known) = self.known.get(id) {
            return Ok(*known);
        }
        if self.known.len() >= MOST {
            return Ok(false);
        }
        let channel = self.asking.channel(id).await?;
        let may = self.asking.may_reach(&channel).is_ok();
        self.known.insert(id.to_owned(), may);
        Ok(may)
    }
}
