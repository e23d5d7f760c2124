//! Reactions.

use serde::{Deserialize, Serialize};

use super::or_default;

/// An emoji that a user put on a post.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// Who reacted.
    pub user_id: String,
    /// To which post.
    pub post_id: String,
    /// The emoji's name without colons, like `thumbsup` or `+1`.
    pub emoji_name: String,
    /// In which channel. Older servers leave it out, and removals leave it empty: the event's broadcast has it.
    #[serde(default, deserialize_with = "or_default")]
    pub channel_id: String,
    /// In milliseconds since 1970; 0 in a removal.
    #[serde(default, deserialize_with = "or_default")]
    pub create_at: i64,
}
