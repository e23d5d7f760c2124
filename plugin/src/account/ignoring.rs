//! What operators are told of posts that are not for the agent.

use super::deps::Deps;
use crate::intake::Ignored;
use std::collections::HashSet;

/// Senders and channels that are named in the log, once each.
const TOLD: usize = 1000;

/// Who and what was named already.
#[derive(Debug, Default)]
pub(super) struct Ignoring {
    told: HashSet<String>,
}

impl Ignoring {
    /// A post was not for the agent.
    pub(super) fn tell(
        &mut self,
        deps: &Deps,
        account_id: &str,
        [post_id, sender, channel_id]: [&str; 3],
        why: Ignored,
    ) {
        deps.book.count(account_id, why.code());
        match why {
            Ignored::UnknownChannelType => {
                tracing::warn!(account = %account_id, post = %post_id, "cannot resolve channel type, post dropped");
            }
            // An operator wants to know once who it was, and which key says so.
            Ignored::Access(_) if self.is_new(sender) => {
                tracing::info!(account = %account_id, reason = why.code(), "not heard: user {sender} is not admitted by dmPolicy/allowFrom or groupPolicy/groupAllowFrom");
            }
            Ignored::NotMentioned if self.is_new(channel_id) => {
                tracing::info!(account = %account_id, "drop no mention: channel {channel_id}; channels.mattermost.groups.\"{channel_id}\".requireMention: false answers there without");
            }
            Ignored::BotLoop if self.is_new(&format!("loop {channel_id}")) => {
                tracing::warn!(account = %account_id, "bots are not answered in channel {channel_id} any more until a person says something: they may be answering each other");
            }
            _ => tracing::debug!(account = %account_id, post = %post_id, reason = why.code(), "drop post"),
        }
    }

    fn is_new(&mut self, what: &str) -> bool {
        self.told.len() < TOLD && self.told.insert(what.to_owned())
    }
}
