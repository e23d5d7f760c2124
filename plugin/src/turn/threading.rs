//! In which thread a message is answered, and which session it belongs to.

use crate::config::{ReplyMode, Threading};
use host_sdk::protocol::ChatKind;
use mattermost_client::model::Post;

/// The thread of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// The thread that the answer goes to.
    pub reply: Option<String>,
    /// The thread whose session the message belongs to.
    pub session: Option<String>,
}

impl Threading {
    /// How threads are begun in a conversation of this kind.
    #[must_use]
    pub fn mode(&self, kind: ChatKind) -> ReplyMode {
        match kind {
            ChatKind::Direct => self.direct,
            ChatKind::Group => self.group,
            ChatKind::Channel => self.channel,
        }
    }

    /// The thread of a post. Where one was asked, one answers: also inside a direct conversation's thread, where the
    /// asker would otherwise not see the answer; but there the session stays the conversation's unless the
    /// configuration wants threads in direct conversations.
    #[must_use]
    pub fn thread(&self, kind: ChatKind, post: &Post) -> Thread {
        let starts = self.mode(kind).starts_threads();
        let inside = Some(&post.root_id).filter(|root| !root.is_empty()).cloned();
        if kind == ChatKind::Direct && !starts {
            return Thread { reply: inside, session: None };
        }
        let root = inside.or_else(|| starts.then(|| post.id.clone()));
        Thread { reply: root.clone(), session: root }
    }
}
