//! Why a post is answered or not, step by step, for people.

use super::ignored::Ignored;
use super::reader::{Looked, Reader};
use crate::config::{AllowBots, DmPolicy, GroupPolicy};
use crate::gate::{Access, Activation, Refusal};
use host_sdk::protocol::{ChatKind, ExplainedStep, Explanation, MentionReason};
use mattermost_client::event::Posted;

/// What would become of a post, and why. Nothing is done.
///
/// `paired`: what the host says of the sender, where it was asked.
#[must_use]
pub fn explain(reader: &Reader, posted: &Posted, took_part: bool, paired: Option<bool>) -> Explanation {
    let mut steps = Vec::new();
    let reason = walk(reader, posted, took_part, paired, &mut steps);
    Explanation {
        account_id: reader.account().id.clone(),
        message_id: posted.post.id.clone(),
        answered: steps.iter().all(|step: &ExplainedStep| step.passed),
        reason: reason.to_owned(),
        steps,
    }
}

fn walk(
    reader: &Reader,
    posted: &Posted,
    took_part: bool,
    paired: Option<bool>,
    steps: &mut Vec<ExplainedStep>,
) -> &'static str {
    let mut step = |step: &str, passed: bool, reason: &'static str, detail: String| {
        steps.push(ExplainedStep { step: step.to_owned(), passed, reason: reason.to_owned(), detail });
        reason
    };
    let account = reader.account();
    let looked = match reader.look(posted) {
        Ok(looked) => looked,
        Err(why) => return step("author", false, why.code(), author(why)),
    };
    let who =
        looked.sender.username.as_ref().map_or_else(|| looked.sender.id.clone(), |name| format!("@{name}"));
    step("author", true, "person_or_admitted_bot", format!("{who} ({}) wrote it", looked.sender.id));
    step("kind", true, kind_code(looked.kind), format!("it stands in a {}", kind_name(looked.kind)));
    let admitted = match (reader.access(&looked), paired) {
        (Access::Admitted(admission), _) => {
            step("access", true, admission.code(), access_detail(reader, &looked))
        }
        (Access::IfPaired, Some(true)) => {
            step("access", true, "dm_paired", "the sender was approved by pairing".to_owned())
        }
        (Access::IfPaired, paired) => {
            let known = if paired.is_some() { "was not approved" } else { "is not known to be approved" };
            let detail = format!(
                "dmPolicy is \"pairing\" and {who} {known}: approve the code, or add the id to allowFrom"
            );
            return step("access", false, Refusal::DmNotPaired.code(), detail);
        }
        (Access::Refused(refusal), _) => {
            return step("access", false, refusal.code(), access_detail(reader, &looked));
        }
    };
    let mut command = reader.command(&looked);
    command.authorized |= admitted == "dm_paired";
    if command.is_control {
        let detail = if command.authorized {
            "it is a command, and its sender is listed".to_owned()
        } else {
            "it is a command, and commands are only taken of whoever allowFrom or groupAllowFrom lists"
                .to_owned()
        };
        let code = if command.authorized { "command_authorized" } else { Ignored::Command.code() };
        step("command", command.authorized, code, detail);
        if !command.authorized {
            return code;
        }
    }
    match reader.activation(posted, &looked, command, took_part) {
        Activation::Active(active)
            if looked.is_machine && account.bots == AllowBots::Mentions && !active.named =>
        {
            step(
                "mention",
                false,
                Ignored::Bot.code(),
                "allowBots is \"mentions\" and the bot is not named".to_owned(),
            )
        }
        Activation::Active(active) => {
            step("mention", true, reason_code(active.reason), reason_detail(reader, posted, active.reason));
            step("content", true, "content", "there is something to answer".to_owned());
            "answered"
        }
        Activation::Empty => {
            step("mention", true, "meant", "the bot is meant".to_owned());
            step(
                "content",
                false,
                Ignored::Empty.code(),
                "there is no text that can be seen, and no file".to_owned(),
            )
        }
        Activation::NotMentioned => {
            let key = reader.rules().required(&posted.post.channel_id).1;
            let detail = format!(
                "@{} is not named, and {key} asks for it; set groups.\"{}\".requireMention to false to hear everything here",
                reader.bot().username,
                posted.post.channel_id
            );
            step("mention", false, Ignored::NotMentioned.code(), detail)
        }
        Activation::NotTriggered => {
            let prefixes = account.mention.prefixes.join(" ");
            let detail = format!(
                "chatmode is \"onchar\": it begins with none of {prefixes} and does not name @{}",
                reader.bot().username
            );
            step("mention", false, Ignored::NotTriggered.code(), detail)
        }
    }
}

fn author(why: Ignored) -> String {
    match why {
        Ignored::Malformed => "its ids are none of a Mattermost server, or its text is too long",
        Ignored::Own => "the bot wrote it itself",
        Ignored::System => "the server wrote it, not a person",
        Ignored::Bot => {
            "a bot or a webhook wrote it; plugins.entries.mattermost.config.allowBots can let it through"
        }
        Ignored::UnknownChannelType => "the kind of its channel is not known",
        _ => "it is not a message for anybody",
    }
    .to_owned()
}

const fn kind_code(kind: ChatKind) -> &'static str {
    match kind {
        ChatKind::Direct => "direct",
        ChatKind::Group => "group",
        ChatKind::Channel => "channel",
    }
}

const fn kind_name(kind: ChatKind) -> &'static str {
    match kind {
        ChatKind::Direct => "direct conversation",
        ChatKind::Group => "private channel or group conversation",
        ChatKind::Channel => "public channel",
    }
}

fn access_detail(reader: &Reader, looked: &Looked) -> String {
    let policies = &reader.account().policies;
    if looked.kind == ChatKind::Direct {
        let policy = match policies.dm {
            DmPolicy::Pairing => "pairing",
            DmPolicy::Allowlist => "allowlist",
            DmPolicy::Open => "open",
            DmPolicy::Disabled => "disabled",
        };
        return format!("dmPolicy is \"{policy}\"; allowFrom has {} entries", policies.allow_from.len());
    }
    let policy = match policies.group {
        GroupPolicy::Allowlist => "allowlist",
        GroupPolicy::Open => "open",
        GroupPolicy::Disabled => "disabled",
    };
    let (key, count) = if policies.group_allow_from.is_empty() {
        ("allowFrom, which stands for the empty groupAllowFrom,", policies.allow_from.len())
    } else {
        ("groupAllowFrom", policies.group_allow_from.len())
    };
    format!("groupPolicy is \"{policy}\"; {key} has {count} entries")
}

const fn reason_code(reason: MentionReason) -> &'static str {
    match reason {
        MentionReason::Always => "no_mention_required",
        MentionReason::Direct => "direct",
        MentionReason::Name => "named",
        MentionReason::Pattern => "mention_pattern",
        MentionReason::Prefix => "prefix",
        MentionReason::Command => "command",
        MentionReason::Thread => "took_part_in_thread",
        MentionReason::Interaction => "interaction",
    }
}

fn reason_detail(reader: &Reader, posted: &Posted, reason: MentionReason) -> String {
    match reason {
        MentionReason::Always => {
            format!("{} asks for no mention here", reader.rules().required(&posted.post.channel_id).1)
        }
        MentionReason::Direct => "in a direct conversation every message is for the bot".to_owned(),
        MentionReason::Name => format!("@{} is named", reader.bot().username),
        MentionReason::Pattern => "it matches a mention pattern, or names a group of the bot's".to_owned(),
        MentionReason::Prefix => "it begins with one of oncharPrefixes".to_owned(),
        MentionReason::Command => "it is a command of somebody who may give it".to_owned(),
        MentionReason::Interaction => "somebody clicked on a button or gave a slash command".to_owned(),
        MentionReason::Thread => "the bot answered in this thread within the last seven days".to_owned(),
    }
}
