//! A gateway that is killed again and again while a long answer is being streamed: in the end the answer stands there
//! once, whole, and nothing else.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::json;
use std::time::{Duration, Instant};
use support::gateway::World;

const LENGTH: usize = 30_000;

fn long_text() -> String {
    let words: String = (0..).map(|number| format!("word{number} ")).take(LENGTH / 6).collect();
    words.chars().take(LENGTH).collect::<String>().trim().to_owned()
}

fn said(world: &World, channel: &str) -> String {
    world.said_by_bot(channel).into_iter().map(|post| post.message).collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_streamed_answer_is_exact_and_there_once_after_kills_at_every_stage() {
    let world = World::new().await;
    let text = long_text();
    // Three seconds of streaming.
    let script = json!([{ "text": text, "chunk": 500, "every_ms": 50 }]);
    let script = world.home.write("long.json5", &script.to_string());
    let agent = format!("script:{}", script.display());
    let direct = world.direct("alice");
    let mut gateway = world.gateway(&["--agent", &agent]).await;
    world.say("alice", &direct, "tell me everything", "");
    // Before the preview, after it was made, between two of its edits, near the end, and while the answer goes out.
    for after in [150, 500, 1_700, 2_900, 3_150, 3_300] {
        tokio::time::sleep(Duration::from_millis(after)).await;
        gateway.signal("KILL");
        gateway.ended().await;
        gateway = world.gateway(&["--agent", &agent]).await;
    }
    let until = Instant::now() + Duration::from_secs(60);
    while said(&world, &direct) != text {
        let posts: Vec<String> = world
            .said_by_bot(&direct)
            .into_iter()
            .map(|post| format!("{} characters: {:.50}", post.message.len(), post.message))
            .collect();
        assert!(Instant::now() < until, "{posts:#?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Nothing more comes, and nothing of it is taken away.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(said(&world, &direct), text);
    gateway.signal("TERM");
    assert!(gateway.ended().await.success());
}
