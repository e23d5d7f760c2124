//! Faults of requests and reads: lost answers, refusals, limits, errors, lag.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use std::time::{Duration, Instant};

use common::{Lab, QUIET};
use mattermost_sim::Instead;
use serde_json::{Value, json};

const LAG: Duration = Duration::from_millis(600);

fn body(lab: &Lab, text: &str, own_id: &str) -> Value {
    json!({ "channel_id": lab.seed.channel("general"), "message": text, "pending_post_id": own_id })
}

fn written(lab: &Lab, text: &str) -> usize {
    lab.sim.posts(lab.seed.channel("general")).iter().filter(|post| post.message == text).count()
}

#[tokio::test]
async fn the_answers_of_posts_are_lost_and_the_posts_are_not() {
    let lab = Lab::new().await;
    let (mut socket, _) = lab.listen("openclaw").await;
    lab.sim.faults().drop_post_responses(2);
    // Neither reads nor refused posts count.
    assert_eq!(lab.get("alice", "/users/me").await.status, 200);
    assert_eq!(lab.post("alice", "/posts", json!({})).await.status, 403);
    for _ in 0..2 {
        // The second finds the post of the first.
        assert!(lab.attempt("alice", "POST", "/posts", body(&lab, "kept", "own")).await.is_err());
    }
    socket.event("posted").await;
    assert_eq!(written(&lab, "kept"), 1);
    assert_eq!(lab.post("alice", "/posts", body(&lab, "kept", "own")).await.status, 201);
    assert_eq!(written(&lab, "kept"), 1);
}

#[tokio::test]
async fn refused_posts_leave_nothing_behind() {
    let lab = Lab::new().await;
    for status in [503, 401, 403, 500] {
        lab.sim.faults().refuse_posts(Some(status));
        let refused = lab.post("alice", "/posts", body(&lab, "refused", "own")).await;
        assert_eq!(refused.status, status);
        assert_eq!(refused.body["status_code"], status);
    }
    assert_eq!(lab.get("alice", "/users/me").await.status, 200);
    assert_eq!(written(&lab, "refused"), 0);
    lab.sim.faults().refuse_posts(None);
    // The caller's own id is still free.
    assert_eq!(lab.post("alice", "/posts", body(&lab, "refused", "own")).await.status, 201);
    assert_eq!(written(&lab, "refused"), 1);
}

#[tokio::test]
async fn limits_refuse_everything_in_plain_text() {
    let lab = Lab::new().await;
    lab.sim.faults().rate_limited(true);
    for path in ["/users/me", "/websocket"] {
        let refused = lab.get("openclaw", path).await;
        assert_eq!((refused.status, &refused.body), (429, &json!("limit exceeded\n")));
        assert_eq!(refused.headers["retry-after"], "1");
        assert_eq!(refused.headers["content-type"], "text/plain; charset=utf-8");
        assert_eq!(refused.headers["x-ratelimit-limit"], "101");
        assert_eq!(refused.headers["x-ratelimit-remaining"], "0");
        assert_eq!(refused.headers["x-ratelimit-reset"], "11");
        assert_eq!(refused.headers.get("x-version-id"), None);
    }
    lab.sim.faults().rate_limited(false);
    assert_eq!(lab.get("openclaw", "/users/me").await.status, 200);
}

#[tokio::test]
async fn errors_come_in_turn() {
    let lab = Lab::new().await;
    lab.sim.faults().errors(&[500, 401, 502]);
    for status in [500, 401, 502, 500, 401] {
        let answer = lab.get("openclaw", "/users/me").await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.body["status_code"], status);
    }
    // A handshake is no REST request.
    lab.listen("openclaw").await;
    assert_eq!(lab.get("openclaw", "/users/me").await.status, 502);
    lab.sim.faults().errors(&[]);
    assert_eq!(lab.get("openclaw", "/users/me").await.status, 200);
}

/// Of a channel in the caller's list: when the last post came, and how many there are.
async fn listed(lab: &Lab, channel: &str) -> (i64, i64) {
    let list = lab.get("openclaw", "/users/me/channels").await.body;
    let shown = list.as_array().unwrap().iter().find(|shown| shown["id"] == channel).unwrap();
    (shown["last_post_at"].as_i64().unwrap(), shown["total_msg_count"].as_i64().unwrap())
}

#[tokio::test]
async fn reads_lag_and_writes_and_events_do_not() {
    let lab = Lab::new().await;
    let channel = lab.seed.channel("general").to_owned();
    let old = lab.say("alice", "general", "old").await;
    let (last_post_at, count) = listed(&lab, &channel).await;
    // Everything so far is older than the lag.
    tokio::time::sleep(LAG).await;
    let (mut socket, _) = lab.listen("openclaw").await;
    lab.sim.faults().replica_lag(LAG);
    let began = Instant::now();
    let reply = json!({ "channel_id": channel, "message": "young", "root_id": old.id() });
    let young = lab.post("alice", "/posts", reply).await;
    assert_eq!((young.status, &young.body["message"]), (201, &json!("young")));
    socket.event("posted").await;
    let pages = format!("/channels/{channel}/posts");
    let (thread, one) = (format!("/posts/{}/thread", old.id()), format!("/posts/{}", young.id()));
    let after = format!("{pages}?after={}", old.id());
    let since = format!("{pages}?since={last_post_at}");
    let seen = async || {
        (
            lab.texts("openclaw", &pages).await[0].clone(),
            lab.texts("openclaw", &thread).await.len(),
            lab.get("openclaw", &one).await.status,
            lab.texts("openclaw", &after).await.len(),
            lab.texts("openclaw", &since).await.contains(&"young".to_owned()),
            listed(&lab, &channel).await.1,
        )
    };
    let hidden = (seen().await, listed(&lab, &channel).await.0);
    assert!(began.elapsed() < LAG, "the machine is too slow for this test");
    assert_eq!(hidden, (("old".to_owned(), 1, 404, 0, false, count), last_post_at));
    tokio::time::sleep(LAG).await;
    assert_eq!(seen().await, ("young".to_owned(), 2, 200, 1, true, count + 1));
    assert!(listed(&lab, &channel).await.0 > last_post_at);
}

#[tokio::test]
async fn slow_posts_meet_their_own_repetition_and_survive_a_hang_up() {
    let lab = Lab::new().await;
    lab.sim.faults().slow_posts(QUIET * 2);
    let first = lab.attempt("alice", "POST", "/posts", body(&lab, "slow", "own"));
    assert!(tokio::time::timeout(QUIET / 2, first).await.is_err());
    let second = lab.post("alice", "/posts", body(&lab, "slow", "own")).await;
    assert_eq!(second.error(), (500, "api.post.deduplicate_create_post.pending"));
    assert_eq!(written(&lab, "slow"), 0);
    tokio::time::sleep(QUIET * 3).await;
    assert_eq!(written(&lab, "slow"), 1);
}

#[tokio::test]
async fn clearing_switches_everything_off() {
    let lab = Lab::new().await;
    let faults = lab.sim.faults();
    faults.rate_limited(true);
    faults.errors(&[500]);
    faults.refuse_posts(Some(500));
    faults.drop_post_responses(9);
    faults.deaf(true);
    faults.stall(true);
    faults.half_open(true);
    faults.refuse(true);
    faults.clear();
    let (mut socket, _) = lab.listen("openclaw").await;
    assert_eq!(lab.say("alice", "general", "hello").await.status, 201);
    socket.event("posted").await;
}

#[tokio::test]
async fn the_next_requests_to_a_path_get_what_was_chosen_for_them() {
    let lab = Lab::new().await;
    let (alice, bob) = (lab.seed.user_id("alice").to_owned(), lab.seed.user_id("bob").to_owned());
    let direct = || lab.post("alice", "/channels/direct", json!([alice, bob]));
    lab.sim
        .faults()
        .instead("/channels/direct", &[Instead::Status(503), Instead::Limited(7), Instead::Silence]);
    assert_eq!(lab.get("alice", "/users/me").await.status, 200);
    assert_eq!(direct().await.status, 503);
    let limited = direct().await;
    assert_eq!((limited.status, &limited.headers["retry-after"]), (429, &"7".parse().unwrap()));
    assert!(tokio::time::timeout(QUIET, direct()).await.is_err());
    assert_eq!(direct().await.status, 201);
}
