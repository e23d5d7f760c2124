//! The caller's own id for a post.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use std::time::Duration;

use common::Lab;
use mattermost_sim::Options;
use serde_json::json;

#[tokio::test]
async fn the_same_id_gives_the_first_post_whatever_else_is_asked() {
    let lab = Lab::new().await;
    let body = |channel: &str, message: &str| json!({ "channel_id": lab.seed.channel(channel), "message": message, "pending_post_id": "p1" });
    let first = lab.post("openclaw", "/posts", body("general", "one")).await;
    assert_eq!(first.body["pending_post_id"], "p1");
    let second = lab.post("openclaw", "/posts", body("general", "two")).await;
    assert_eq!((second.status, second.id()), (201, first.id()));
    assert_eq!(second.body["message"], "one");
    assert_eq!(second.body["pending_post_id"], "");
    // The ids are one space for all callers and channels.
    let third = lab.post("alice", "/posts", body("ops", "three")).await;
    assert_eq!((third.status, third.id()), (201, first.id()));
    assert_eq!(lab.sim.posts(lab.seed.channel("ops")).iter().filter(|post| post.kind.is_empty()).count(), 0);
}

#[tokio::test]
async fn a_refused_post_frees_its_id() {
    let lab = Lab::new().await;
    let general = lab.seed.channel("general");
    let refused =
        json!({ "channel_id": general, "message": "x", "root_id": "nope", "pending_post_id": "p2" });
    assert_eq!(lab.post("alice", "/posts", refused).await.status, 400);
    let good = json!({ "channel_id": general, "message": "x", "pending_post_id": "p2" });
    assert_eq!(lab.post("alice", "/posts", good).await.body["pending_post_id"], "p2");
}

#[tokio::test]
async fn while_the_first_request_runs_the_others_are_refused() {
    let lab = Lab::with(Options::default().post_latency(Duration::from_millis(200))).await;
    let body = json!({ "channel_id": lab.seed.channel("ops"), "message": "once", "pending_post_id": "p3" });
    let send = || lab.post("openclaw", "/posts", body.clone());
    let (a, b, c) = tokio::join!(send(), send(), send());
    let mut statuses = [a.status, b.status, c.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 500, 500]);
    let refused = [&a, &b, &c].into_iter().find(|answer| answer.status == 500).unwrap();
    assert_eq!(refused.id(), "api.post.deduplicate_create_post.pending");
    assert_eq!(
        lab.sim.posts(lab.seed.channel("ops")).iter().filter(|post| post.message == "once").count(),
        1
    );
}

#[tokio::test]
async fn a_caller_who_hangs_up_has_posted_all_the_same() {
    let lab = Lab::with(Options::default().post_latency(Duration::from_millis(100))).await;
    let general = lab.seed.channel("general").to_owned();
    let body = json!({ "channel_id": general, "message": "lost answer", "pending_post_id": "p4" });
    let sending = lab.post("openclaw", "/posts", body.clone());
    assert!(tokio::time::timeout(Duration::from_millis(50), sending).await.is_err());
    let post = lab.sim.wait_for_post(&general, |post| post.message == "lost answer", common::PATIENCE).await;
    assert_eq!(lab.post("openclaw", "/posts", body).await.id(), post.unwrap().id);
}
