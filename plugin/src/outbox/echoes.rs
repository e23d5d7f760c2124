//! Our own posts, as the socket tells of them: a receipt that also comes when the answer to the request is lost.

use mattermost_client::model::Post;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

type Waiting = HashMap<String, watch::Sender<Option<Post>>>;

/// The posts that are under way, by their `pending_post_id`.
#[derive(Clone, Debug, Default)]
pub struct Echoes {
    waiting: Arc<Mutex<Waiting>>,
}

impl Echoes {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listen for a post that is going to be made.
    pub(super) fn listen_for(&self, pending_post_id: &str) -> Expected {
        let (sender, receiver) = watch::channel(None);
        self.lock().insert(pending_post_id.to_owned(), sender);
        Expected { echoes: self.clone(), id: pending_post_id.to_owned(), receiver }
    }

    /// The socket told of a post of ours.
    pub fn hear(&self, post: &Post) {
        if post.pending_post_id.is_empty() {
            return;
        }
        if let Some(waiting) = self.lock().get(&post.pending_post_id) {
            waiting.send_replace(Some(post.clone()));
        }
    }
}

/// A post that is going to be made.
#[derive(Debug)]
pub(super) struct Expected {
    echoes: Echoes,
    id: String,
    receiver: watch::Receiver<Option<Post>>,
}

impl Expected {
    /// The post, if it was heard.
    pub(super) fn heard(&self) -> Option<Post> {
        self.receiver.borrow().clone()
    }

    /// Wait until it is heard.
    pub(super) async fn echo(&mut self) -> Post {
        loop {
            if let Some(post) = self.heard() {
                return post;
            }
            if self.receiver.changed().await.is_err() {
                // Nobody will tell any more.
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.echoes.lock().remove(&self.id);
    }
}
