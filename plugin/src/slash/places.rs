//! Where a command was given, as the server says: what the call says of that itself counts for nothing.

use super::payload::Payload;
use super::words::Answer;
use crate::account::{Account, Deps};
use crate::ids::is_id;
use crate::intake::kind;
use crate::interactive::Room;
use crate::quoted::quoted;
use crate::turn::Thread;
use mattermost_client::model::Post;
use mattermost_client::{Client, Error};
use std::sync::Arc;
use std::time::Duration;

/// How long the server may take for each question: the caller waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where.
pub(super) struct Where {
    pub room: Room,
    pub thread: Thread,
    /// The first post of the thread that it was given in.
    pub inside: Option<String>,
}

/// The place of a call.
pub(super) async fn place(
    deps: &Deps,
    account: &Arc<Account>,
    client: &Client,
    payload: &Payload,
) -> Result<Where, Answer> {
    let bot = account.bot().await.map_err(|error| {
        tracing::info!(account = %account.config.id, "slash channel lookup failed: who the bot is cannot be asked: {}", quoted(&error.message));
        Answer::Unknown
    })?;
    let channel_id = &payload.channel_id;
    let not_there = || Answer::NotThere { bot: bot.username.clone() };
    let failed = |error: Option<Error>| {
        let why = error.map_or_else(|| "no answer in time".to_owned(), |error| error.to_string());
        tracing::info!(account = %account.config.id, "slash channel lookup failed for {channel_id}: {}", quoted(&why));
        Answer::Unknown
    };
    // Asked each time: what a channel is decides who is heard there.
    let channel = match ask(deps, client, client.channel(channel_id)).await {
        Ok(channel) => channel,
        Err(Some(error)) if is_hidden(&error) => return Err(not_there()),
        Err(error) => return Err(failed(error)),
    };
    let Some(kind) = kind(&channel.channel_type) else { return Err(failed(None)) };
    // A bot sees public channels without being in them, and cannot post there.
    match ask(deps, client, client.channel_member(channel_id, &bot.id)).await {
        Ok(_) => {}
        Err(Some(error)) if is_hidden(&error) => return Err(not_there()),
        Err(error) => return Err(failed(error)),
    }
    let room = Room { channel, kind };
    let inside = inside(deps, client, payload).await.map_err(failed)?;
    let thread = match &inside {
        Some(root_id) => {
            let post = Post { root_id: root_id.clone(), ..Post::default() };
            account.config.threading.thread(kind, &post)
        }
        // There is no post that a thread could begin with.
        None => Thread::default(),
    };
    Ok(Where { room, thread, inside })
}

/// The first post of the thread that a call names, if it is one of its channel.
async fn inside(deps: &Deps, client: &Client, payload: &Payload) -> Result<Option<String>, Option<Error>> {
    if !is_id(&payload.root_id) {
        return Ok(None);
    }
    let post = match ask(deps, client, client.post(&payload.root_id)).await {
        Ok(post) => post,
        Err(Some(error)) if is_hidden(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    if post.channel_id != payload.channel_id || post.delete_at > 0 {
        return Ok(None);
    }
    Ok(Some(if post.root_id.is_empty() { post.id } else { post.root_id }))
}

fn is_hidden(error: &Error) -> bool {
    error.is_not_found() || error.status() == Some(403)
}

/// `None`: no answer in time.
async fn ask<T>(
    deps: &Deps,
    client: &Client,
    question: impl Future<Output = Result<T, Error>>,
) -> Result<T, Option<Error>> {
    let brake = deps.brakes.of(client.server().as_str());
    let asking = async {
        brake.ready().await;
        question.await.inspect_err(|error| brake.heed(error))
    };
    tokio::time::timeout(PATIENCE, asking).await.map_err(|_| None)?.map_err(Some)
}
