//! What people and integrations do beyond writing text, without HTTP; and what no server should say.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::{
    errors::{ApiError, SimError},
    ids::Id,
    sim::Sim,
    sim_people::{PostRecord, parse},
    state::{NewFile, NewPost, PostPatch, UserPatch},
};

/// How long a telling waits for a connection that reads slowly.
const PAUSE: Duration = Duration::from_millis(1);

/// A post with what integrations and the server's own commands give it.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The text.
    pub message: String,
    /// The thread; empty for none.
    pub root_id: String,
    /// `attachments`, `from_webhook` and the like.
    pub props: Map<String, Value>,
    /// Files that the author uploaded and no post has.
    pub file_ids: Vec<String>,
    /// Empty for what people write, `me`, `slack_attachment`, `custom_...`.
    pub kind: &'static str,
}

/// An uploaded file as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// Its name.
    pub name: String,
    /// By its name, else as the upload said.
    pub mime_type: String,
    /// What is in it.
    pub content: Vec<u8>,
}

impl Sim {
    /// Posts as a user, with everything that a post may have.
    pub fn post_draft(&self, user_id: &str, channel_id: &str, draft: Draft) -> Result<PostRecord, SimError> {
        let (user_id, channel_id) = (parse(user_id)?, parse(channel_id)?);
        let Draft { message, root_id, props, file_ids, kind } = draft;
        let file_ids = file_ids.iter().map(|id| parse(id)).collect::<Result<_, _>>()?;
        let new = NewPost { message, root_id, props, file_ids, kind: kind.into(), ..NewPost::default() };
        let mut world = self.app.world();
        let id = world.create_post(user_id, channel_id, new)?;
        Ok(world.live_post(id)?.into())
    }

    /// Uploads a file that a later draft may have; its id. The name is kept as it is, path and all.
    pub fn upload_as(
        &self,
        user_id: &str,
        channel_id: &str,
        name: &str,
        content: Vec<u8>,
    ) -> Result<String, SimError> {
        let (user_id, channel_id) = (parse(user_id)?, parse(channel_id)?);
        let mut world = self.app.world();
        world.writable_channel(user_id, channel_id)?;
        let content = Bytes::from(content);
        let id =
            world.add_file(user_id, channel_id, NewFile { name: name.to_owned(), mime_type: None, content });
        if let Some(file) = world.files.get_mut(&id) {
            name.clone_into(&mut file.name);
        }
        Ok(id.to_string())
    }

    /// An uploaded file.
    pub fn file(&self, id: &str) -> Result<FileRecord, SimError> {
        let id = parse(id)?;
        let world = self.app.world();
        let file =
            world.files.get(&id).ok_or(ApiError::missing("sim.file.missing", "There is no such file."))?;
        Ok(FileRecord {
            name: file.name.clone(),
            mime_type: file.mime_type.clone(),
            content: file.content.to_vec(),
        })
    }

    /// Pins a post, or takes the pin back.
    pub fn pin(&self, post_id: &str, pinned: bool) -> Result<(), SimError> {
        Ok(self.app.world().set_pinned(parse(post_id)?, pinned)?)
    }

    /// Gives a post other props, as a click on a button does.
    pub fn patch_props(&self, post_id: &str, props: Map<String, Value>) -> Result<(), SimError> {
        let patch = PostPatch { props: Some(props), ..PostPatch::default() };
        Ok(self.app.world().patch_post(parse(post_id)?, patch)?)
    }

    /// Takes an emoji back.
    pub fn unreact_as(&self, user_id: &str, post_id: &str, emoji_name: &str) -> Result<(), SimError> {
        let (user_id, post_id) = (parse(user_id)?, parse(post_id)?);
        Ok(self.app.world().remove_reaction(user_id, post_id, emoji_name)?)
    }

    /// The group conversation of some users, made if there is none; its id.
    pub fn group_channel(&self, users: &[&str]) -> Result<String, SimError> {
        let users: BTreeSet<Id> = users.iter().map(|id| parse(id)).collect::<Result<_, _>>()?;
        Ok(self.app.world().group_channel(&users)?.to_string())
    }

    /// Gives a user another name.
    pub fn rename(&self, user_id: &str, username: &str) -> Result<(), SimError> {
        let patch = UserPatch { username: Some(username.to_owned()), ..UserPatch::default() };
        Ok(self.app.world().patch_user(parse(user_id)?, patch)?)
    }

    /// Adds a user to a channel, as one of its members would.
    pub fn join(&self, by: &str, channel_id: &str, user_id: &str) -> Result<(), SimError> {
        Ok(self.app.world().add_channel_member(parse(by)?, parse(channel_id)?, parse(user_id)?)?)
    }

    /// Sends frames to a user's WebSockets that no part of this server makes; each is a JSON object without a number.
    /// Waits while a connection is behind.
    pub async fn tell(&self, user_id: &str, frames: impl IntoIterator<Item = Value>) -> Result<(), SimError> {
        let user_id = parse(user_id)?;
        for frame in frames {
            let mut text = serde_json::to_string(&frame).unwrap_or_default();
            if text.pop() != Some('}') {
                return Err(ApiError::body("frame").into());
            }
            text.push_str(",\"seq\":");
            let frame = Arc::from(text);
            let behind = || self.app.world().is_behind(user_id);
            while behind() {
                tokio::time::sleep(PAUSE).await;
            }
            self.app.world().push_frame(user_id, &frame);
        }
        Ok(())
    }
}
