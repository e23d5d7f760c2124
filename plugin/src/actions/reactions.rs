//! Reactions: put there, taken off, listed.

use super::asking::Asking;
use super::{emoji, told};
use host_sdk::protocol::{
    ActionDone, ActionUser, Error, MessageAction, ReactAction, ReactionCount, ReactionList,
};

/// Put an emoji on a post, or take the bot's own off.
///
/// # Errors
/// As `Mattermost add reaction failed: ...` or `Mattermost remove reaction failed: ...`.
pub(super) async fn react(asking: &Asking, ask: &ReactAction) -> Result<ActionDone, Error> {
    let what = if ask.remove { "remove" } else { "add" };
    change(asking, ask).await.map_err(|mut error| {
        error.message = format!("Mattermost {what} reaction failed: {}", error.message);
        error
    })
}

async fn change(asking: &Asking, ask: &ReactAction) -> Result<ActionDone, Error> {
    let name = emoji::name(&ask.emoji);
    if name.is_empty() {
        return Err(
            Error::invalid("the emoji is empty; write a name like :thumbsup:, or the character").at("emoji")
        );
    }
    if !emoji::is_name(&name) {
        return Err(Error::invalid(
            "the emoji is not known; write its name as the server shows it, like :thumbsup:",
        )
        .at("emoji"));
    }
    let post = asking.post(&ask.message_id, ask.target.as_deref()).await?;
    let text = match ask.remove {
        true => format!("Removed reaction :{name}: from {}", post.id),
        false => format!("Reacted with :{name}: on {}", post.id),
    };
    if !ask.dry_run {
        let bot = asking.account.bot().await?.id;
        let client = &asking.client;
        let done = match ask.remove {
            true => asking.call(|| client.remove_reaction(&bot, &post.id, &name)).await,
            false => asking.call(|| client.add_reaction(&bot, &post.id, &name)).await,
        };
        done.map_err(|error| match error.http_status {
            // The post is there: what the server does not know is the emoji.
            Some(400 | 404) => error.at("emoji"),
            _ => error,
        })?;
    }
    Ok(ActionDone {
        account_id: asking.config().id.clone(),
        target: format!("channel:{}", post.channel_id),
        message_id: post.id,
        emoji: Some(name),
        changed: !ask.dry_run,
        dry_run: ask.dry_run,
        text,
    })
}

/// Who reacted to a post, by emoji.
///
/// # Errors
/// The post is not there or not for the caller, or the server's.
pub(super) async fn list(asking: &Asking, ask: &MessageAction) -> Result<ReactionList, Error> {
    let post = asking.post(&ask.message_id, ask.target.as_deref()).await?;
    let mut list = ReactionList {
        account_id: asking.config().id.clone(),
        target: format!("channel:{}", post.channel_id),
        message_id: post.id,
        reactions: Vec::new(),
        dry_run: ask.dry_run,
    };
    if ask.dry_run {
        return Ok(list);
    }
    let mut reactions = asking.call(|| asking.client.reactions(&list.message_id)).await?;
    reactions.sort_by_key(|reaction| reaction.create_at);
    let names = told::names(asking, reactions.iter().map(|reaction| reaction.user_id.as_str())).await;
    for reaction in reactions {
        let user = ActionUser { username: names.get(&reaction.user_id).cloned(), id: reaction.user_id };
        match list.reactions.iter_mut().find(|known| known.emoji == reaction.emoji_name) {
            Some(known) => known.users.push(user),
            None => list.reactions.push(ReactionCount { emoji: reaction.emoji_name, users: vec![user] }),
        }
    }
    Ok(list)
}
