//! What a channel is.

use super::asking::Asking;
use host_sdk::protocol::{ChannelAction, ChannelInfo, Error};
use mattermost_client::model::ChannelType;

/// What a channel is.
///
/// # Errors
/// The channel is not there or not for the caller, or the server's.
pub(super) async fn info(asking: &Asking, ask: &ChannelAction) -> Result<ChannelInfo, Error> {
    let channel = asking.place(ask.target.as_deref()).await?;
    let stats = match ask.dry_run {
        true => None,
        // A number more or less is no reason to fail.
        false => asking.call(|| asking.client.channel_stats(&channel.id)).await.ok(),
    };
    let kind = match &channel.channel_type {
        ChannelType::Public => "public",
        ChannelType::Private => "private",
        ChannelType::Direct => "direct",
        ChannelType::Group => "group",
        ChannelType::Other(other) => other,
    };
    Ok(ChannelInfo {
        account_id: asking.config().id.clone(),
        target: format!("channel:{}", channel.id),
        kind: kind.to_owned(),
        member_count: stats.map(|stats| stats.member_count),
        archived: channel.delete_at > 0,
        team_id: Some(channel.team_id).filter(|id| !id.is_empty()),
        id: channel.id,
        name: channel.name,
        display_name: channel.display_name,
        header: channel.header,
        purpose: channel.purpose,
        create_at: channel.create_at,
        last_post_at: channel.last_post_at,
        dry_run: ask.dry_run,
    })
}
