//! Deleting a post of ours without what others wrote below it.

use mattermost_client::Client;

/// Delete a post, unless people answered in its thread: with the first post of a thread the server deletes all of it, and
/// what people wrote is worth more than a tidy channel. A `reply` begins no thread.
///
/// # Errors
/// The server's: 403 or 404 for a post that is gone.
pub(super) async fn delete_alone(
    client: &Client,
    post_id: &str,
    reply: bool,
) -> Result<(), mattermost_client::Error> {
    if !reply && others_answered(client, post_id).await? {
        return Ok(());
    }
    client.delete_post(post_id).await
}

async fn others_answered(client: &Client, post_id: &str) -> Result<bool, mattermost_client::Error> {
    let thread = match client.thread(post_id).await {
        Ok(thread) => thread,
        // It is gone, or this server shows no threads: the deletion tells.
        Err(error) if error.is_not_found() => return Ok(false),
        Err(error) => return Err(error),
    };
    let author = thread.posts.get(post_id).map(|post| post.user_id.clone()).unwrap_or_default();
    Ok(thread.posts.values().any(|post| post.user_id != author))
}
