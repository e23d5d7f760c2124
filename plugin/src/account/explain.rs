//! Why a message that stands on the server is answered or not.

use super::deps::Deps;
use super::login::Account;
use super::pairing;
use super::threads::Threads;
use crate::config::DmPolicy;
use crate::error::from_client;
use crate::gate::Commands;
use crate::intake::{self, Reader};
use host_sdk::protocol::{Error, Explanation};
use mattermost_client::event::Posted;
use mattermost_client::model::ChannelType;
use std::sync::Arc;

/// Look at a message as the account would when it hears it. Nothing is done. A process that runs no accounts knows
/// neither who was paired nor in which threads the bot took part.
pub(crate) async fn explain(
    account: &Account,
    gateway: Option<&Deps>,
    commands: Arc<Commands>,
    message_id: &str,
) -> Result<Explanation, Error> {
    let client = account.client()?;
    let told = |error| from_client(&error);
    let bot = account.bot().await?;
    let post = client.post(message_id).await.map_err(told)?;
    let channel = client.channel(&post.channel_id).await.map_err(told)?;
    let author = client.user(&post.user_id).await.map_err(told)?;
    let direct = channel.channel_type == ChannelType::Direct;
    let took_part = match gateway {
        Some(deps) if !post.root_id.is_empty() => {
            let threads = deps.turns.journal.load(&account.config.id).await.map(|known| known.threads);
            Threads::new(&threads.unwrap_or_default()).took_part(&post.root_id, post.create_at)
        }
        _ => false,
    };
    let paired = match gateway {
        Some(deps) if direct && account.config.policies.dm == DmPolicy::Pairing => {
            pairing::ask(deps, &account.config.id, &author.id, Some(&author.username), false)
                .await
                .ok()
                .map(|answer| answer.approved)
        }
        _ => None,
    };
    let posted = Posted {
        channel_type: channel.channel_type,
        channel_name: channel.name,
        channel_display_name: channel.display_name,
        sender_name: format!("@{}", author.username),
        team_id: channel.team_id,
        post,
        ..Posted::default()
    };
    let reader = Reader::new(account.config.clone(), commands, bot);
    Ok(intake::explain(&reader, &posted, took_part, paired))
}
