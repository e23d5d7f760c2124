//! Taking up cut WebSockets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use std::time::Duration;

use common::{End, Lab, post_of};
use mattermost_sim::Options;
use serde_json::json;

/// A bot's socket that was cut after one post; the channel, the connection's id and the next number.
async fn cut(lab: &Lab) -> (String, String, i64) {
    let direct = lab.direct("alice", "openclaw");
    let (mut socket, id) = lab.listen("openclaw").await;
    say(lab, &direct, "before");
    let seq = socket.event("posted").await["seq"].as_i64().unwrap();
    lab.sim.cut_sockets();
    assert_eq!(socket.end().await, End::Dropped);
    assert_eq!(lab.sim.sockets(), 0);
    (direct, id, seq + 1)
}

fn say(lab: &Lab, channel: &str, message: &str) {
    lab.sim.post_as(lab.seed.user_id("alice"), channel, message, "").unwrap();
}

fn query(id: &str, seq: i64) -> String {
    format!("?connection_id={id}&sequence_number={seq}")
}

#[tokio::test]
async fn what_was_missed_comes_with_its_numbers_and_no_hello() {
    let lab = Lab::new().await;
    let (direct, id, next) = cut(&lab).await;
    for text in ["one", "two", "three"] {
        say(&lab, &direct, text);
    }
    let mut socket = lab.socket(Some("openclaw"), &query(&id, next)).await;
    socket.send(json!({ "seq": 1, "action": "ping" })).await;
    let (mut seq, mut texts) = (next, Vec::new());
    loop {
        let frame = socket.next().await.unwrap();
        if frame.get("seq_reply").is_some() {
            break;
        }
        assert_eq!(frame["seq"], seq);
        seq += 1;
        if frame["event"] == "posted" {
            texts.push(post_of(&frame)["message"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(texts, ["one", "two", "three"]);
}

#[tokio::test]
async fn frames_that_were_written_but_not_received_are_written_again() {
    let lab = Lab::new().await;
    let (_, id, next) = cut(&lab).await;
    let mut socket = lab.socket(Some("openclaw"), &query(&id, next - 1)).await;
    let again = socket.event("posted").await;
    assert_eq!((&again["seq"], &post_of(&again)["message"]), (&json!(next - 1), &json!("before")));
}

#[tokio::test]
async fn an_unknown_id_and_a_number_ahead_begin_anew() {
    let lab = Lab::new().await;
    let (direct, id, _) = cut(&lab).await;
    let mut unknown = lab.socket(Some("openclaw"), &query(&"a".repeat(26), 5)).await;
    assert_eq!(unknown.next().await.unwrap()["event"], "hello");
    lab.sim.cut_sockets();
    say(&lab, &direct, "waiting");
    let mut ahead = lab.socket(Some("openclaw"), &query(&id, 9999)).await;
    let hello = ahead.next().await.unwrap();
    assert_eq!((&hello["event"], &hello["seq"]), (&json!("hello"), &json!(0)));
    assert_ne!(hello["data"]["connection_id"], id);
    assert_eq!(post_of(&ahead.event("posted").await)["message"], "waiting");
}

#[tokio::test]
async fn a_malformed_resume_is_hung_up_on() {
    let lab = Lab::new().await;
    for query in ["?connection_id=nope&sequence_number=5", "?connection_id=abcdefghijklmnopqrstuvwxyz"] {
        assert_eq!(lab.socket(Some("openclaw"), query).await.end().await, End::Dropped);
    }
}

#[tokio::test]
async fn zero_resumes_in_silence_and_loses_what_was_written() {
    let lab = Lab::new().await;
    let (direct, id, _) = cut(&lab).await;
    say(&lab, &direct, "waiting");
    let mut socket = lab.socket(Some("openclaw"), &query(&id, 0)).await;
    assert_eq!(socket.next().await.unwrap()["seq"], 0);
    assert_eq!(post_of(&socket.event("posted").await)["message"], "waiting");
}

#[tokio::test]
async fn more_than_the_queue_holds_ends_the_connection() {
    let lab = Lab::new().await;
    let (direct, id, next) = cut(&lab).await;
    for number in 0..300 {
        say(&lab, &direct, &number.to_string());
    }
    let mut socket = lab.socket(Some("openclaw"), &query(&id, next)).await;
    let hello = socket.next().await.unwrap();
    assert_eq!(hello["event"], "hello");
    assert_ne!(hello["data"]["connection_id"], id);
}

#[tokio::test]
async fn the_id_of_a_living_connection_is_refused_and_both_hear_everything() {
    let lab = Lab::new().await;
    let direct = lab.direct("alice", "openclaw");
    let (mut first, id) = lab.listen("openclaw").await;
    let mut second = lab.socket(Some("openclaw"), &query(&id, 1)).await;
    assert_ne!(second.event("hello").await["data"]["connection_id"], id);
    say(&lab, &direct, "twice");
    assert_eq!(first.event("posted").await["data"]["post"], second.event("posted").await["data"]["post"]);
}

#[tokio::test]
async fn old_cuts_and_restarts_are_forgotten() {
    let lab = Lab::with(Options::default().resume_window(Duration::from_millis(100))).await;
    let (_, id, next) = cut(&lab).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let mut socket = lab.socket(Some("openclaw"), &query(&id, next)).await;
    assert_eq!(socket.next().await.unwrap()["event"], "hello");

    let lab = Lab::new().await;
    let (_, id, next) = cut(&lab).await;
    lab.sim.forget_sockets();
    let mut socket = lab.socket(Some("openclaw"), &query(&id, next)).await;
    assert_eq!(socket.next().await.unwrap()["event"], "hello");
}
