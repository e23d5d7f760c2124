//! How much of what was written around a message the agent reads.

use super::node::Layers;
use super::words::words;

words! {
    /// Whose messages may stand in the history.
    #[derive(Default)]
    ContextVisibility {
        /// Everybody's.
        #[default]
        All = "all",
        /// Those of whoever is heard.
        Allowlist = "allowlist",
        /// Those of whoever is heard, and what they quote.
        AllowlistQuote = "allowlist_quote",
    }
}

/// How much of what was written before a message goes along with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Messages per channel or thread; 0: none.
    pub limit: usize,
    /// Whose.
    pub visibility: ContextVisibility,
}

impl Default for History {
    fn default() -> Self {
        Self { limit: 50, visibility: ContextVisibility::All }
    }
}

impl History {
    pub(super) fn read(layers: &Layers<'_>) -> Self {
        let general = || layers.config.walk("messages.groupChat").whole("historyLimit");
        let limit = layers.merged.whole("historyLimit").or_else(general);
        let visibility = layers.merged.word("contextVisibility");
        let default = Self::default();
        Self {
            limit: limit.map_or(default.limit, |limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            visibility: visibility
                .or_else(|| layers.defaults().word("contextVisibility"))
                .unwrap_or(default.visibility),
        }
    }
}
