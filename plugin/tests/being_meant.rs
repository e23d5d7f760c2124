//! When a message is for the bot, and who is heard.

mod support;

use mattermost_sim::Options;
use serde_json::json;
use support::World;

#[tokio::test(flavor = "multi_thread")]
async fn on_message_hears_everything() {
    let mut world = World::with(Options::default(), json!({ "chatmode": "onmessage" })).await;
    let general = world.channel("general");
    world.says("bob", &general, "anybody?", "");
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.mention.was_mentioned), ("anybody?", false));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_char_hears_prefixes_and_mentions_and_strips_both() {
    let more = json!({ "chatmode": "onchar", "oncharPrefixes": ["!", "ask:"] });
    let mut world = World::with(Options::default(), more).await;
    let general = world.channel("general");
    world.says("bob", &general, "no prefix", "");
    for (said, heard) in [("!hello", "hello"), ("ask: why", "why"), ("@openclaw hi", "hi")] {
        world.says("bob", &general, said, "");
        assert_eq!(world.hears().await.text, heard);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_legacy_require_mention_counts_where_chatmode_is_not_set() {
    let mut world = World::with(Options::default(), json!({ "requireMention": false })).await;
    let general = world.channel("general");
    world.says("bob", &general, "no mention needed", "");
    assert_eq!(world.hears().await.text, "no mention needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowlist_is_kept_in_direct_messages_and_in_channels() {
    let sim = mattermost_sim::Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let section = json!({
        "botToken": seed.token("openclaw"), "baseUrl": sim.url(),
        "dmPolicy": "allowlist", "groupPolicy": "allowlist",
        "allowFrom": [format!("mattermost:@{}", seed.user_id("alice").to_uppercase())],
    });
    let (instance, events) =
        support::library().instance(&support::init(support::config(section)), None).unwrap();
    let mut world = World { sim, seed, instance, events, life: Default::default() };
    let start = host_sdk::protocol::HandleRequest::AccountStart(Default::default());
    world.instance.handle(&start).await.unwrap();
    world.until(|status| status.connected).await;
    let (bobs, general) = (world.dm("bob"), world.channel("general"));
    world.says("bob", &bobs, "let me in", "");
    world.says("bob", &general, "@openclaw let me in", "");
    world.says("alice", &general, "@openclaw it is me", "");
    assert_eq!(world.hears().await.text, "it is me");
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn disabled_policies_hear_nobody() {
    let mut world = World::with(Options::default(), json!({ "groupPolicy": "disabled" })).await;
    let general = world.channel("general");
    world.says("alice", &general, "@openclaw hello?", "");
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_mention_is_answered_and_somebody_elses_name_is_not() {
    let mut world = World::new().await;
    let general = world.channel("general");
    world.says("bob", &general, "@openclaw2 and @openclaw.x", "");
    world.says("bob", &general, "@openclaw", "");
    assert_eq!(world.hears().await.text, "@openclaw");
}
