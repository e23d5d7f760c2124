//! What came of an action: a line or a table for people, one document for programs.

use crate::output;
use crate::settings::Settings;
use crate::table::Table;
use crate::times;
use host_sdk::protocol::{ActionDone, ActionUser, ChannelInfo, MessageList, ReactionList, ReadMessage};
use serde_json::{Value, json};

/// Characters of a text in a table.
const TEXT: usize = 80;

/// What was asked, and of which channel.
pub struct Label<'a> {
    /// The action's name.
    pub action: &'a str,
    /// The channel's id.
    pub channel: &'a str,
    /// The channel's name.
    pub name: &'a str,
}

impl Label<'_> {
    /// The document around an answer.
    fn document(&self, dry_run: bool, payload: &Value) {
        output::json(&json!({
            "action": self.action, "channel": self.channel, "dryRun": dry_run, "handledBy": "plugin",
            "payload": payload,
        }));
    }

    fn would(&self, what: &str) {
        output::line(format!("[dry-run] would run {} via {}: {what}", self.action, self.name));
    }
}

/// A reaction was put there or taken off.
pub fn reacted(settings: &Settings, label: &Label<'_>, done: &ActionDone, removed: bool) {
    let emoji = done.emoji.as_deref().unwrap_or_default();
    if settings.json {
        let what = if removed { "removed" } else { "added" };
        let payload = json!({
            "ok": true, "accountId": done.account_id, "target": done.target, "messageId": done.message_id, what: emoji,
        });
        return label.document(done.dry_run, &payload);
    }
    let id = &done.message_id;
    match (done.dry_run, removed) {
        (true, false) => label.would(&format!("add :{emoji}: to {id} in {}", done.target)),
        (true, true) => label.would(&format!("remove :{emoji}: from {id} in {}", done.target)),
        (false, false) => output::line(format!("✅ Added :{emoji}: to {id}")),
        (false, true) => output::line(format!("✅ Removed :{emoji}: from {id}")),
    }
}

/// A post was changed.
pub fn done(settings: &Settings, label: &Label<'_>, done: &ActionDone) {
    if settings.json {
        let payload = json!({
            "ok": true, "accountId": done.account_id, "target": done.target, "messageId": done.message_id,
            "changed": done.changed, "text": done.text,
        });
        return label.document(done.dry_run, &payload);
    }
    match done.dry_run {
        true => label.would(&format!("{} in {}", done.message_id, done.target)),
        false => output::line(format!("✅ {}", done.text)),
    }
}

/// Who reacted.
pub fn reactions(settings: &Settings, label: &Label<'_>, list: &ReactionList) {
    if settings.json {
        let user = |user: &ActionUser| json!({ "id": user.id, "username": user.username });
        let one = |one: &host_sdk::protocol::ReactionCount| {
            json!({
                "emoji": one.emoji, "count": one.users.len(), "users": one.users.iter().map(user).collect::<Vec<_>>(),
            })
        };
        let payload = json!({
            "ok": true, "accountId": list.account_id, "target": list.target, "messageId": list.message_id,
            "reactions": list.reactions.iter().map(one).collect::<Vec<_>>(),
        });
        return label.document(list.dry_run, &payload);
    }
    if list.dry_run {
        return label.would(&format!("{} in {}", list.message_id, list.target));
    }
    if list.reactions.is_empty() {
        return output::line(format!("Nobody reacted to {}.", list.message_id));
    }
    output::line(format!("Reactions ({})", list.reactions.iter().map(|one| one.users.len()).sum::<usize>()));
    let mut table = Table::new(&["EMOJI", "COUNT", "BY"]);
    for one in &list.reactions {
        let by: Vec<String> = one.users.iter().map(|user| who(user.username.as_deref(), &user.id)).collect();
        table.row([format!(":{}:", one.emoji), one.users.len().to_string(), by.join(", ")]);
    }
    table.lines().iter().for_each(output::line);
}

/// Posts that were read, found, or are pinned.
pub fn messages(settings: &Settings, label: &Label<'_>, list: &MessageList) {
    if settings.json {
        let payload = json!({
            "ok": list.ok, "accountId": list.account_id,
            "channelId": Some(&list.channel_id).filter(|id| !id.is_empty()),
            "messages": list.messages.iter().map(document).collect::<Vec<_>>(), "hasMore": list.has_more,
        });
        return label.document(list.dry_run, &payload);
    }
    let place = match list.channel_id.as_str() {
        "" => "all channels of the bot".to_owned(),
        id => format!("channel:{id}"),
    };
    if list.dry_run {
        return label.would(&place);
    }
    if list.messages.is_empty() {
        return output::line(match label.action {
            "list-pins" => format!("Nothing is pinned to {place}."),
            "search" => format!("Nothing was found in {place}."),
            _ => format!("No messages in {place}."),
        });
    }
    let more = if list.has_more { ", and there are more" } else { "" };
    output::line(format!("Messages ({}{more})", list.messages.len()));
    let several = list.channel_id.is_empty();
    let mut heading = vec!["ID", "TIME", "FROM", "TEXT"];
    if several {
        heading.insert(1, "CHANNEL");
    }
    let mut table = Table::new(&heading);
    for message in &list.messages {
        let mut cells = vec![
            message.id.clone(),
            times::stamp(message.timestamp_ms),
            who(message.username.as_deref(), &message.user_id),
            text(message),
        ];
        if several {
            cells.insert(1, format!("channel:{}", message.channel_id));
        }
        table.row(cells);
    }
    table.lines_within(output::width()).iter().for_each(output::line);
}

/// What a channel is.
pub fn channel(settings: &Settings, label: &Label<'_>, info: &ChannelInfo) {
    if settings.json {
        let payload = json!({
            "ok": true, "accountId": info.account_id, "id": info.id, "target": info.target, "kind": info.kind,
            "name": info.name, "displayName": info.display_name, "header": info.header, "purpose": info.purpose,
            "teamId": info.team_id, "memberCount": info.member_count, "createdAt": info.create_at,
            "lastPostAt": info.last_post_at, "archived": info.archived,
        });
        return label.document(info.dry_run, &payload);
    }
    if info.dry_run {
        return label.would(&info.target);
    }
    let mut table = Table::bare();
    // The names that the server gives to conversations of a few people tell people nothing.
    let nameless = info.display_name.is_empty();
    let title = match info.kind.as_str() {
        "direct" if nameless => "direct conversation",
        _ if nameless => info.name.as_str(),
        _ => info.display_name.as_str(),
    };
    table.row(["Channel", title]);
    table.row(["Target", &info.target]);
    table.row(["Kind", &info.kind]);
    if info.kind != "direct" {
        table.row(["Name", &info.name]);
    }
    if let Some(count) = info.member_count {
        table.row(["Members", &count.to_string()]);
    }
    for (what, said) in [("Header", &info.header), ("Purpose", &info.purpose)] {
        if !said.is_empty() {
            table.row([what, &one_line(said)]);
        }
    }
    if info.last_post_at > 0 {
        table.row(["Last post", &times::ago(info.last_post_at, times::now_ms())]);
    }
    if info.archived {
        table.row(["Archived", "yes"]);
    }
    table.lines().iter().for_each(output::line);
}

/// A post as the server has it, with its time in two more forms.
fn document(message: &ReadMessage) -> Value {
    let mut post = json!(message);
    if let Some(post) = post.as_object_mut() {
        post.remove("timestamp_ms");
        post.remove("timestamp_utc");
        post.insert("timestampMs".to_owned(), json!(message.timestamp_ms));
        post.insert("timestampUtc".to_owned(), json!(message.timestamp_utc));
    }
    post
}

fn who(username: Option<&str>, id: &str) -> String {
    username.map_or_else(|| id.to_owned(), |name| format!("@{name}"))
}

fn text(message: &ReadMessage) -> String {
    let files = message.file_ids.len();
    let text = one_line(&message.message);
    match files {
        0 => text,
        1 => format!("{text} [1 file]").trim_start().to_owned(),
        count => format!("{text} [{count} files]").trim_start().to_owned(),
    }
}

/// What others wrote, without what would move the cursor or colour the terminal.
fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    match clean.char_indices().nth(TEXT) {
        Some((end, _)) => format!("{}…", clean.get(..end).unwrap_or(&clean).trim_end()),
        None => clean,
    }
}
