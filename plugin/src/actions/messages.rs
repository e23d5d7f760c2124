//! Posts that stand already: edited, deleted, pinned.

use super::asking::Asking;
use crate::config::Pins;
use host_sdk::protocol::{ActionDone, EditAction, Error, ErrorCode, MessageAction};
use mattermost_client::PostPatch;
use mattermost_client::model::Post;

/// Characters that a post may have; servers count code points.
const LONGEST: usize = 16_383;

/// Change the text of a post; everything else of it stays. A text that is there already is not written again.
///
/// # Errors
/// The text is empty or too long, the post is not there or not for the caller, or the server's.
pub(super) async fn edit(asking: &Asking, ask: &EditAction, text: &str) -> Result<ActionDone, Error> {
    if text.trim().is_empty() {
        return Err(Error::invalid("the new text is empty; use delete to remove the message").at("text"));
    }
    let length = text.chars().count();
    if length > LONGEST {
        return Err(Error::new(
            ErrorCode::TooLarge,
            format!(
                "the new text has {length} characters, and a post takes {LONGEST} at most: shorten it, or send the rest as \
                 a message of its own"
            ),
        )
        .at("text"));
    }
    let post = asking.post(&ask.message_id, ask.target.as_deref()).await?;
    people_wrote(&post)?;
    asking.own(&post, "edit").await?;
    let same = post.message == text;
    if !same && !ask.dry_run {
        let patch = PostPatch { message: Some(text.to_owned()), ..PostPatch::default() };
        asking.call(|| asking.client.patch_post(&post.id, &patch)).await?;
    }
    let said = match same {
        true => format!("{} says that already", post.id),
        false => format!("Edited {}", post.id),
    };
    Ok(done(asking, post, said, !same, ask.dry_run))
}

/// Delete a post.
///
/// # Errors
/// The post is not there or not for the caller, an agent would delete what others answered, or the server's.
pub(super) async fn delete(asking: &Asking, ask: &MessageAction) -> Result<ActionDone, Error> {
    let post = asking.post(&ask.message_id, ask.target.as_deref()).await?;
    asking.own(&post, "delete").await?;
    if asking.is_agent() && post.root_id.is_empty() {
        others_answered(asking, &post).await?;
    }
    if !ask.dry_run {
        asking.call(|| asking.client.delete_post(&post.id)).await?;
    }
    let said = format!("Deleted {}", post.id);
    Ok(done(asking, post, said, true, ask.dry_run))
}

/// With the first post of a thread the server deletes all of it.
async fn others_answered(asking: &Asking, post: &Post) -> Result<(), Error> {
    let thread = asking.call(|| asking.client.thread(&post.id)).await?;
    if thread.posts.values().all(|reply| reply.user_id == post.user_id) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::Forbidden,
        format!("others answered in the thread of {}, and deleting it would delete what they wrote", post.id),
    )
    .at("message_id"))
}

/// Pin a post, or take the pin off.
///
/// # Errors
/// The post is not there or not for the caller, or the server's.
pub(super) async fn pin(asking: &Asking, ask: &MessageAction, pinned: bool) -> Result<ActionDone, Error> {
    let post = asking.post(&ask.message_id, ask.target.as_deref()).await?;
    if asking.config().actions.pins == Pins::Own {
        asking.own(&post, if pinned { "pin" } else { "unpin" }).await.map_err(|mut error| {
            error.message.push_str("; plugins.entries.mattermost.config.actions.pins: true opens the rest");
            error
        })?;
    }
    let same = post.is_pinned == pinned;
    if !same && !ask.dry_run {
        let client = &asking.client;
        match pinned {
            true => asking.call(|| client.pin_post(&post.id)).await?,
            false => asking.call(|| client.unpin_post(&post.id)).await?,
        }
    }
    let said = match (pinned, same) {
        (true, false) => format!("Pinned {}", post.id),
        (true, true) => format!("{} is pinned already", post.id),
        (false, false) => format!("Unpinned {}", post.id),
        (false, true) => format!("{} is not pinned", post.id),
    };
    Ok(done(asking, post, said, !same, ask.dry_run))
}

fn people_wrote(post: &Post) -> Result<(), Error> {
    if post.type_.starts_with("system_") {
        return Err(
            Error::invalid(format!("the post {} was written by the server itself", post.id)).at("message_id")
        );
    }
    Ok(())
}

fn done(asking: &Asking, post: Post, text: String, changed: bool, dry_run: bool) -> ActionDone {
    ActionDone {
        account_id: asking.config().id.clone(),
        target: format!("channel:{}", post.channel_id),
        message_id: post.id,
        emoji: None,
        changed: changed && !dry_run,
        dry_run,
        text,
    }
}
