//! A post that was clicked becomes another one.

use super::confirm;
use crate::account::Deps;
use mattermost_client::model::Post;
use mattermost_client::{Client, PostPatch};
use serde_json::{Value, json};
use std::time::Duration;

/// How long the server may take to change the post before it is asked to do so by the answer.
const CHANGED: Duration = Duration::from_secs(3);
/// How long it may take to learn what the post says by then.
const LOOKED: Duration = Duration::from_secs(1);

/// Change a post; whether the server did.
pub(crate) async fn change(deps: &Deps, client: &Client, post_id: &str, patch: PostPatch) -> bool {
    let brake = deps.brakes.of(client.server().as_str());
    let changing = async {
        brake.ready().await;
        client.patch_post(post_id, &patch).await
    };
    match tokio::time::timeout(CHANGED, changing).await {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => {
            brake.heed(&error);
            tracing::info!("mattermost interaction: failed to update post {post_id}: {error}");
            false
        }
        Err(_) => {
            tracing::info!("mattermost interaction: failed to update post {post_id}: no answer in time");
            false
        }
    }
}

/// What the answer to a click asks the server to do, where the plugin cannot: to put this line in the place of the
/// buttons, also of a post that is not the bot's own. The server takes the text from there as well, so it is read again.
pub(super) async fn update(client: &Client, post: &Post, line: &str) -> Value {
    let now = tokio::time::timeout(LOOKED, client.post(&post.id)).await;
    let post = now.ok().and_then(Result::ok).unwrap_or_else(|| post.clone());
    json!({ "message": post.message, "props": confirm::props(&post, line) })
}
