//! Reading frames of the event stream, also malformed ones.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use mattermost_client::model::ChannelType;
use mattermost_client::{Frame, ServerEvent};
use proptest::prelude::*;
use serde_json::json;

fn event(frame: &serde_json::Value) -> ServerEvent {
    match Frame::parse(&frame.to_string()).unwrap() {
        Frame::Event(event) => event,
        Frame::Reply(reply) => panic!("{reply:?}"),
    }
}

#[test]
fn a_post_comes_as_json_within_a_string_or_as_an_object() {
    let post = json!({"id": "p", "message": "hi", "file_ids": null, "props": null, "edit_at": 5, "type": "system_x",
        "metadata": {"files": [{"id": "f", "name": "a.png", "size": 3}]}, "something_new": [1]});
    for (post, mentions) in [(json!(post.to_string()), json!("[\"me\"]")), (post, json!(["me"]))] {
        let frame = json!({"event": "posted", "seq": 7, "broadcast": {"channel_id": "c", "omit_users": {"x": true}},
            "data": {"post": post, "mentions": mentions, "channel_type": "D", "sender_name": "@alice"}});
        let ServerEvent::Posted(posted) = event(&frame) else { panic!() };
        assert_eq!((posted.post.id.as_str(), posted.post.message.as_str()), ("p", "hi"));
        assert_eq!((posted.post.type_.as_str(), posted.post.edit_at), ("system_x", 5));
        assert!(posted.post.file_ids.is_empty() && posted.post.props.is_empty());
        assert_eq!(posted.post.metadata.files[0].name, "a.png");
        assert_eq!(posted.channel_type, ChannelType::Direct);
        assert_eq!((posted.seq, posted.broadcast.channel_id.as_str()), (Some(7), "c"));
        assert_eq!((posted.mentions, posted.sender_name), (vec!["me".to_owned()], "@alice".to_owned()));
    }
}

#[test]
fn a_reaction_takes_its_channel_from_where_the_server_says_it() {
    let reaction = json!({"user_id": "u", "post_id": "p", "emoji_name": "+1", "channel_id": ""});
    let frame = json!({"event": "reaction_removed", "data": {"reaction": reaction.to_string()},
        "broadcast": {"channel_id": "c"}, "seq": 1});
    let ServerEvent::ReactionRemoved(change) = event(&frame) else { panic!() };
    assert_eq!((change.channel_id.as_str(), change.reaction.emoji_name.as_str()), ("c", "+1"));
    let frame = json!({"event": "reaction_added", "data": {"reaction": reaction, "channel_id": "d"}});
    let ServerEvent::ReactionAdded(change) = event(&frame) else { panic!() };
    assert_eq!((change.channel_id.as_str(), change.seq), ("d", None));
}

// covers: W11
#[test]
fn an_unknown_event_is_skipped_whatever_it_carries() {
    let frame = r#"{"event":"shiny_new_thing","data":{"deep":[[[{"x":1e999}]]]},"broadcast":7,"seq":3}"#;
    let Frame::Event(event) = Frame::parse(frame).unwrap() else { panic!() };
    assert_eq!(event, ServerEvent::Other { name: "shiny_new_thing".to_owned(), seq: Some(3) });
}

#[test]
fn an_unknown_channel_type_is_kept() {
    let frame = json!({"event": "posted", "data": {"post": {"id": "p"}, "channel_type": "X"}});
    let ServerEvent::Posted(posted) = event(&frame) else { panic!() };
    assert_eq!(posted.channel_type, ChannelType::Other("X".to_owned()));
}

#[test]
fn a_broken_frame_names_the_field() {
    for (frame, field) in [
        ("", "frame"),
        ("[1]", "frame"),
        ("{\"event\":\"posted\"", "frame"),
        ("{}", "frame"),
        (r#"{"event":5}"#, "event"),
        (r#"{"event":"posted","seq":"x"}"#, "seq"),
        (r#"{"event":"posted","seq":-1}"#, "seq"),
        (r#"{"event":"posted","seq":1,"data":[]}"#, "data"),
        (r#"{"event":"posted","seq":1,"broadcast":"x"}"#, "broadcast"),
        (r#"{"event":"posted","seq":1}"#, "data.post"),
        (r#"{"event":"posted","seq":1,"data":{"post":"not json"}}"#, "data.post"),
        (r#"{"event":"posted","seq":1,"data":{"post":"{\"message\":\"no id\"}"}}"#, "data.post"),
        (r#"{"event":"posted","seq":1,"data":{"post":{"id":"p"},"mentions":"{"}}"#, "data.mentions"),
        (r#"{"event":"posted","seq":1,"data":{"post":{"id":"p"},"channel_type":3}}"#, "data.channel_type"),
        (r#"{"event":"reaction_added","seq":1,"data":{"reaction":"{\"user_id\":1}"}}"#, "data.reaction"),
        (r#"{"status":1}"#, "status"),
        (r#"{"status":"OK","seq_reply":"x"}"#, "seq_reply"),
        (r#"{"status":"FAIL","seq_reply":1,"error":7}"#, "error"),
    ] {
        let error = Frame::parse(frame).unwrap_err();
        assert_eq!(error.field(), field, "{frame}");
        assert!(error.to_string().contains(&format!("`{field}`")), "{error}");
    }
    let error = Frame::parse(r#"{"event":"posted","seq":9,"data":{"post":"{}"}}"#).unwrap_err();
    assert_eq!((error.event(), error.seq()), (Some("posted"), Some(9)));
    assert_eq!(
        error.to_string(),
        "cannot read the event `posted` from the server: `data.post`: missing field `id` at line 1 column 2"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}") {
        let _ = Frame::parse(&text);
    }

    #[test]
    fn no_post_makes_the_parser_panic(
        name in "(posted|post_edited|reaction_added|user_updated|channel_updated|hello|typing|x)",
        key in "(post|reaction|user|channel|mentions|user_id|connection_id)",
        value in r#"(null|1|""|"\{\}"|"x"|\[\]|\{\}|\{"id":1\}|"\[null\]"|true)"#,
        seq in any::<i64>(),
    ) {
        let _ = Frame::parse(&format!(r#"{{"event":"{name}","data":{{"{key}":{value}}},"seq":{seq}}}"#));
    }
}
