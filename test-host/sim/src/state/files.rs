//! Uploaded files.

use bytes::Bytes;

use super::{File, World};
use crate::{clock::now_ms, errors::ApiError, ids::Id};

/// A file to be stored.
#[derive(Debug)]
pub(crate) struct NewFile {
    pub(crate) name: String,
    pub(crate) mime_type: Option<String>,
    pub(crate) content: Bytes,
}

/// The kinds that file names tell, where the upload does not say.
const MIME_TYPES: [(&str, &str); 14] = [
    ("txt", "text/plain; charset=utf-8"),
    ("md", "text/markdown"),
    ("html", "text/html; charset=utf-8"),
    ("json", "application/json"),
    ("csv", "text/csv; charset=utf-8"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("svg", "image/svg+xml"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
];

impl World {
    /// Stores an upload that no post has yet.
    pub(crate) fn add_file(&mut self, user_id: Id, channel_id: Id, new: NewFile) -> Id {
        // A client that sends a path means its last part.
        let name = new.name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let extension = name.rsplit_once('.').map(|(_, end)| end.to_lowercase()).unwrap_or_default();
        let known = MIME_TYPES.iter().find(|(end, _)| *end == extension).map(|(_, kind)| (*kind).to_owned());
        let file = File {
            id: Id::new(),
            user_id,
            post_id: None,
            channel_id,
            create_at: now_ms(),
            name,
            extension,
            mime_type: known.or(new.mime_type).unwrap_or_else(|| "application/octet-stream".to_owned()),
            content: new.content,
        };
        let id = file.id;
        self.files.insert(id, file);
        id
    }

    /// A file that the user may read; `missing` is the error for an unknown one, which differs between calls.
    pub(crate) fn readable_file(
        &self,
        user_id: Id,
        file_id: Id,
        missing: ApiError,
    ) -> Result<&File, ApiError> {
        let file = self.files.get(&file_id).ok_or(missing)?;
        let channel = self.channels.get(&file.channel_id);
        let allowed =
            file.user_id == user_id || channel.is_some_and(|channel| self.may_read(user_id, channel));
        if allowed { Ok(file) } else { Err(ApiError::permission()) }
    }

    /// Gives a post those of the files that its author uploaded and no post has.
    pub(super) fn attach_files(&mut self, post_id: Id, user_id: Id, asked: &[Id]) -> Vec<Id> {
        let mut attached = Vec::with_capacity(asked.len());
        for id in asked {
            if let Some(file) = self.files.get_mut(id)
                && file.post_id.is_none()
                && file.user_id == user_id
            {
                file.post_id = Some(post_id);
                attached.push(*id);
            }
        }
        attached
    }

    /// The files of a post in its order.
    pub(crate) fn files_of<'a>(&'a self, file_ids: &'a [Id]) -> impl Iterator<Item = &'a File> {
        file_ids.iter().filter_map(|id| self.files.get(id))
    }
}
