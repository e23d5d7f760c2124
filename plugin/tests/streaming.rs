//! What a reader sees while an answer is being written, and what it becomes.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{DeliveryKind, HandleRequest, Outbound, PlanStep, StepStatus, ToolPhase, TurnEnd};
use mattermost_sim::Options;
use serde_json::json;
use std::time::{Duration, Instant};
use support::{World, answer, finally, mode, sign, tool};

/// Long enough for a write that was due.
const A_WHILE: Duration = Duration::from_millis(1_600);

async fn asked(world: &mut World, text: &str) -> (String, host_sdk::protocol::InboundMessage) {
    let dm = world.dm("alice");
    world.says("alice", &dm, text, "");
    (dm, world.hears().await)
}

// covers: O17
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_grows_in_one_post_and_becomes_the_final_in_place() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "tell me").await;
    world.shows(&message, "Once").await;
    let preview = world.reads(&dm, |text| text == "Once").await;
    world.shows(&message, "Once upon").await;
    world.shows(&message, "Once upon a time").await;
    world.reads(&dm, |text| text == "Once upon a time").await;
    let receipt =
        world.instance.send(&finally(&message, "Once upon a time there was an end.")).await.unwrap();
    assert_eq!(receipt.message_ids, [preview.id.as_str()]);
    let answers = world.answers(&dm);
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].message, "Once upon a time there was an end.");
    // The server's own props, and the mark of the delivery, are there as on any other answer.
    assert_eq!(answers[0].props["from_bot"], "true");
    assert_ne!(answers[0].props["openclaw_delivery"], preview.props["openclaw_delivery"]);
    assert_eq!(world.writes(), (1, 2, 0), "what was replaced before it was due is not written");
}

// covers: O17
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_written_at_most_every_second_and_a_bit() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "tell me").await;
    let text = "word ".repeat(200);
    let began = Instant::now();
    world.streams(&message, &text, 100, Duration::from_millis(40)).await;
    let edits = world.writes().1;
    let most = began.elapsed().as_millis() / 1_200 + 1;
    assert!(edits >= 2 && edits as u128 <= most, "{edits} edits, at most {most}");
    world.instance.send(&finally(&message, text.trim())).await.unwrap();
    world.until_answers(&dm, &[text.trim()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_at_once_has_no_preview() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "quick").await;
    world.shows(&message, "Yes").await;
    world.instance.send(&finally(&message, "Yes.")).await.unwrap();
    world.settle(&message).await;
    tokio::time::sleep(A_WHILE).await;
    world.until_answers(&dm, &["Yes."]).await;
    assert_eq!(world.writes(), (1, 0, 0));
}

// covers: O17
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_stands_there_already_is_not_edited_again() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "same").await;
    world.shows(&message, "The same.").await;
    let preview = world.reads(&dm, |text| text == "The same.").await;
    // Whoever repeats himself changes nothing either.
    world.shows(&message, "The same.").await;
    tokio::time::sleep(A_WHILE).await;
    let receipt = world.instance.send(&finally(&message, "The same.")).await.unwrap();
    assert_eq!(receipt.message_id, preview.id);
    // It gets the mark of the answer, which nobody sees.
    assert_eq!(world.writes(), (1, 1, 0));
    let answers = world.answers(&dm);
    assert_eq!(answers[0].edit_at, 0);
    assert_ne!(answers[0].props["openclaw_delivery"], preview.props["openclaw_delivery"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_in_the_thread_of_its_answer() {
    let mut world = World::new().await;
    let town = world.channel("general");
    let root = world.says("alice", &town, "@openclaw a question", "");
    let message = world.hears().await;
    let in_thread = |outbound: Outbound| Outbound { thread_root_id: Some(root.id.clone()), ..outbound };
    world.instance.send(&in_thread(sign(&message, DeliveryKind::Partial, "An"))).await.unwrap();
    let preview = world.reads(&town, |text| text == "An").await;
    assert_eq!(preview.root_id, root.id);
    world.instance.send(&in_thread(finally(&message, "An answer"))).await.unwrap();
    let answers = world.answers(&town);
    assert_eq!((answers.len(), &answers[0].id), (1, &preview.id));
}

// covers: O21
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_a_post_of_its_own_and_the_preview_goes() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "fail").await;
    world.shows(&message, "I am").await;
    let preview = world.reads(&dm, |text| text == "I am").await;
    let failed = Outbound { failure: true, ..finally(&message, "I am out of tokens.") };
    let receipt = world.instance.send(&failed).await.unwrap();
    assert_ne!(receipt.message_id, preview.id);
    world.until_answers(&dm, &["I am out of tokens."]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_the_preview_did_not_call_is_called_by_a_post_of_its_own() {
    let mut world = World::new().await;
    let town = world.channel("general");
    world.says("alice", &town, "@openclaw who knows?", "");
    let message = world.hears().await;
    world.shows(&message, "Ask").await;
    let preview = world.reads(&town, |text| text == "Ask").await;
    let receipt = world.instance.send(&finally(&message, "Ask @bob.")).await.unwrap();
    assert_ne!(receipt.message_id, preview.id, "an edit wakes nobody");
    world.until_answers(&town, &["Ask @bob."]).await;
}

// covers: O22
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_that_somebody_deleted_is_followed_by_a_fresh_answer() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "delete it").await;
    world.shows(&message, "I").await;
    let preview = world.reads(&dm, |text| text == "I").await;
    world.sim.delete_as(&world.id("openclaw"), &preview.id).unwrap();
    world.shows(&message, "I will").await;
    tokio::time::sleep(A_WHILE).await;
    let receipt = world.instance.send(&finally(&message, "I will not be silenced.")).await.unwrap();
    assert_ne!(receipt.message_id, preview.id);
    world.until_answers(&dm, &["I will not be silenced."]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_without_an_answer_leaves_nothing_behind() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "never mind").await;
    world.shows(&message, "Well").await;
    world.reads(&dm, |text| text == "Well").await;
    world.settle(&message).await;
    world.until_answers(&dm, &[]).await;
    let late = world.shows(&message, "Well, too late").await;
    assert!(late.suppressed && late.message_id.is_empty());
    tokio::time::sleep(A_WHILE).await;
    world.until_answers(&dm, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_may_stream_without_an_event_and_ends_the_turn_itself() {
    let world = World::new().await;
    let town = world.channel("general");
    let partial = Outbound {
        target: format!("channel:{town}"),
        turn_id: Some("cron-1".to_owned()),
        kind: DeliveryKind::Partial,
        text: "The report".to_owned(),
        ..Outbound::default()
    };
    world.instance.send(&partial).await.unwrap();
    world.reads(&town, |text| text == "The report").await;
    let end = HandleRequest::TurnEnd(TurnEnd { account_id: None, turn_id: "cron-1".to_owned() });
    assert_eq!(world.instance.handle(&end).await.unwrap()["ended"], true);
    world.until_answers(&town, &[]).await;
    assert_eq!(world.instance.handle(&end).await.unwrap()["ended"], false);
    let lost = world.instance.send(&Outbound { turn_id: None, ..partial }).await.unwrap_err();
    assert_eq!(lost.field.as_deref(), Some("turn_id"));
}

// covers: O23
#[tokio::test(flavor = "multi_thread")]
async fn what_the_agent_thinks_is_shown_as_thinking_and_never_posted() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "think").await;
    world.instance.send(&sign(&message, DeliveryKind::Reasoning, "the secret plan")).await.unwrap();
    world.reads(&dm, |text| text == "Thinking…").await;
    world.instance.send(&finally(&message, "Done thinking.")).await.unwrap();
    world.until_answers(&dm, &["Done thinking."]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_are_lines_below_the_answer_unless_they_are_switched_off() {
    for (shown, expected) in [(true, "Let me look.\n\n✅ web search"), (false, "Let me look.")] {
        let streaming = json!({ "streaming": { "preview": { "toolProgress": shown } } });
        let mut world = World::with(Options::default(), streaming).await;
        let (dm, message) = asked(&mut world, "look it up").await;
        world.shows(&message, "Let me look.").await;
        world.instance.send(&tool(&message, "web_search", ToolPhase::Running)).await.unwrap();
        world.instance.send(&tool(&message, "web_search", ToolPhase::Done)).await.unwrap();
        world.reads(&dm, |text| text == expected).await;
        world.instance.send(&finally(&message, "Let me look. Found it.")).await.unwrap();
        world.until_answers(&dm, &["Let me look. Found it."]).await;
    }
}

// covers: O18
#[tokio::test(flavor = "multi_thread")]
async fn under_block_texts_and_tools_have_posts_of_their_own_that_stay() {
    let mut world = World::with(Options::default(), mode("block")).await;
    let (dm, message) = asked(&mut world, "look it up").await;
    world.shows(&message, "Let me look.").await;
    world.reads(&dm, |text| text == "Let me look.").await;
    world.instance.send(&tool(&message, "web_search", ToolPhase::Running)).await.unwrap();
    world.reads(&dm, |text| text == "• web search").await;
    world.instance.send(&tool(&message, "web_search", ToolPhase::Done)).await.unwrap();
    world.instance.send(&tool(&message, "read_page", ToolPhase::Done)).await.unwrap();
    world.shows(&message, "Let me look.\n\nFound").await;
    world.until_answers(&dm, &["Let me look.", "✅ web search\n✅ read page", "Found"]).await;
    let receipt = world.instance.send(&finally(&message, "Let me look.\n\nFound it.")).await.unwrap();
    world.until_answers(&dm, &["Let me look.", "✅ web search\n✅ read page", "Found it."]).await;
    assert_eq!(receipt.message_ids, [world.answers(&dm)[2].id.as_str()]);
    world.settle(&message).await;
    tokio::time::sleep(A_WHILE).await;
    assert_eq!((world.answers(&dm).len(), world.writes().0, world.writes().2), (3, 3, 0));
}

// covers: O18
#[tokio::test(flavor = "multi_thread")]
async fn under_block_what_happens_at_once_is_posted_in_its_order() {
    let mut world = World::with(Options::default(), mode("block")).await;
    let (dm, message) = asked(&mut world, "quick work").await;
    world.shows(&message, "Let me look.").await;
    world.instance.send(&tool(&message, "web_search", ToolPhase::Running)).await.unwrap();
    world.shows(&message, "Now here").await;
    world.instance.send(&tool(&message, "read_page", ToolPhase::Failed)).await.unwrap();
    world.instance.send(&finally(&message, "Let me look.\nNow here\nNothing.")).await.unwrap();
    world.settle(&message).await;
    let all = ["Let me look.", "• web search", "Now here", "❌ read page", "Nothing."];
    world.until_answers(&dm, &all).await;
    tokio::time::sleep(A_WHILE).await;
    world.until_answers(&dm, &all).await;
}

// covers: O18
#[tokio::test(flavor = "multi_thread")]
async fn under_block_an_answer_that_was_posted_in_parts_is_not_sent_again() {
    let mut world = World::with(Options::default(), mode("block")).await;
    let (dm, message) = asked(&mut world, "look it up").await;
    world.shows(&message, "All of it.").await;
    world.instance.send(&tool(&message, "save", ToolPhase::Done)).await.unwrap();
    world.reads(&dm, |text| text == "All of it.").await;
    let receipt = world.instance.send(&finally(&message, "All of it.")).await.unwrap();
    assert_eq!(receipt.message_id, world.reads(&dm, |text| text == "All of it.").await.id);
    world.settle(&message).await;
    tokio::time::sleep(A_WHILE).await;
    let said: Vec<String> = world.answers(&dm).into_iter().map(|post| post.message).collect();
    assert_eq!(said.iter().filter(|text| *text == "All of it.").count(), 1, "{said:?}");
}

// covers: O19
#[tokio::test(flavor = "multi_thread")]
async fn under_progress_a_status_shows_the_plan_and_becomes_the_answer() {
    let streaming = json!({ "streaming": { "mode": "progress", "progress": {
        "label": "On it", "toolProgress": true, "maxLines": 2,
    } } });
    let mut world = World::with(Options::default(), streaming).await;
    let (dm, message) = asked(&mut world, "work").await;
    world.shows(&message, "this text is not shown").await;
    let step = |text: &str, status| PlanStep { text: text.to_owned(), status };
    let plan = Outbound {
        plan: vec![step("look", StepStatus::Completed), step("write", StepStatus::InProgress)],
        ..sign(&message, DeliveryKind::Plan, "")
    };
    world.instance.send(&plan).await.unwrap();
    for name in ["one", "two", "three"] {
        world.instance.send(&tool(&message, name, ToolPhase::Running)).await.unwrap();
    }
    let status = world.reads(&dm, |text| text == "On it\n✅ look\n▸ write\n• two\n• three").await;
    let receipt = world.instance.send(&finally(&message, "Written.")).await.unwrap();
    assert_eq!(receipt.message_id, status.id);
    world.until_answers(&dm, &["Written."]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_progress_a_turn_that_is_over_soon_shows_no_status() {
    let mut world = World::with(Options::default(), mode("progress")).await;
    let (dm, message) = asked(&mut world, "work").await;
    world.shows(&message, "quick").await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    world.instance.send(&finally(&message, "Quick.")).await.unwrap();
    world.until_answers(&dm, &["Quick."]).await;
    assert_eq!(world.writes(), (1, 0, 0));
}

// covers: O20
#[tokio::test(flavor = "multi_thread")]
async fn with_previews_off_there_is_one_post_and_no_edit() {
    let mut world = World::with(Options::default(), mode("off")).await;
    let (dm, message) = asked(&mut world, "quietly").await;
    world.shows(&message, "Some").await;
    world.instance.send(&tool(&message, "web_search", ToolPhase::Running)).await.unwrap();
    let block = world.instance.send(&sign(&message, DeliveryKind::Block, "Some")).await.unwrap();
    assert!(block.suppressed, "the final has to hold it");
    tokio::time::sleep(A_WHILE).await;
    assert!(world.answers(&dm).is_empty());
    world.instance.send(&finally(&message, "Some text.")).await.unwrap();
    world.until_answers(&dm, &["Some text."]).await;
    assert_eq!(world.writes(), (1, 0, 0));
}

// covers: O20
#[tokio::test(flavor = "multi_thread")]
async fn with_previews_off_finished_parts_may_be_posts_of_their_own() {
    let streaming = json!({ "streaming": { "mode": "off", "block": {
        "enabled": true, "coalesce": { "minChars": 20, "idleMs": 300 },
    } } });
    let mut world = World::with(Options::default(), streaming).await;
    let (dm, message) = asked(&mut world, "in parts").await;
    let part = async |text: &str| {
        let receipt = world.instance.send(&sign(&message, DeliveryKind::Block, text)).await.unwrap();
        assert!(!receipt.suppressed);
    };
    part("First this.").await;
    part("And then that.").await;
    world.until_answers(&dm, &["First this.\n\nAnd then that."]).await;
    part("A pause.").await;
    world.until_answers(&dm, &["First this.\n\nAnd then that.", "A pause."]).await;
    part("Not alone.").await;
    let whole = "First this.\n\nAnd then that.\n\nA pause.\n\nNot alone.\n\nThe end.";
    world.instance.send(&finally(&message, whole)).await.unwrap();
    let all = ["First this.\n\nAnd then that.", "A pause.", "Not alone.\n\nThe end."];
    world.until_answers(&dm, &all).await;
    world.settle(&message).await;
    tokio::time::sleep(A_WHILE).await;
    world.until_answers(&dm, &all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_shows_no_token_and_is_not_longer_than_a_post() {
    let mut world = World::with(Options::default(), json!({ "textChunkLimit": 50 })).await;
    let (dm, message) = asked(&mut world, "leak").await;
    let token = world.seed.token("openclaw").to_owned();
    world.shows(&message, &format!("My token is {token} and {}", "so on ".repeat(30))).await;
    let preview = world.reads(&dm, |text| text.starts_with("My token is")).await;
    assert!(!preview.message.contains(&token));
    assert!(preview.message.chars().count() <= 50 && preview.message.ends_with('…'), "{}", preview.message);
    let echoed = answer(&message);
    world.instance.send(&echoed).await.unwrap();
    world.until_answers(&dm, &[&echoed.text]).await;
}
