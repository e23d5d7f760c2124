//! Restarts, and retention.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use std::{io::ErrorKind, time::Duration};

use common::{End, Lab, QUIET};
use mattermost_sim::Version;
use serde_json::{Value, json};
use tokio::net::TcpStream;

fn body(lab: &Lab, text: &str) -> Value {
    json!({ "channel_id": lab.seed.channel("general"), "message": text, "pending_post_id": "own" })
}

fn texts(lab: &Lab) -> Vec<String> {
    lab.sim.posts(lab.seed.channel("general")).into_iter().map(|post| post.message).collect()
}

#[tokio::test]
async fn a_restarted_server_is_away_for_a_while_and_knows_its_data_but_no_sockets() {
    let lab = Lab::new().await;
    let (mut socket, id) = lab.listen("openclaw").await;
    let first = lab.post("alice", "/posts", body(&lab, "first")).await;
    let away = async {
        tokio::time::sleep(QUIET).await;
        let refused = TcpStream::connect(lab.sim.addr()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(socket.end().await, End::Dropped);
        assert_eq!(lab.sim.sockets(), 0);
    };
    tokio::join!(lab.sim.restart(QUIET * 2, Version::V11_6), away);
    assert_eq!(lab.get("openclaw", &format!("/posts/{}", first.id())).await.body["message"], "first");
    let mut socket = lab.socket(Some("openclaw"), &format!("?connection_id={id}&sequence_number=1")).await;
    assert_ne!(socket.event("hello").await["data"]["connection_id"], id);
    // The callers' own ids were in memory only.
    assert_ne!(lab.post("alice", "/posts", body(&lab, "second")).await.id(), first.id());
}

#[tokio::test]
async fn what_is_in_flight_at_a_restart_is_lost() {
    let lab = Lab::new().await;
    lab.sim.faults().slow_posts(QUIET * 2);
    let restart = async {
        tokio::time::sleep(QUIET).await;
        lab.sim.restart(Duration::ZERO, Version::V11_6).await;
    };
    let (posted, ()) = tokio::join!(lab.attempt("alice", "POST", "/posts", body(&lab, "in flight")), restart);
    assert!(posted.is_err());
    tokio::time::sleep(QUIET * 2).await;
    assert!(!texts(&lab).contains(&"in flight".to_owned()));
}

#[tokio::test]
async fn a_server_can_come_back_as_another_version() {
    let lab = Lab::new().await;
    let versions = async || {
        let config = lab.get("openclaw", "/config/client?format=old").await;
        let header = config.headers["x-version-id"].to_str().unwrap().split("..").next().unwrap().to_owned();
        (config.body["Version"].as_str().unwrap().to_owned(), header)
    };
    assert_eq!(versions().await, ("11.6.0".to_owned(), "11.6.0".to_owned()));
    lab.sim.restart(Duration::ZERO, Version::V5_16).await;
    assert_eq!(versions().await, ("5.16.0".to_owned(), "5.16.0".to_owned()));
    assert_eq!(lab.get("openclaw", "/users/me/channels").await.status, 404);
    let mut socket = lab.socket(Some("openclaw"), "").await;
    assert!(socket.event("hello").await["data"].get("connection_id").is_none());
    lab.sim.restart(Duration::ZERO, Version::V11_6).await;
    assert_eq!(versions().await.0, "11.6.0");
}

#[tokio::test]
async fn purged_posts_were_never_there() {
    let lab = Lab::new().await;
    let channel = lab.seed.channel("general").to_owned();
    let old = lab.say("alice", "general", "old").await;
    let reply = json!({ "channel_id": channel, "message": "reply", "root_id": old.id() });
    assert_eq!(lab.post("alice", "/posts", reply).await.status, 201);
    for text in ["one", "two"] {
        lab.say("alice", "general", text).await;
    }
    let (mut socket, _) = lab.listen("openclaw").await;
    assert!(lab.sim.purge(&channel, 2) >= 2);
    assert_eq!(lab.sim.purge(&channel, 2), 0);
    let pages = format!("/channels/{channel}/posts");
    assert_eq!(lab.texts("openclaw", &pages).await, ["two", "one"]);
    let after = lab.get("openclaw", &format!("{pages}?after={}", old.id())).await;
    assert_eq!((after.status, &after.body["order"]), (200, &json!([])));
    assert_eq!(lab.get("openclaw", &format!("/posts/{}", old.id())).await.status, 404);
    assert_eq!(lab.get("openclaw", &format!("/posts/{}/thread", old.id())).await.status, 404);
    assert!(socket.is_quiet().await);
    assert_eq!(lab.say("alice", "general", "three").await.status, 201);
    assert_eq!(texts(&lab), ["one", "two", "three"]);
    assert_eq!(lab.sim.purge("unknown", 0), 0);
}
