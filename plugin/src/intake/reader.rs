//! What a post means for one account. Pure: no clock, no network.

use super::draft::Draft;
use super::ignored::Ignored;
use crate::config::{AccountConfig, AllowBots, DmScope, Entry, GroupPolicy};
use crate::gate::{Access, Activation, Active, Commands, Rules, Said, Subject, access, may_command};
use crate::ids::is_id;
use crate::turn::{self, Key, Place};
use host_sdk::protocol::{
    Attachment, BotIdentity, ChatKind, CommandFacts, Conversation, HistoryEntry, InboundMessage,
    MentionFacts, Reply, Sender,
};
use mattermost_client::event::Posted;
use mattermost_client::model::{ChannelType, Post};
use std::sync::Arc;

/// What became of a post.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// The host should answer it.
    Message(Box<Draft>),
    /// It is not for the agent. What was said may be shown to it later.
    Ignored(Ignored, Option<Box<Aside>>),
}

/// Something that was said and is not for the agent.
#[derive(Debug, PartialEq)]
pub struct Aside {
    /// The conversation.
    pub key: Key,
    /// What was said.
    pub entry: HistoryEntry,
}

/// Reads posts for one account.
#[derive(Debug)]
pub struct Reader {
    account: Arc<AccountConfig>,
    rules: Rules,
    commands: Arc<Commands>,
    /// The one user whose direct messages move the main session's last route.
    owner: Option<String>,
    bot: BotIdentity,
}

/// What is known of a post that is for somebody, before it is decided for whom.
pub(super) struct Looked {
    pub kind: ChatKind,
    pub text: String,
    pub sender: Sender,
    pub is_machine: bool,
}

impl Reader {
    /// A reader for an account whose bot is known.
    #[must_use]
    pub fn new(account: Arc<AccountConfig>, commands: Arc<Commands>, bot: BotIdentity) -> Self {
        let rules = Rules::new(&account.mention);
        let mut entries = account.policies.allow_from.iter();
        let owner = match (account.sessions.dm_scope, entries.next(), entries.next()) {
            (DmScope::Main, Some(Entry::Plain(owner)), None) => Some(owner.clone()),
            _ => None,
        };
        Self { account, rules, commands, owner, bot }
    }

    /// The server said anew who the bot is: it may have been renamed.
    pub fn identify(&mut self, bot: BotIdentity) {
        self.bot = bot;
    }

    /// The account that it reads for.
    #[must_use]
    pub fn account(&self) -> &Arc<AccountConfig> {
        &self.account
    }

    /// The bot.
    #[must_use]
    pub fn bot(&self) -> &BotIdentity {
        &self.bot
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// A message that an earlier process had not given to its host: whether its sender is still heard.
    ///
    /// # Errors
    /// Why not.
    pub fn admit_again(&self, message: &mut InboundMessage) -> Result<(), Ignored> {
        let sender = &message.sender;
        let username = sender.username.as_deref().filter(|_| !sender.is_bot);
        let subject = Subject { id: &sender.id, username };
        match access(&self.account.policies, message.conversation.kind, subject) {
            Access::Admitted(admission) => admission.code().clone_into(&mut message.access),
            Access::IfPaired => message.access.clear(),
            Access::Refused(refusal) => return Err(Ignored::Access(refusal)),
        }
        Ok(())
    }

    /// What does this post mean? `now_ms` is when it was heard, `took_part` whether the bot took part in its thread.
    #[must_use]
    pub fn read(&self, posted: Posted, now_ms: i64, took_part: bool) -> Heard {
        let looked = match self.look(&posted) {
            Ok(looked) => looked,
            Err(why) => return Heard::Ignored(why, None),
        };
        match self.decide(&posted, &looked, took_part) {
            Ok(decided) => Heard::Message(Box::new(self.draft(posted, looked, decided, now_ms))),
            Err(why) => {
                let aside = self.may_be_shown(why).then(|| Box::new(aside(&posted.post, &looked)));
                Heard::Ignored(why, aside)
            }
        }
    }

    /// Whether the bot wrote this post itself.
    #[must_use]
    pub fn is_own(&self, post: &Post) -> bool {
        post.user_id == self.bot.id
    }

    /// Whether this is the bot's id.
    #[must_use]
    pub fn is_bot(&self, user_id: &str) -> bool {
        user_id == self.bot.id
    }

    /// Whether the text of a post may be for the bot wherever it stands.
    #[must_use]
    pub fn may_wake(&self, post: &Post) -> bool {
        if self.is_own(post) || (is_machine(post) && self.account.bots == AllowBots::Off) {
            return false;
        }
        // Of whom no kind of conversation admits, nothing has to be asked of the server.
        let policies = &self.account.policies;
        let refused = |kind| {
            let subject = Subject { id: &post.user_id, username: None };
            matches!(access(policies, kind, subject), Access::Refused(_))
        };
        if !policies.name_matching && refused(ChatKind::Direct) && refused(ChatKind::Channel) {
            return false;
        }
        let said = Said {
            kind: ChatKind::Channel,
            channel_type: &ChannelType::Public,
            channel_id: &post.channel_id,
            root_id: &post.root_id,
            text: &turn::text(post),
            has_files: !post.file_ids.is_empty(),
            listed_by_server: false,
            took_part: false,
            commanded: true,
        };
        matches!(self.rules.activation(&said, &self.bot.username), Activation::Active(_))
    }

    /// Who wrote what, if it is something that people, bots or integrations say.
    pub(super) fn look(&self, posted: &Posted) -> Result<Looked, Ignored> {
        let post = &posted.post;
        if !well_formed(post) {
            return Err(Ignored::Malformed);
        }
        if self.is_own(post) {
            return Err(Ignored::Own);
        }
        if !turn::says_something(&post.type_) {
            return Err(Ignored::System);
        }
        let machine = machine(post);
        if machine.is_some() && self.account.bots == AllowBots::Off {
            return Err(Ignored::Bot);
        }
        let kind = kind(&posted.channel_type).ok_or(Ignored::UnknownChannelType)?;
        let username = match machine {
            Some(Machine::Webhook) => post.props.get("override_username").and_then(|name| name.as_str()),
            _ => None,
        };
        let username = username.filter(|name| !name.is_empty()).unwrap_or(&posted.sender_name);
        let mut username = username.strip_prefix('@').unwrap_or(username).to_owned();
        if machine == Some(Machine::Webhook) {
            // The name is whatever the webhook chose.
            username.push_str(" (webhook)");
        }
        let sender = Sender { id: post.user_id.clone(), username: some(username), is_bot: machine.is_some() };
        Ok(Looked { kind, text: turn::text(post), sender, is_machine: machine.is_some() })
    }

    pub(super) fn access(&self, looked: &Looked) -> Access {
        access(&self.account.policies, looked.kind, subject(looked))
    }

    pub(super) fn command(&self, looked: &Looked) -> CommandFacts {
        if !self.account.commands_text {
            return CommandFacts::default();
        }
        let text = crate::gate::strip_mentions(&looked.text, &self.bot.username);
        CommandFacts {
            is_control: self.commands.is_control(&text),
            // A webhook has its owner's id, and everybody can learn its address.
            authorized: !looked.is_machine
                && may_command(&self.account.policies, looked.kind, subject(looked), false),
            native: false,
        }
    }

    pub(super) fn activation(
        &self,
        posted: &Posted,
        looked: &Looked,
        command: CommandFacts,
        took_part: bool,
    ) -> Activation {
        let post = &posted.post;
        let said = Said {
            kind: looked.kind,
            channel_type: &posted.channel_type,
            channel_id: &post.channel_id,
            root_id: &post.root_id,
            text: &looked.text,
            has_files: !post.file_ids.is_empty(),
            listed_by_server: posted.mentions.contains(&self.bot.id),
            took_part,
            commanded: command.is_control && command.authorized,
        };
        self.rules.activation(&said, &self.bot.username)
    }

    fn decide(&self, posted: &Posted, looked: &Looked, took_part: bool) -> Result<Decided, Ignored> {
        let (admission, if_paired) = match self.access(looked) {
            Access::Admitted(admission) => (admission.code(), false),
            Access::IfPaired => ("", true),
            Access::Refused(refusal) => return Err(Ignored::Access(refusal)),
        };
        let command = self.command(looked);
        // Of somebody who may be paired it is not known yet what he may.
        if command.is_control && !command.authorized && !if_paired {
            return Err(Ignored::Command);
        }
        let active = match self.activation(posted, looked, command, took_part) {
            Activation::Active(active) => active,
            Activation::NotMentioned => return Err(Ignored::NotMentioned),
            Activation::NotTriggered => return Err(Ignored::NotTriggered),
            Activation::Empty => return Err(Ignored::Empty),
        };
        if looked.is_machine && self.account.bots == AllowBots::Mentions && !active.named {
            return Err(Ignored::Bot);
        }
        Ok(Decided { active, command, access: admission })
    }

    fn draft(&self, posted: Posted, looked: Looked, decided: Decided, now_ms: i64) -> Draft {
        let Looked { kind, text, sender, .. } = looked;
        let Decided { active, command, access } = decided;
        let post = posted.post;
        let direct = kind == ChatKind::Direct;
        let thread = self.account.threading.thread(kind, &post);
        let place = Place {
            account_id: &self.account.id,
            kind,
            channel_id: &post.channel_id,
            team_id: &posted.team_id,
            sender_id: &post.user_id,
            thread: thread.session.as_deref(),
        };
        let session = self.account.sessions.session(&place, self.owner.as_deref());
        let who = sender.username.as_deref().unwrap_or(&sender.id);
        let label =
            turn::label(direct, who, &posted.channel_name, &posted.channel_display_name, &post.channel_id);
        let message = InboundMessage {
            event_id: event_id(&self.account.id, &post.id),
            account_id: self.account.id.clone(),
            received_at_ms: now_ms,
            message_id: post.id.clone(),
            timestamp_ms: post.create_at,
            text: active.text,
            raw_text: text,
            edited: post.edit_at > 0,
            sender,
            conversation: Conversation {
                kind,
                channel_id: post.channel_id.clone(),
                channel_name: some(posted.channel_name).filter(|_| !direct),
                display_name: some(posted.channel_display_name),
                team_id: some(posted.team_id),
                thread_root_id: some(post.root_id.clone()),
                label,
            },
            mention: MentionFacts {
                was_mentioned: !direct && is_meant(active.reason),
                reason: active.reason,
            },
            reply: Reply { target: format!("channel:{}", post.channel_id), thread_root_id: thread.reply },
            session,
            media: files(&post),
            command,
            access: access.to_owned(),
            ..InboundMessage::default()
        };
        let alone = !message.media.is_empty()
            || !post.type_.is_empty()
            || message.command.is_control
            || message.raw_text.trim().is_empty();
        Draft { message, alone }
    }

    /// Whether what was said may be shown to the agent with a later message.
    fn may_be_shown(&self, why: Ignored) -> bool {
        use crate::config::ContextVisibility;
        use crate::gate::Refusal;
        match why {
            Ignored::NotMentioned | Ignored::NotTriggered => true,
            Ignored::Access(Refusal::GroupPolicyNotAllowlisted) => {
                self.account.policies.group == GroupPolicy::Allowlist
                    && self.account.history.visibility == ContextVisibility::All
            }
            _ => false,
        }
    }
}

/// A post that is for the agent.
struct Decided {
    active: Active,
    command: CommandFacts,
    access: &'static str,
}

fn subject(looked: &Looked) -> Subject<'_> {
    Subject {
        id: &looked.sender.id,
        username: looked.sender.username.as_deref().filter(|_| !looked.is_machine),
    }
}

/// Whether the bot counts as mentioned.
fn is_meant(reason: host_sdk::protocol::MentionReason) -> bool {
    use host_sdk::protocol::MentionReason;
    !matches!(reason, MentionReason::Always | MentionReason::Direct)
}

fn files(post: &Post) -> Vec<Attachment> {
    let mut files: Vec<Attachment> = Vec::new();
    for id in post.file_ids.iter().map(|id| id.trim()).filter(|id| is_id(id)) {
        if files.iter().any(|file| file.file_id == id) {
            continue;
        }
        let known = post.metadata.files.iter().find(|file| file.id == id);
        files.push(Attachment {
            file_id: id.to_owned(),
            name: known.map(|file| file.name.clone()).unwrap_or_default(),
            mime_type: known.map(|file| file.mime_type.clone()).unwrap_or_default(),
            size: known.map_or(0, |file| file.size),
            ..Attachment::default()
        });
    }
    files
}

fn aside(post: &Post, looked: &Looked) -> Aside {
    let sender = looked.sender.username.clone().unwrap_or_else(|| post.user_id.clone());
    Aside {
        key: (post.channel_id.clone(), some(post.root_id.clone())),
        entry: HistoryEntry {
            message_id: post.id.clone(),
            sender,
            text: with_files(&looked.text, post.file_ids.len()),
            timestamp_ms: post.create_at,
        },
    }
}

/// A text, with a line for its files.
#[must_use]
pub fn with_files(text: &str, files: usize) -> String {
    let line = match files {
        0 => return text.to_owned(),
        1 => "<media:attachment>".to_owned(),
        files => format!("<media:attachment> ({files} files)"),
    };
    if text.trim().is_empty() { line } else { format!("{text}\n{line}") }
}

/// The id of the event that a post is.
#[must_use]
pub fn event_id(account_id: &str, post_id: &str) -> String {
    format!("{account_id}:{post_id}")
}

/// Servers take 65 535 bytes of text; twice that is from something else, and would fill the queues.
const LONGEST_TEXT: usize = 128 * 1024;

fn well_formed(post: &Post) -> bool {
    let optional = |id: &str| id.is_empty() || is_id(id);
    is_id(&post.id)
        && is_id(&post.channel_id)
        && is_id(&post.user_id)
        && optional(&post.root_id)
        && post.message.len() <= LONGEST_TEXT
}

/// Open channels are channels; private channels and group messages are groups.
#[must_use]
pub fn kind(channel_type: &ChannelType) -> Option<ChatKind> {
    match channel_type {
        ChannelType::Direct => Some(ChatKind::Direct),
        ChannelType::Group | ChannelType::Private => Some(ChatKind::Group),
        ChannelType::Public => Some(ChatKind::Channel),
        ChannelType::Other(_) => None,
    }
}

/// Whether a bot, a webhook or a plugin wrote a post, as the server says.
#[must_use]
pub fn is_machine(post: &Post) -> bool {
    machine(post).is_some()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Machine {
    Bot,
    Webhook,
}

/// The server marks posts of bots, webhooks and plugins in their props, as the string `"true"`.
fn machine(post: &Post) -> Option<Machine> {
    let is = |key: &str| {
        post.props.get(key).is_some_and(|value| value == "true" || value == &serde_json::Value::Bool(true))
    };
    if is("from_webhook") {
        Some(Machine::Webhook)
    } else {
        (is("from_bot") || is("from_plugin")).then_some(Machine::Bot)
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
