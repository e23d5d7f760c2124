//! Whether a message is acknowledged by a reaction. Pure.

use crate::config::AckScope;
use host_sdk::protocol::{ChatKind, MentionFacts, MentionReason};

/// Whether the scope takes in a message. `required`: in its channel a message has to mention the bot.
#[must_use]
pub fn acknowledged(scope: AckScope, kind: ChatKind, required: bool, mention: MentionFacts) -> bool {
    let direct = kind == ChatKind::Direct;
    match scope {
        AckScope::Off | AckScope::None => false,
        AckScope::All => true,
        AckScope::Direct => direct,
        AckScope::GroupAll => !direct,
        AckScope::GroupMentions => {
            // A command needs no mention, and is as much for the bot.
            let meant = mention.was_mentioned || mention.reason == MentionReason::Command;
            !direct && required && meant
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_takes_in_its_messages() {
        let named = MentionFacts { was_mentioned: true, reason: MentionReason::Name };
        let always = MentionFacts::default();
        let command = MentionFacts { was_mentioned: false, reason: MentionReason::Command };
        let (direct, group, channel) = (ChatKind::Direct, ChatKind::Group, ChatKind::Channel);
        for (scope, kind, required, mention, expected) in [
            (AckScope::GroupMentions, channel, true, named, true),
            (AckScope::GroupMentions, group, true, named, true),
            (AckScope::GroupMentions, channel, true, command, true),
            (AckScope::GroupMentions, channel, false, named, false),
            (AckScope::GroupMentions, channel, false, always, false),
            (AckScope::GroupMentions, direct, true, named, false),
            (AckScope::GroupAll, channel, false, always, true),
            (AckScope::GroupAll, direct, false, always, false),
            (AckScope::Direct, direct, false, always, true),
            (AckScope::Direct, group, true, named, false),
            (AckScope::All, direct, false, always, true),
            (AckScope::All, channel, false, always, true),
            (AckScope::Off, direct, true, named, false),
            (AckScope::None, channel, true, named, false),
        ] {
            assert_eq!(
                acknowledged(scope, kind, required, mention),
                expected,
                "{scope:?} {kind:?} {required} {mention:?}"
            );
        }
    }
}
