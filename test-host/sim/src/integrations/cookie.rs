//! What an ephemeral post's button carries: nothing of such a post is stored, so the client brings it back.

use serde::{Deserialize, Serialize};

use crate::{
    ids::Id,
    state::{Action, Integration},
};

/// The sealed part of a button, in the server's own fields.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ActionCookie {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) post_id: String,
    #[serde(default)]
    pub(super) root_post_id: String,
    #[serde(default)]
    pub(super) channel_id: String,
    #[serde(default)]
    pub(super) data_source: String,
    pub(super) integration: Option<Integration>,
}

impl ActionCookie {
    /// The cookie of an action on a post.
    pub(crate) fn new(post_id: Id, root_post_id: Id, channel_id: Id, action: &Action) -> Self {
        Self {
            kind: action.kind.clone(),
            post_id: post_id.to_string(),
            root_post_id: root_post_id.to_string(),
            channel_id: channel_id.to_string(),
            data_source: action.data_source.clone(),
            integration: Some(action.integration.clone()),
        }
    }
}
