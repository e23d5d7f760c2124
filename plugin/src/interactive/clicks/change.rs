//! A post that was clicked becomes another one.

use crate::account::Deps;
use mattermost_client::{Client, PostPatch};
use std::time::Duration;

/// How long the server may take to change the post before it is asked to do so by the answer.
const CHANGED: Duration = Duration::from_secs(3);

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
