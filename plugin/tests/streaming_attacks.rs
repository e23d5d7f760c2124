//! Streams of hosts that are late, that repeat themselves, that lose their memory, or that say what must not be shown.
//! There is one answer, whole, and nothing else is left.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{
    Acknowledge, DeliveryKind, HandleRequest, InboundMessage, Outbound, Refuse, ToolPhase, ToolProgress,
};
use mattermost_sim::Options;
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};
use support::{World, finally, mode, sign, tool};

/// Long enough for a write that was due.
const A_WHILE: Duration = Duration::from_millis(1_600);

async fn asked(world: &mut World, text: &str) -> (String, InboundMessage) {
    let dm = world.dm("alice");
    world.says("alice", &dm, text, "");
    (dm, world.hears().await)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// As a host says it that counts turns of its own.
fn of_turn(turn: &str, message: Outbound) -> Outbound {
    Outbound { turn_id: Some(turn.to_owned()), event_id: None, ..message }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_stood_there_before_it_was_final_survives_an_older_journal() {
    let mut world = World::lasting().await;
    let (dm, message) = asked(&mut world, "tell me").await;
    world.settle(&message).await;
    let text = "All of it.";
    world.instance.send(&of_turn("turn-1", sign(&message, DeliveryKind::Partial, text))).await.unwrap();
    world.reads(&dm, |said| said == text).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    // A backup of this moment: the preview is known, the answer is not.
    let state = world.life.state.as_ref().unwrap().path().to_owned();
    let backup = tempfile::tempdir().unwrap();
    copy(&state, backup.path());
    world.instance.send(&of_turn("turn-1", finally(&message, text))).await.unwrap();
    let stopped = world.crash();
    std::fs::remove_dir_all(state.join("mattermost")).unwrap();
    copy(backup.path(), &state);
    let world = stopped.start().await;
    // Longer than a preview that was left behind is looked for.
    tokio::time::sleep(Duration::from_secs(7)).await;
    world.until_answers(&dm, &[text]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_comes_again_after_a_refusal_says_what_it_says_now() {
    let mut world = World::with(Options::default(), mode("block")).await;
    let (dm, message) = asked(&mut world, "tell me").await;
    world.shows(&message, "The first try.").await;
    world.instance.send(&tool(&message, "exec", ToolPhase::Running)).await.unwrap();
    world.reads(&dm, |text| text == "The first try.").await;
    let nack = HandleRequest::InboundNack(Refuse {
        event_id: message.event_id.clone(),
        reason: "the agent fell over".to_owned(),
        give_up: false,
    });
    world.instance.handle(&nack).await.unwrap();
    let again = world.hears().await;
    assert!(again.redelivered);
    world.shows(&again, "Now another one.").await;
    world.instance.send(&tool(&again, "fetch", ToolPhase::Running)).await.unwrap();
    world.instance.send(&finally(&again, "Now another one.\n\nThat is all.")).await.unwrap();
    world.settle(&again).await;
    tokio::time::sleep(A_WHILE).await;
    let said: Vec<String> = world.answers(&dm).into_iter().map(|post| post.message).collect();
    let after: Vec<&str> =
        said.iter().map(String::as_str).skip_while(|text| !text.starts_with("Now")).collect();
    assert_eq!(after, ["Now another one.", "• fetch", "That is all."], "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_come_after_the_answer_leave_nothing_behind() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "tell me").await;
    let text = "That is the whole answer.";
    // With an event that is over, with a turn that nobody ends, and with both.
    world.instance.send(&finally(&message, text)).await.unwrap();
    world.settle(&message).await;
    let late = sign(&message, DeliveryKind::Partial, "That is the whole");
    world.instance.send(&late).await.unwrap();
    world.instance.send(&Outbound { turn_id: Some("turn-2".to_owned()), ..late.clone() }).await.unwrap();
    tokio::time::sleep(A_WHILE).await;
    world.until_answers(&dm, &[text]).await;
    let (dm, message) = asked(&mut world, "again").await;
    world.settle(&message).await;
    world.instance.send(&of_turn("turn-3", late)).await.unwrap();
    world.instance.send(&of_turn("turn-3", finally(&message, text))).await.unwrap();
    for late in ["That is the whole", "That is the whole answer", text] {
        let late = sign(&message, DeliveryKind::Partial, late);
        world.instance.send(&of_turn("turn-3", late)).await.unwrap();
    }
    tokio::time::sleep(A_WHILE).await;
    world.until_answers(&dm, &[text, text]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_that_were_answered_and_never_ended_make_room_for_others() {
    let world = World::new().await;
    let town = world.channel("general");
    let said = |turn: String, kind, text: &str| Outbound {
        target: format!("channel:{town}"),
        turn_id: Some(turn),
        kind,
        text: text.to_owned(),
        ..Outbound::default()
    };
    for number in 0..1_030 {
        let turn = format!("cron-{number}");
        world.instance.send(&said(turn.clone(), DeliveryKind::Partial, "O")).await.unwrap();
        world.instance.send(&said(turn, DeliveryKind::Final, "Over.")).await.unwrap();
    }
    world.instance.send(&said("last".to_owned(), DeliveryKind::Partial, "It is shown")).await.unwrap();
    world.reads(&town, |text| text == "It is shown").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_name_and_half_a_token_are_not_shown() {
    let mut world = World::with(Options::default(), json!({ "chatmode": "onmessage" })).await;
    let town = world.channel("general");
    world.says("alice", &town, "@openclaw tell me", "");
    let message = world.hears().await;
    world.shows(&message, "Ask @al").await;
    let preview = world.reads(&town, |text| text.starts_with("Ask")).await;
    assert_eq!(preview.message, "Ask", "it may become @alice or @all");
    world.shows(&message, "Ask @alice, she").await;
    world.reads(&town, |text| text == "Ask @alice, she").await;
    let token = world.seed.token("openclaw").to_owned();
    for end in [9, 13, token.len() - 1] {
        world.shows(&message, &format!("Ask @alice, she has {} {}", end, &token[..end])).await;
        let shown = world.reads(&town, |text| text.contains(&end.to_string())).await;
        assert_eq!(shown.message, format!("Ask @alice, she has {end} [secret]"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_calls_nobody_whatever_stands_before_it() {
    let mut world = World::with(
        Options::default(),
        json!({ "streaming": { "mode": "partial", "preview": { "commandText": "raw" } } }),
    )
    .await;
    let (dm, message) = asked(&mut world, "tell me").await;
    let one = ToolProgress {
        name: "exec".to_owned(),
        detail: Some("a backtick `".to_owned()),
        command: Some("wall @channel".to_owned()),
        ..ToolProgress::default()
    };
    world
        .instance
        .send(&Outbound { tool: Some(one), ..sign(&message, DeliveryKind::Tool, "") })
        .await
        .unwrap();
    let shown = world.reads(&dm, |text| text.contains("exec")).await.message;
    assert!(!shown.contains("@channel"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_megabytes_keeps_nobody_waiting() {
    let mut world = World::with(Options::default(), json!({ "markdown": { "tables": "bullets" } })).await;
    let (dm, message) = asked(&mut world, "tell me").await;
    let bob = world.dm("bob");
    world.says("bob", &bob, "and me", "");
    let other = world.hears().await;
    let text = "| a | b |\n|---|---|\n| *one* | `two` |\n\nwords @and words\n".repeat(20_000);
    let began = Instant::now();
    for piece in 1..=10 {
        world.shows(&message, &text[..text.len() / 10 * piece]).await;
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    let began = Instant::now();
    world.instance.send(&finally(&other, "At once.")).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    world.reads(&dm, |text| text.contains("words") && text.ends_with('…')).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_not_streamed_costs_one_request() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "quick").await;
    world.sees_no_request_but(&message, &dm).await;
}

impl World {
    async fn sees_no_request_but(&self, message: &InboundMessage, dm: &str) {
        tokio::time::sleep(A_WHILE).await;
        let before = self.sim.requests().len();
        self.instance.send(&finally(message, "Yes.")).await.unwrap();
        let ack = HandleRequest::InboundAck(Acknowledge { event_id: message.event_id.clone() });
        self.instance.handle(&ack).await.unwrap();
        tokio::time::sleep(A_WHILE).await;
        self.until_answers(dm, &["Yes."]).await;
        let all: Vec<String> = self.sim.requests()[before..]
            .iter()
            .map(|one| format!("{} {}", one.method, one.path))
            .filter(|one| !one.contains("typing"))
            .collect();
        assert_eq!(all.len(), 1, "{all:#?}");
    }
}
