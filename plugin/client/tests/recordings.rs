//! Every frame and every REST answer recorded from real servers goes through the parsers: each is understood, or
//! is one of those named here as of no interest.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use mattermost_client::model::{
    ApiErrorBody, Channel, ClientConfig, FileInfo, Post, PostList, SystemStatus, Team, TeamMember, User,
};
use mattermost_client::{Command, Frame, ServerEvent};
use serde::de::DeserializeOwned;
use serde_json::Value;
use support::recordings::{recordings, steps};

/// Events that a bot has no use for.
const OTHER_EVENTS: &[&str] = &[
    "channel_viewed",
    "ephemeral_message",
    "multiple_channels_viewed",
    "open_dialog",
    "status_change",
    "thread_updated",
];

/// Successful answers that the client ignores or has no call for, by method and path. `*` is one segment.
const OTHER_ANSWERS: &[&str] = &[
    "DELETE /channels/*",
    "DELETE /channels/*/members/*",
    "DELETE /commands/*",
    "DELETE /posts/*",
    "DELETE /users/*/posts/*/reactions/*",
    "GET /channels/*/members/me",
    "GET /posts/*/reactions",
    "GET /users/autocomplete",
    "GET /users/me/channels/*/unread",
    "GET /users/me/teams/*/channels/members",
    "POST /actions/dialogs/open",
    "POST /bots",
    "POST /bots/*/disable",
    "POST /channels/*/members",
    "POST /commands/execute",
    "POST /posts/*/actions/*",
    "POST /posts/*/pin",
    "POST /reactions",
    "POST /users/*/tokens",
    "POST /users/*/typing",
    "POST /users/tokens/revoke",
    "PUT /commands/*/regen_token",
    "GET /files/*",
];

#[test]
fn every_recorded_frame_is_understood_or_skipped_by_name() {
    let Some(recordings) = recordings() else { return };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (file, step) in steps(&recordings) {
        let Some(frame) = step.pointer("/ws_recv/frame") else { continue };
        let text = frame.as_str().map_or_else(|| frame.to_string(), str::to_owned);
        let parsed = Frame::parse(&text).unwrap_or_else(|error| panic!("{file}: {error}: {text}"));
        match &parsed {
            Frame::Event(event) => {
                assert_eq!(Some(event.name()), frame["event"].as_str(), "{file}");
                assert_eq!(event.seq(), frame["seq"].as_u64(), "{file}");
                if let ServerEvent::Other { name, .. } = event {
                    assert!(OTHER_EVENTS.contains(&name.as_str()), "{file}: the event `{name}` is not known");
                }
                understood(event, &file);
                *seen.entry(event.name().to_owned()).or_default() += 1;
            }
            Frame::Reply(reply) => {
                assert_eq!(reply.ok, frame["status"] == "OK", "{file}");
                assert_eq!(reply.seq_reply, frame["seq_reply"].as_u64(), "{file}");
                assert_eq!(reply.error.is_some(), !reply.ok, "{file}");
                *seen.entry("(reply)".to_owned()).or_default() += 1;
            }
        }
    }
    println!("frames: {seen:?}");
    for name in
        ["hello", "posted", "post_edited", "post_deleted", "reaction_added", "reaction_removed", "(reply)"]
    {
        assert!(seen.contains_key(name), "no {name} in the recordings");
    }
}

/// What a bot needs of an event was there.
fn understood(event: &ServerEvent, file: &str) {
    let filled = match event {
        ServerEvent::Posted(e) => {
            !e.post.id.is_empty()
                && !e.post.channel_id.is_empty()
                && !e.post.user_id.is_empty()
                && e.post.create_at > 0
                && !e.channel_type.as_str().is_empty()
                && e.broadcast.channel_id == e.post.channel_id
        }
        ServerEvent::PostEdited(e) | ServerEvent::PostDeleted(e) => {
            !e.post.id.is_empty() && e.post.update_at > 0
        }
        ServerEvent::ReactionAdded(e) | ServerEvent::ReactionRemoved(e) => {
            !e.channel_id.is_empty() && !e.reaction.emoji_name.is_empty()
        }
        ServerEvent::Typing(e) => !e.user_id.is_empty() && !e.channel_id.is_empty(),
        ServerEvent::UserAdded(e) | ServerEvent::UserRemoved(e) => {
            !e.user_id.is_empty() && !e.channel_id.is_empty()
        }
        ServerEvent::ChannelUpdated(e) => !e.channel_id.is_empty(),
        ServerEvent::ChannelCreated(e)
        | ServerEvent::ChannelDeleted(e)
        | ServerEvent::DirectAdded(e)
        | ServerEvent::GroupAdded(e) => !e.channel_id.is_empty(),
        ServerEvent::UserUpdated(e) => !e.user.id.is_empty() && e.user.update_at > 0,
        ServerEvent::Hello(e) => {
            let version = e.server_version.as_deref().unwrap_or_default();
            // Old servers cannot resume and name no connection.
            version.starts_with("5.16.") == e.connection_id.is_none()
        }
        _ => true,
    };
    assert!(filled, "{file}: {event:?}");
}

#[test]
fn every_recorded_answer_is_understood_or_skipped_by_name() {
    let Some(recordings) = recordings() else { return };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut skipped = BTreeSet::new();
    for (file, step) in steps(&recordings) {
        let Some(call) = step.get("http") else { continue };
        let path = call["path"].as_str().unwrap();
        let (path, _) = path.split_once('?').unwrap_or((path, ""));
        let Some(path) = path.strip_prefix("/api/v4") else {
            assert!(path.starts_with("/hooks/commands/"), "{file}: {path}");
            continue;
        };
        let route = format!("{} {path}", call["method"].as_str().unwrap());
        let status = step.pointer("/reply/status").and_then(Value::as_u64).unwrap();
        let body = step.pointer("/reply/body").unwrap();
        let kind = understand(&route, status, body)
            .unwrap_or_else(|error| panic!("{file}: {route}: {error}: {body}"));
        match kind {
            Some(kind) => *seen.entry(kind.to_owned()).or_default() += 1,
            None => {
                let known = OTHER_ANSWERS.iter().find(|known| matches(known, &route));
                let known = known.unwrap_or_else(|| panic!("{file}: {route} is not known"));
                skipped.insert(*known);
            }
        }
    }
    println!("answers: {seen:?}");
    println!("skipped: {skipped:?}");
    let unused: Vec<_> = OTHER_ANSWERS.iter().filter(|known| !skipped.contains(**known)).collect();
    assert!(unused.is_empty(), "never recorded: {unused:?}");
}

/// Parses an answer as the call of the client does that asks for it; the name of the type, or none.
fn understand(route: &str, status: u64, body: &Value) -> Result<Option<&'static str>, serde_json::Error> {
    if status >= 400 {
        // Routes that a server does not have and rate limits answer with plain text.
        if body.is_string() {
            return Ok(Some("text of an error"));
        }
        let error: ApiErrorBody = serde_json::from_value(body.clone())?;
        assert!(!error.id.is_empty() && !error.message.is_empty() && u64::from(error.status_code) == status);
        return Ok(Some("error"));
    }
    let readers: &[(&str, Reader)] = &[
        ("GET /users/me", read::<User>),
        ("GET /users/*", read::<User>),
        ("GET /users/username/*", read::<User>),
        ("PUT /users/*/patch", read::<User>),
        ("POST /users/ids", read::<Vec<User>>),
        ("POST /users/usernames", read::<Vec<User>>),
        ("POST /users/search", read::<Vec<User>>),
        ("GET /users", read::<Vec<User>>),
        ("GET /users/*/teams", read::<Vec<Team>>),
        ("GET /teams/*/members", read::<Vec<TeamMember>>),
        ("GET /teams/*/channels/name/*", read::<Channel>),
        ("GET /teams/name/*/channels/name/*", read::<Channel>),
        ("GET /teams/*/channels", read::<Vec<Channel>>),
        ("GET /teams/*/channels/autocomplete", read::<Vec<Channel>>),
        ("POST /teams/*/channels/search", read::<Vec<Channel>>),
        ("GET /users/me/channels", read::<Vec<Channel>>),
        ("GET /users/me/teams/*/channels", read::<Vec<Channel>>),
        ("GET /channels/*", read::<Channel>),
        ("POST /channels", read::<Channel>),
        ("PUT /channels/*/patch", read::<Channel>),
        ("POST /channels/direct", read::<Channel>),
        ("POST /channels/group", read::<Channel>),
        ("GET /channels/*/posts", read::<PostList>),
        ("GET /posts/*/thread", read::<PostList>),
        ("POST /posts", read::<Post>),
        ("POST /posts/ephemeral", read::<Post>),
        ("GET /posts/*", read::<Post>),
        ("PUT /posts/*", read::<Post>),
        ("PUT /posts/*/patch", read::<Post>),
        ("POST /files", read_upload),
        ("GET /files/*/info", read::<FileInfo>),
        ("GET /system/ping", read::<SystemStatus>),
        ("GET /config/client", read_config),
        ("GET /commands", read::<Vec<Command>>),
        ("GET /commands/*", read::<Command>),
        ("POST /commands", read::<Command>),
        ("PUT /commands/*", read::<Command>),
    ];
    if OTHER_ANSWERS.iter().any(|known| matches(known, route)) {
        return Ok(None);
    }
    match readers.iter().find(|(known, _)| matches(known, route)) {
        Some((known, read)) => read(body).map(|()| Some(*known)),
        None => Ok(None),
    }
}

type Reader = fn(&Value) -> Result<(), serde_json::Error>;

fn read<T: DeserializeOwned>(body: &Value) -> Result<(), serde_json::Error> {
    serde_json::from_value::<T>(body.clone()).map(drop)
}

fn read_upload(body: &Value) -> Result<(), serde_json::Error> {
    read::<Vec<FileInfo>>(&body["file_infos"])
}

fn read_config(body: &Value) -> Result<(), serde_json::Error> {
    let config: ClientConfig = serde_json::from_value(body.clone())?;
    assert!(
        !config.version.is_empty() && config.max_post_size == Some(16383) && config.max_file_size.is_some()
    );
    Ok(())
}

fn matches(pattern: &str, route: &str) -> bool {
    let (pattern, route): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), route.split('/').collect());
    pattern.len() == route.len()
        && pattern.iter().zip(route).all(|(pattern, part)| *pattern == "*" || *pattern == part)
}
