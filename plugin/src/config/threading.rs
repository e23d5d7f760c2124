//! Whether answers make threads.

use super::node::Layers;
use super::words::words;

words! {
    /// Whether an answer outside of a thread begins one. The three modes that are not off mean the same here.
    #[derive(Default)]
    ReplyMode {
        /// It does not.
        #[default]
        Off = "off",
        /// It does.
        First = "first",
        /// It does.
        All = "all",
        /// It does.
        Batched = "batched",
    }
}

impl ReplyMode {
    /// An answer outside of a thread begins one.
    #[must_use]
    pub const fn starts_threads(self) -> bool {
        !matches!(self, Self::Off)
    }
}

/// Whether answers make threads, by kind of conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Threading {
    /// `replyToMode`, as it is written.
    pub mode: ReplyMode,
    /// In direct messages: off unless `replyToModeByChatType.direct` says otherwise.
    pub direct: ReplyMode,
    /// In groups and private channels.
    pub group: ReplyMode,
    /// In public channels.
    pub channel: ReplyMode,
}

impl Threading {
    pub(super) fn read(layers: &Layers<'_>) -> Self {
        let mode: ReplyMode = layers.merged.word("replyToMode").unwrap_or_default();
        let by_kind = layers.merged.node("replyToModeByChatType");
        Self {
            mode,
            direct: by_kind.word("direct").unwrap_or_default(),
            group: by_kind.word("group").unwrap_or(mode),
            channel: by_kind.word("channel").unwrap_or(mode),
        }
    }
}
