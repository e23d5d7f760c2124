//! Parts of a delivery that stand on the server already, although it is cut in other places now: its account may have got
//! another configuration since, or the plugin another version.
//!
//! Parts of two cuts side by side would repeat some of the text and leave some of it out. So a part that says something
//! else than it should is edited, and one that is too many is deleted.

use super::alone::delete_alone;
use super::deliver::Sending;
use super::marks::Mark;
use super::retry::Retry;
use host_sdk::protocol::Error;
use mattermost_client::PostPatch;
use mattermost_client::model::Post;
use std::collections::BTreeMap;

/// Is the whole delivery there, however it was cut?
pub(super) fn is_whole(there: &BTreeMap<usize, Post>) -> bool {
    let mut marks = there.values().filter_map(Mark::of);
    marks
        .next()
        .is_some_and(|first| first.parts == there.len() && marks.all(|mark| mark.parts == first.parts))
}

impl Sending<'_> {
    /// Make a post say this. `None`: it is not there any more. One that the server lets nobody edit any more stays as it
    /// is: the parts after it are worth more than the cut.
    ///
    /// # Errors
    /// The server's last one.
    pub(super) async fn amend(
        &self,
        post: Post,
        text: &str,
        retry: &mut Retry<'_>,
    ) -> Result<Option<Post>, Error> {
        if post.message == text {
            return Ok(Some(post));
        }
        let patch = PostPatch { message: Some(text.to_owned()), ..PostPatch::default() };
        retry.reset();
        loop {
            self.brake.ready().await;
            match self.client.patch_post(&post.id, &patch).await {
                Ok(post) => return Ok(Some(post)),
                Err(error) if error.is_not_found() => return Ok(None),
                Err(error) if matches!(error.status(), Some(400 | 403)) => return Ok(Some(post)),
                Err(error) => {
                    self.brake.heed(&error);
                    retry.after(&error).await?;
                }
            }
        }
    }

    /// Take posts away that the delivery has no more.
    ///
    /// # Errors
    /// The server's last one.
    pub(super) async fn withdraw(
        &self,
        posts: BTreeMap<usize, Post>,
        retry: &mut Retry<'_>,
    ) -> Result<(), Error> {
        for post in posts.values() {
            retry.reset();
            loop {
                self.brake.ready().await;
                match delete_alone(self.client, &post.id, !post.root_id.is_empty()).await {
                    Ok(()) => break,
                    Err(error) if error.is_not_found() => break,
                    Err(error) => {
                        self.brake.heed(&error);
                        retry.after(&error).await?;
                    }
                }
            }
        }
        Ok(())
    }
}
