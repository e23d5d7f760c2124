//! A post that came out without its files. A server attaches a file once; one that it cannot attach it leaves out, and the
//! post is made all the same.

use super::outgoing::Group;
use super::upload::{Uploads, ends_all};
use crate::outbox::create::create;
use crate::outbox::echoes::Echoes;
use crate::outbox::lookup::Lookup;
use crate::outbox::retry::Retry;
use host_sdk::protocol::{Error, ErrorCode};
use mattermost_client::model::Post;
use mattermost_client::{NewPost, PostPatch};
use std::sync::atomic::AtomicBool;

/// How often a post is made anew.
const TRIES: u8 = 2;

/// What a mending needs to know of the delivery.
pub(in crate::outbox) struct Mending<'a> {
    pub lookup: &'a Lookup<'a>,
    pub echoes: &'a Echoes,
    pub uploads: Uploads<'a>,
    pub part: usize,
}

impl Mending<'_> {
    /// See to it that a post has its files, once: `asked` is what it was made from.
    ///
    /// # Errors
    /// That the post stands without them; `CLOSED` and `CANCELLED`.
    pub(in crate::outbox) async fn whole(
        &self,
        mut post: Post,
        mut asked: NewPost,
        group: &Group,
        retry: &mut Retry<'_>,
    ) -> Result<Post, Error> {
        if post.file_ids.len() >= group.wanted {
            return Ok(post);
        }
        tracing::warn!(post = %post.id, "the server left files out of a post; it is mended");
        for _ in 0..TRIES {
            if let Some(first) = self.first_of_two(&post, group.wanted).await {
                return Ok(first);
            }
            let Some(ids) = self.ids(&post, group, retry).await? else { break };
            asked.file_ids.clone_from(&ids);
            if let Some(whole) = self.patched(&post, &ids).await {
                return Ok(whole);
            }
            if !self.may_be_replaced(&post).await {
                break;
            }
            // Another id: under the first one the server would answer by the post that is deleted now.
            asked.pending_post_id.push('m');
            retry.reset();
            post =
                create(self.lookup, self.echoes, retry, &asked, self.part, &AtomicBool::new(false)).await?;
            if post.file_ids.len() >= group.wanted {
                return Ok(post);
            }
        }
        let missing = group.wanted.saturating_sub(post.file_ids.len());
        let told = format!("the message was posted, but the server left out {missing} of its files");
        Err(Error::new(ErrorCode::Internal, told).at("media"))
    }

    /// An earlier post of the same part has the files: this one is its double, made after its answer was lost.
    async fn first_of_two(&self, post: &Post, wanted: usize) -> Option<Post> {
        let mut parts = self.lookup.parts().await.ok()?;
        let first = parts.remove(&self.part).filter(|first| first.id != post.id)?;
        if first.file_ids.len() < wanted {
            return None;
        }
        if let Err(error) = self.lookup.client.delete_post(&post.id).await {
            tracing::warn!(post = %post.id, "a second post without files cannot be deleted: {error}");
        }
        Some(first)
    }

    /// The files' ids, uploaded again where the server attached them elsewhere or lost them. `None` when that fails.
    async fn ids(
        &self,
        post: &Post,
        group: &Group,
        retry: &mut Retry<'_>,
    ) -> Result<Option<Vec<String>>, Error> {
        let mut ids = Vec::with_capacity(group.ids.len());
        for (id, loaded) in group.ids.iter().zip(&group.loaded) {
            if self.uploads.is_free(id, &post.id).await {
                ids.push(id.clone());
                continue;
            }
            match self.uploads.upload(loaded, retry).await {
                Ok(id) => ids.push(id),
                Err(error) if ends_all(&error) => return Err(error),
                Err(error) => {
                    tracing::warn!("a file cannot be uploaded again: {error}");
                    return Ok(None);
                }
            }
        }
        Ok(Some(ids))
    }

    /// The post with the files, where the server gives a post files that it does not have. Old ones only list them.
    async fn patched(&self, post: &Post, ids: &[String]) -> Option<Post> {
        let patch = PostPatch { file_ids: Some(ids.to_vec()), ..PostPatch::default() };
        self.lookup.brake.ready().await;
        let patched = self.lookup.client.patch_post(&post.id, &patch).await.ok()?;
        if patched.file_ids.len() < ids.len() {
            return None;
        }
        for id in ids {
            let info = self.lookup.client.file_info(id).await.ok()?;
            if info.post_id != post.id {
                return None;
            }
        }
        Some(patched)
    }

    /// Delete the post, unless somebody has answered it: the whole thread would go with it.
    async fn may_be_replaced(&self, post: &Post) -> bool {
        self.lookup.brake.ready().await;
        let answered = match self.lookup.client.thread(&post.id).await {
            Ok(thread) => thread.oldest_first().any(|reply| reply.root_id == post.id),
            Err(_) => true,
        };
        !answered && self.lookup.client.delete_post(&post.id).await.is_ok()
    }
}
