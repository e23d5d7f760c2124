//! The texts of previews and of answers that come in parts.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use host_sdk::protocol::{DeliveryKind, InboundMessage, Outbound, Speaker, ToolPhase};
use mattermost_sim::Options;
use serde_json::{Value, json};
use support::{World, finally, sign, tool};

async fn asked(section: Value) -> (World, String, InboundMessage) {
    let mut world = World::with(Options::default(), section).await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "well?", "");
    let message = world.hears().await;
    (world, dm, message)
}

fn by_molty(message: Outbound) -> Outbound {
    let agent = Some(Speaker { name: Some("Molty".to_owned()), ..Speaker::default() });
    Outbound { agent, ..message }
}

// covers: O24
#[tokio::test(flavor = "multi_thread")]
async fn the_prefix_is_there_from_the_first_words_on() {
    let (world, dm, message) = asked(json!({ "responsePrefix": "auto" })).await;
    world.instance.send(&by_molty(sign(&message, DeliveryKind::Partial, "So far"))).await.unwrap();
    let preview = world.reads(&dm, |text| text == "[Molty] So far").await;
    let receipt = world.instance.send(&by_molty(finally(&message, "So far, so good."))).await.unwrap();
    assert_eq!(receipt.message_ids, [preview.id]);
    world.until_answers(&dm, &["[Molty] So far, so good."]).await;
}

// covers: O24
#[tokio::test(flavor = "multi_thread")]
async fn of_an_answer_in_parts_the_first_has_the_prefix() {
    let section = json!({ "responsePrefix": "Bot:", "streaming": { "mode": "block" } });
    let (mut world, dm, message) = asked(section).await;
    world.shows(&message, "First I look.").await;
    world.reads(&dm, |text| text == "Bot: First I look.").await;
    world.instance.send(&tool(&message, "look", ToolPhase::Running)).await.unwrap();
    world.reads(&dm, |text| text == "• look").await;
    world.instance.send(&finally(&message, "First I look.\n\nThen I tell.")).await.unwrap();
    world.until_answers(&dm, &["Bot: First I look.", "• look", "Then I tell."]).await;
    // What the agent does is no answer.
    world.says("alice", &dm, "again?", "");
    let message = world.hears().await;
    world.instance.send(&tool(&message, "look", ToolPhase::Running)).await.unwrap();
    world.instance.send(&finally(&message, "Done.")).await.unwrap();
    let all = ["Bot: First I look.", "• look", "Then I tell.", "• look", "Bot: Done."];
    world.until_answers(&dm, &all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_as_long_as_a_post_may_be_with_its_fence_closed() {
    let (world, dm, message) = asked(json!({ "textChunkLimit": 100 })).await;
    let code = format!("```rust\n{}```", "let number = 1;\n".repeat(10));
    world.shows(&message, &code).await;
    let preview = world.reads(&dm, |text| text.ends_with("…\n```")).await;
    assert!(preview.message.starts_with("```rust\n") && preview.message.chars().count() <= 100);
    assert!(preview.message.chars().count() > 80, "{}", preview.message);
    world.instance.send(&finally(&message, &code)).await.unwrap();
    let posts = world.answers(&dm);
    assert!(posts.len() > 1 && posts[0].id == preview.id);
    assert!(
        posts.iter().all(|post| post.message.starts_with("```rust\n") && post.message.ends_with("\n```"))
    );
}

// covers: O23
#[tokio::test(flavor = "multi_thread")]
async fn reasoning_that_comes_as_a_text_is_no_text() {
    let (world, dm, message) = asked(json!({ "responsePrefix": "Bot:" })).await;
    world.shows(&message, "Reasoning:\nhm, hm").await;
    world.reads(&dm, |text| text == "Thinking…").await;
    let receipt = world.instance.send(&finally(&message, "Reasoning:\nhm, hm")).await.unwrap();
    assert!(receipt.suppressed && receipt.message_ids.is_empty());
    world.instance.send(&finally(&message, "Yes.")).await.unwrap();
    world.settle(&message).await;
    world.until_answers(&dm, &["Bot: Yes."]).await;
}
