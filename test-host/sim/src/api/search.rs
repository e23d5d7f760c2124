//! Looking for posts by their text, as far as people and plugins use it.

use std::{cmp::Reverse, sync::Arc};

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;

use super::{
    App,
    body::Payload,
    caller::{Caller, id_param},
    reply::found,
    teams,
};
use crate::{
    errors::ApiError,
    state::{Channel, Post, PostPage, World},
    views::post_list,
};

/// The most posts that a server which searches in its database finds.
const MOST: usize = 100;

#[derive(Deserialize)]
#[serde(default)]
struct Search {
    terms: String,
    is_or_search: bool,
    page: usize,
    per_page: usize,
}

impl Default for Search {
    fn default() -> Self {
        Self { terms: String::new(), is_or_search: false, page: 0, per_page: 60 }
    }
}

/// What was written into the search box.
#[derive(Default)]
struct Terms {
    /// Words and quoted phrases, in lower case.
    words: Vec<String>,
    /// `in:` and `channel:`.
    channels: Vec<String>,
    /// `from:`.
    authors: Vec<String>,
}

/// `POST /teams/{team_id}/posts/search`: in the caller's own channels of the team, and in private.
pub(super) async fn posts(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(team): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let team_id = id_param(&team, "team_id")?;
    let search: Search = payload.parse("search")?;
    if search.terms.trim().is_empty() {
        return Err(ApiError::body("terms"));
    }
    let world = app.world();
    teams::visible(&world, &caller, team_id)?;
    let terms = Terms::read(&search.terms);
    let mut hits: Vec<&Post> = Vec::new();
    let mine = world.channels.values().filter(|channel| {
        channel.members.contains_key(&caller.user_id)
            && channel.delete_at == 0
            && channel.team_id.is_none_or(|team| team == team_id)
            && (terms.channels.is_empty() || terms.channels.contains(&channel.name))
    });
    for channel in mine {
        hits.extend(found_in(&world, channel, &terms, search.is_or_search));
    }
    hits.sort_by_key(|post| Reverse(post.create_at));
    let mut page = PostPage::default();
    // The database is asked once, for one page; later pages are empty.
    let room = if search.page == 0 { search.per_page.clamp(1, MOST) } else { 0 };
    for post in hits.into_iter().take(room) {
        page.order.push(post.id);
        page.posts.insert(post.id, post);
    }
    Ok(found(&post_list(&world, &page, None)))
}

fn found_in<'a>(
    world: &'a World,
    channel: &'a Channel,
    terms: &'a Terms,
    any: bool,
) -> impl Iterator<Item = &'a Post> {
    let author =
        |post: &Post| world.user(post.user_id).is_ok_and(|user| terms.authors.contains(&user.username));
    channel.posts.iter().filter_map(|id| world.posts.get(id)).filter(move |post| {
        let text = post.message.to_lowercase();
        let mut words = terms.words.iter().map(|word| holds(&text, word));
        let fits = if any { words.any(|has| has) } else { words.all(|has| has) };
        world.is_shown(post) && !post.is_system() && fits && (terms.authors.is_empty() || author(post))
    })
}

/// A word or phrase between things that are none; a word that ends with `*` may go on.
fn holds(text: &str, word: &str) -> bool {
    let (word, open) = word.strip_suffix('*').map_or((word, false), |word| (word, true));
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + word.len()..].chars().next();
        before.is_none_or(|c| !c.is_alphanumeric()) && (open || behind.is_none_or(|c| !c.is_alphanumeric()))
    })
}

impl Terms {
    fn read(text: &str) -> Self {
        let mut terms = Self::default();
        for (index, part) in text.to_lowercase().split('"').enumerate() {
            // What stands between quotes is one phrase.
            if index % 2 == 1 {
                terms.words.extend(Some(part.trim().to_owned()).filter(|part| !part.is_empty()));
                continue;
            }
            for word in part.split_whitespace() {
                match word.split_once(':') {
                    Some(("in" | "channel", name)) => {
                        terms.channels.push(name.trim_start_matches(['~', '#']).to_owned());
                    }
                    Some(("from", name)) => terms.authors.push(name.trim_start_matches('@').to_owned()),
                    _ => terms.words.push(word.to_owned()),
                }
            }
        }
        terms
    }
}
