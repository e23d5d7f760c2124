//! Posts that no person wrote: other bots, webhooks, the server; and posts that are more than text.

#![allow(clippy::unwrap_used, clippy::panic, clippy::needless_pass_by_value)]

mod support;

use mattermost_sim::{Draft, Options};
use serde_json::{Map, Value, json};
use support::World;

fn props(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// `allowBots` as given.
async fn allowing(bots: Value, more: Value) -> World {
    let around = json!({ "plugins": { "entries": { "mattermost": { "config": { "allowBots": bots } } } } });
    let world = World::begin(Options::default(), more, around, false).await;
    let (admin, general) = (world.seed.admin.id.clone(), world.channel("general"));
    world.sim.join(&admin, &general, world.seed.user_id("alerts")).ok();
    world
}

/// What an incoming webhook of bob's posts.
fn webhook(text: &str) -> Draft {
    let props =
        props(json!({ "from_webhook": "true", "override_username": "CI", "webhook_display_name": "ci" }));
    Draft { message: text.to_owned(), props, ..Draft::default() }
}

// covers: I06
#[tokio::test(flavor = "multi_thread")]
async fn the_bot_does_not_hear_itself() {
    let mut world = World::with(Options::default(), json!({ "chatmode": "onmessage" })).await;
    let (general, dm) = (world.channel("general"), world.dm("alice"));
    world.says("openclaw", &general, "@openclaw talking to myself", "");
    world.says("openclaw", &dm, "and in private", "");
    world.until_ignored("own_post", 2).await;
    world.hears_nothing_in("bob", &general, "").await;
    world.hears_nothing().await;
}

// covers: I07
#[tokio::test(flavor = "multi_thread")]
async fn the_servers_remarks_are_not_heard() {
    let mut world = World::with(Options::default(), json!({ "chatmode": "onmessage" })).await;
    let (general, admin) = (world.channel("general"), world.seed.admin.id.clone());
    let remark =
        Draft { message: "@openclaw joined".to_owned(), kind: "system_join_channel", ..Draft::default() };
    world.posts("bob", &general, remark);
    let remark = Draft { message: "@openclaw".to_owned(), kind: "system_header_change", ..Draft::default() };
    world.posts("bob", &general, remark);
    world.sim.join(&admin, &general, &admin).ok();
    world.until_ignored("system_post", 2).await;
    world.hears_nothing_in("bob", &general, "").await;
}

// The official plugin drops them with the server's remarks.
#[tokio::test(flavor = "multi_thread")]
async fn a_post_of_the_me_command_is_one_of_a_person() {
    let mut world = World::new().await;
    let general = world.channel("general");
    let draft = Draft {
        message: "waves at @openclaw".to_owned(),
        kind: "me",
        props: props(json!({ "message": "waves at @openclaw" })),
        ..Draft::default()
    };
    world.posts("bob", &general, draft);
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.sender.is_bot), ("waves at", false));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_a_card_is_read() {
    let mut world = World::new().await;
    let general = world.channel("general");
    let card = json!({ "attachments": [{
        "pretext": "Build", "title": "#41 failed", "title_link": "https://ci/41", "text": "2 tests",
        "fields": [{ "title": "Branch", "value": "main" }],
    }] });
    let draft =
        Draft { message: "@openclaw what is this?".to_owned(), props: props(card), ..Draft::default() };
    world.posts("bob", &general, draft);
    let heard = world.hears().await;
    assert_eq!(heard.text, "what is this?\n\nBuild\n#41 failed (https://ci/41)\n2 tests\nBranch: main");
    // A card alone may name the bot, too.
    let card = props(json!({ "attachments": [{ "text": "@openclaw please look" }] }));
    world.posts("bob", &general, Draft { props: card, kind: "slack_attachment", ..Draft::default() });
    assert_eq!(world.hears().await.text, "please look");
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_and_webhooks_are_not_heard_unless_somebody_wants_it() {
    let mut world = allowing(json!(false), json!({ "chatmode": "onmessage" })).await;
    let general = world.channel("general");
    world.says("alerts", &general, "@openclaw from a bot", "");
    world.posts("bob", &general, webhook("@openclaw from a webhook"));
    world.until_ignored("bot_post", 2).await;
    world.hears_nothing_in("bob", &general, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_may_be_heard_when_they_name_the_bot() {
    let mut world = allowing(json!("mentions"), json!({ "chatmode": "onmessage" })).await;
    let general = world.channel("general");
    world.says("alerts", &general, "not to anybody", "");
    world.posts("bob", &general, webhook("nor this"));
    world.says("alerts", &general, "@openclaw from a bot", "");
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.sender.is_bot), ("from a bot", true));
    assert_eq!(heard.sender.username.as_deref(), Some("alerts"));
    world.posts("bob", &general, webhook("@openclaw from a webhook"));
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.sender.is_bot), ("from a webhook", true));
    assert_eq!(heard.sender.username.as_deref(), Some("CI (webhook)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_may_be_heard_like_people() {
    let mut world = allowing(json!(true), json!({ "chatmode": "onmessage" })).await;
    let general = world.channel("general");
    world.says("alerts", &general, "to anybody", "");
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.sender.is_bot), ("to anybody", true));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_webhook_admits_nobody() {
    let around = json!({ "plugins": { "entries": { "mattermost": { "config": { "allowBots": true } } } } });
    let mut world = World::build(Options::default(), false, |seed| {
        let keys = json!({
            "groupPolicy": "allowlist", "groupAllowFrom": ["@ci", seed.user_id("alice")],
            "dangerouslyAllowNameMatching": true,
        });
        (keys, around)
    })
    .await;
    let general = world.channel("general");
    world.posts("bob", &general, webhook("@openclaw I call myself CI"));
    world.until_ignored("group_policy_not_allowlisted", 1).await;
    world.hears_nothing_in("alice", &general, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_that_answer_each_other_come_to_an_end_until_a_person_speaks() {
    let mut world = allowing(json!(true), json!({})).await;
    let general = world.channel("general");
    for number in 0..30 {
        world.says("alerts", &general, &format!("@openclaw m{number}"), "");
    }
    world.until_ignored("bot_loop", 1).await;
    world.says("bob", &general, "@openclaw stop this", "");
    let heard = world.hears_until("stop this").await;
    let bots = heard.iter().filter(|message| message.sender.is_bot).count();
    assert!((1..=10).contains(&bots), "{bots} of 30 messages of a bot were heard");
    world.until_ignored("bot_loop", 30 - bots as u64).await;
    world.says("alerts", &general, "@openclaw once more", "");
    assert_eq!(world.hears().await.text, "once more");
}
