//! Files.

use serde::Serialize;
use serde_json::Value;

use crate::{ids::Id, options::Version, state::File};

/// What is told about a file.
#[derive(Debug, Serialize)]
pub(crate) struct FileView<'a> {
    id: Id,
    user_id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<Id>,
    create_at: i64,
    update_at: i64,
    delete_at: i64,
    name: &'a str,
    extension: &'a str,
    size: usize,
    mime_type: &'a str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    modern: Option<ModernFile>,
}

/// What later versions added.
#[derive(Debug, Serialize)]
struct ModernFile {
    mini_preview: Value,
    remote_id: &'static str,
    archived: bool,
}

/// A file as the API shows it.
pub(crate) fn file_view(file: &File, version: Version) -> FileView<'_> {
    let modern = version.is_modern();
    FileView {
        id: file.id,
        user_id: file.user_id,
        post_id: file.post_id,
        channel_id: modern.then_some(file.channel_id),
        create_at: file.create_at,
        update_at: file.create_at,
        delete_at: 0,
        name: &file.name,
        extension: &file.extension,
        size: file.content.len(),
        mime_type: &file.mime_type,
        modern: modern.then_some(ModernFile { mini_preview: Value::Null, remote_id: "", archived: false }),
    }
}
