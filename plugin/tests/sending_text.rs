//! What becomes of an answer's text: long ones, tables, prefixes, reasoning.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use host_sdk::protocol::{ChunkMode, DeliveryKind, Outbound, QueryRequest, Receipt, Speaker, TableMode};
use mattermost_sim::Options;
use serde_json::{Value, json};
use support::World;

fn to(target: impl Into<String>, text: &str) -> Outbound {
    Outbound { target: target.into(), text: text.to_owned(), ..Outbound::default() }
}

/// The bot's posts after a message went out, and its receipt.
async fn posted(section: Value, text: &str) -> (Vec<String>, Receipt) {
    posted_on(Options::default(), section, text).await
}

async fn posted_on(server: Options, section: Value, text: &str) -> (Vec<String>, Receipt) {
    let world = World::with(server, section).await;
    let general = world.channel("general");
    let receipt = world.instance.send(&to(format!("channel:{general}"), text)).await.unwrap();
    let posts = world.answers(&general);
    assert_eq!(posts.iter().map(|post| post.id.clone()).collect::<Vec<_>>(), receipt.message_ids);
    (posts.into_iter().map(|post| post.message).collect(), receipt)
}

// covers: O07
#[tokio::test(flavor = "multi_thread")]
async fn each_post_of_a_long_fence_is_fenced() {
    let lines: Vec<String> = (0..600).map(|number| format!("let number_{number} = \"ü\";")).collect();
    let (posts, _) =
        posted(json!({}), &format!("Here it is:\n\n```rust\n{}\n```\n\nDone.", lines.join("\n"))).await;
    assert!(posts.len() > 2);
    let mut code = Vec::new();
    for post in &posts {
        assert!(post.chars().count() <= 4_000);
        let (_, fenced) = post.split_once("```rust\n").unwrap();
        code.extend(fenced.split_once("\n```").unwrap().0.lines().map(str::to_owned));
    }
    assert_eq!(code, lines);
    assert!(posts.first().unwrap().starts_with("Here it is:") && posts.last().unwrap().ends_with("Done."));
}

// covers: O07
#[tokio::test(flavor = "multi_thread")]
async fn the_configured_limit_counts_characters_and_a_table_gets_its_header_again() {
    let rows: String = (0..30).map(|row| format!("| row {row} | ü👍🏽 |\n")).collect();
    let (posts, _) = posted(json!({ "textChunkLimit": 120 }), &format!("| a | b |\n|---|---|\n{rows}")).await;
    assert!(posts.len() > 3);
    assert!(
        posts
            .iter()
            .all(|post| post.starts_with("| a | b |\n| --- | --- |\n") && post.chars().count() <= 120)
    );
    assert_eq!(posts.iter().map(|post| post.matches("row ").count()).sum::<usize>(), 30);
}

// covers: O07
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_above_the_servers_is_the_servers() {
    let (posts, _) = posted(json!({ "textChunkLimit": 100_000 }), &"word ".repeat(8_000)).await;
    assert_eq!(posts.len(), 3);
    assert!(posts.iter().all(|post| post.chars().count() <= 16_383));
}

// covers: O07
#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_an_old_database_says_what_it_takes() {
    let server = Options::default().max_post_size(4_000);
    let (posts, _) = posted_on(server, json!({ "textChunkLimit": 10_000 }), &"word ".repeat(2_000)).await;
    assert_eq!(posts.len(), 3);
    assert!(posts.iter().all(|post| post.chars().count() <= 4_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_asked_once_and_only_when_it_matters() {
    let world = World::with(Options::default(), json!({ "textChunkLimit": 10_000 })).await;
    let asked =
        || world.sim.requests().iter().filter(|request| request.path.contains("config/client")).count();
    let before = asked();
    world.instance.send(&to("#general", "short")).await.unwrap();
    assert_eq!(asked(), before);
    for _ in 0..3 {
        world.instance.send(&to("#general", &"long ".repeat(1_000))).await.unwrap();
    }
    assert_eq!(asked(), before + 1);
}

// covers: O08
#[tokio::test(flavor = "multi_thread")]
async fn newline_mode_cuts_at_blank_lines_outside_of_code() {
    let text = format!(
        "{}\nsame\n\n{}\n\n```\na\n\nb\n```\n\n{}",
        "one ".repeat(15),
        "two ".repeat(10),
        "three ".repeat(12)
    );
    let section = json!({ "textChunkLimit": 90, "streaming": { "chunkMode": "newline" } });
    let (posts, _) = posted(section, &text).await;
    let begins: Vec<&str> = posts.iter().map(|post| post.split_whitespace().next().unwrap()).collect();
    assert_eq!(begins, ["one", "two", "three"]);
    assert!(posts[0].ends_with("same") && posts[1].ends_with("```\na\n\nb\n```"), "{posts:?}");
}

// covers: O09
#[tokio::test(flavor = "multi_thread")]
async fn tables_are_posted_as_the_account_wants_them() {
    let table = "| a | b |\n|---|---|\n| 1 | **2** |";
    let code = "```\n| a   | b   |\n| --- | --- |\n| 1   | 2   |\n```";
    for (mode, expected) in [
        (Value::Null, table),
        (json!("off"), table),
        (json!("code"), code),
        (json!("block"), code),
        (json!("bullets"), "**1**\n• b: **2**"),
    ] {
        let (posts, receipt) = posted(json!({ "markdown": { "tables": mode } }), table).await;
        assert_eq!(posts, [expected]);
        assert_eq!(receipt.text, expected);
    }
}

#[test]
fn hosts_can_ask_for_the_same_posts_without_an_instance() {
    let ask = |limit, mode, tables| {
        let query = QueryRequest::TextChunks {
            text: "one\n\ntwo **words** and more of them\n\n| a |\n|---|\n| 1 |".to_owned(),
            limit,
            mode,
            tables,
        };
        support::library().query(&query).unwrap()
    };
    let whole = ask(None, ChunkMode::Length, TableMode::Bullets);
    assert_eq!(whole, json!({ "chunks": ["one\n\ntwo **words** and more of them\n\n• 1"], "limit": 4_000 }));
    let cut = ask(Some(34), ChunkMode::Newline, TableMode::Off);
    assert_eq!(cut["chunks"], json!(["one", "two **words** and more of them", "| a |\n|---|\n| 1 |"]));
    assert_eq!(ask(Some(1_000_000), ChunkMode::Length, TableMode::Off)["limit"], 16_383);
    let none = QueryRequest::TextChunks {
        text: "x".to_owned(),
        limit: Some(0),
        mode: ChunkMode::Length,
        tables: TableMode::Off,
    };
    let error = support::library().query(&none).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("limit"));
    let error = QueryRequest::parse(r#"{"type":"text.chunks","text":"x","mode":"words"}"#).unwrap_err();
    assert!(error.message.contains("newline"), "{error}");
}

// covers: O23
#[tokio::test(flavor = "multi_thread")]
async fn reasoning_is_never_posted() {
    let world = World::new().await;
    let general = world.channel("general");
    let flagged = Outbound { kind: DeliveryKind::Reasoning, ..to("#general", "hm, hm") };
    for message in [flagged, to("#general", "Reasoning:\nhm"), to("#general", "> Thinking...\n> hm")] {
        let receipt = world.instance.send(&message).await.unwrap();
        assert!(receipt.suppressed && receipt.message_ids.is_empty());
    }
    let answer = world.instance.send(&to("#general", "the answer")).await.unwrap();
    assert!(!answer.suppressed);
    assert_eq!(
        world.answers(&general).into_iter().map(|post| post.message).collect::<Vec<_>>(),
        ["the answer"]
    );
}

// covers: O24
#[tokio::test(flavor = "multi_thread")]
async fn the_prefix_is_on_the_first_post_of_an_answer_only() {
    let section = json!({ "responsePrefix": "[{identity.name} {model} {other}]", "textChunkLimit": 100 });
    let mut world = World::with(Options::default(), section).await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "hello?", "");
    let heard = world.hears().await;
    let agent = Speaker { name: Some("Molty".to_owned()), ..Speaker::default() };
    let answer = Outbound { text: "word ".repeat(50), agent: Some(agent), ..support::answer(&heard) };
    world.instance.send(&answer).await.unwrap();
    let posts = world.answers(&dm);
    assert!(posts.len() > 2);
    assert!(posts[0].message.starts_with("[Molty {model} {other}] word"), "{}", posts[0].message);
    assert!(posts[1..].iter().all(|post| post.message.starts_with("word")));
}
