//! Posts that were edited meanwhile: an edit may add the mention that makes a post one for the bot.

use super::pages::Source;
use mattermost_client::model::{Channel, Post};
use mattermost_client::{Error, PostsQuery};

/// Channels that are looked at, those with the newest posts first: an edit does not show in a channel's list entry.
const MOST_CHANNELS: usize = 50;

/// The channels in which an edit is looked for: where something was posted since `oldest`.
pub(super) fn channels(mut listed: Vec<Channel>, oldest: i64) -> Vec<Channel> {
    listed.retain(|channel| channel.last_post_at > oldest);
    listed.sort_by_key(|channel| std::cmp::Reverse(channel.last_post_at));
    listed.truncate(MOST_CHANNELS);
    listed
}

/// Posts of a channel that are older than `since` and were edited after it, oldest first.
///
/// # Errors
/// What repeating does not change.
pub(super) async fn read(source: &impl Source, channel: &Channel, since: i64) -> Result<Vec<Post>, Error> {
    let query = PostsQuery { since: Some(since), ..PostsQuery::default() };
    let list = source.posts(&channel.id, &query).await?;
    let mut posts: Vec<Post> = list
        .posts
        .into_values()
        .filter(|post| {
            post.channel_id == channel.id
                && post.edit_at > since
                && post.create_at <= since
                && post.delete_at == 0
        })
        .collect();
    posts.sort_by(|a, b| (a.create_at, &a.id).cmp(&(b.create_at, &b.id)));
    Ok(posts)
}
