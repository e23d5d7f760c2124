//! Files.

use serde::{Deserialize, Serialize};

use super::or_default;

/// What the server knows about a file. Times are milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    /// 26 characters, unique on the server.
    pub id: String,
    /// The name it was uploaded with.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Without the dot.
    #[serde(default, deserialize_with = "or_default")]
    pub extension: String,
    /// In bytes.
    #[serde(default, deserialize_with = "or_default")]
    pub size: u64,
    /// Guessed by the server from name and content.
    #[serde(default, deserialize_with = "or_default")]
    pub mime_type: String,
    /// The post it is attached to; empty before that.
    #[serde(default, deserialize_with = "or_default")]
    pub post_id: String,
    /// The channel it was uploaded to. Older servers leave it out.
    #[serde(default, deserialize_with = "or_default")]
    pub channel_id: String,
    /// Who uploaded it.
    #[serde(default, deserialize_with = "or_default")]
    pub user_id: String,
    /// When it was uploaded.
    #[serde(default, deserialize_with = "or_default")]
    pub create_at: i64,
}

/// The answer to an upload.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct FileUpload {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) file_infos: Vec<FileInfo>,
}
