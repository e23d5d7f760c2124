//! Why a message is answered or not, as an operator asks it.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{ErrorCode, Explain, Explanation, HandleRequest};
use mattermost_sim::{Draft, Options, Seed, Sim};
use serde_json::{Value, json};
use support::{World, about, approved, client, config};

/// What a process that only asks is told under these keys of the section, and around it.
async fn ask(sim: &Sim, seed: &Seed, keys: Value, around: Value, post_id: &str) -> Explanation {
    let mut section = json!({ "botToken": seed.token("openclaw"), "baseUrl": sim.url() });
    for (key, value) in keys.as_object().unwrap() {
        section[key] = value.clone();
    }
    let mut config = config(section);
    for (key, value) in around.as_object().unwrap() {
        config[key] = value.clone();
    }
    let (instance, _events) = client(config);
    let ask = Explain { account_id: None, message_id: post_id.to_owned() };
    let told = instance.handle(&HandleRequest::InboundExplain(ask)).await.unwrap();
    serde_json::from_value(told).unwrap()
}

/// The last step is the one that decided, and its sentence says which key did.
fn assert_told(told: &Explanation, reason: &str, words: &str) {
    let last = told.steps.last().unwrap();
    assert_eq!(told.reason, reason, "{told:?}");
    if reason != "answered" {
        assert_eq!((last.reason.as_str(), last.passed, told.answered), (reason, false, false), "{told:?}");
    } else {
        assert!(told.answered && told.steps.iter().all(|step| step.passed), "{told:?}");
    }
    assert!(told.steps.iter().any(|step| step.detail.contains(words)), "{words:?} is not in {told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reason_is_told_with_the_key_that_decides() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let (alice, general) = (seed.user_id("alice").to_owned(), seed.channel("general").to_owned());
    let dm = sim.direct_channel(&alice, seed.user_id("openclaw")).unwrap();
    let says =
        |who: &str, channel: &str, text: &str| sim.post_as(seed.user_id(who), channel, text, "").unwrap().id;
    let own = says("openclaw", &general, "mine");
    let other_bot = says("alerts", &general, "@openclaw hello");
    let joined =
        Draft { message: "alice joined".to_owned(), kind: "system_join_channel", ..Draft::default() };
    let system = sim.post_draft(&alice, &general, joined).unwrap().id;
    let private = says("alice", &dm, "hi");
    let named = says("alice", &general, "@openclaw hi");
    let chatter = says("alice", &general, "lunch?");
    let command = says("alice", &general, "@openclaw /new");
    let empty = says("alice", &general, "@openclaw @openclaw");
    let prefixed = says("alice", &general, "!hi");
    let group = says("alice", &general, "hey claw");
    let open = json!({ "groupPolicy": "open" });
    let listed = json!({ "groupPolicy": "allowlist", "groupAllowFrom": [alice] });
    let none = json!({});
    let bots = |how: Value| json!({ "plugins": { "entries": { "mattermost": { "config": { "allowBots": how } } } } });
    let pattern = json!({ "messages": { "groupChat": { "mentionPatterns": ["claw"] } } });
    for (keys, around, post, reason, words) in [
        (json!({}), &none, &own, "own_post", "wrote it itself"),
        (open.clone(), &none, &other_bot, "bot_post", "allowBots"),
        (open.clone(), &bots(json!(true)), &other_bot, "answered", "@alerts"),
        (
            json!({ "groupPolicy": "open", "chatmode": "onmessage" }),
            &bots(json!("mentions")),
            &other_bot,
            "answered",
            "named",
        ),
        (open.clone(), &none, &system, "system_post", "the server wrote it"),
        (
            json!({ "dmPolicy": "disabled" }),
            &none,
            &private,
            "dm_policy_disabled",
            "dmPolicy is \"disabled\"",
        ),
        (
            json!({ "dmPolicy": "allowlist", "allowFrom": ["x"] }),
            &none,
            &private,
            "dm_policy_not_allowlisted",
            "allowFrom has 1 entries",
        ),
        (json!({ "dmPolicy": "pairing" }), &none, &private, "dm_not_paired", "add the id to allowFrom"),
        (
            json!({ "dmPolicy": "open", "allowFrom": ["*"] }),
            &none,
            &private,
            "answered",
            "dmPolicy is \"open\"",
        ),
        (
            json!({ "groupPolicy": "disabled" }),
            &none,
            &named,
            "group_policy_disabled",
            "groupPolicy is \"disabled\"",
        ),
        (
            json!({ "groupPolicy": "allowlist" }),
            &none,
            &named,
            "group_policy_empty_allowlist",
            "has 0 entries",
        ),
        (
            json!({ "groupAllowFrom": ["x"] }),
            &none,
            &named,
            "group_policy_not_allowlisted",
            "groupAllowFrom has 1 entries",
        ),
        (
            json!({ "groupAllowFrom": ["accessGroup:gone"] }),
            &none,
            &named,
            "access_group_missing",
            "groupAllowFrom",
        ),
        (listed.clone(), &none, &named, "answered", "@openclaw is named"),
        (open.clone(), &none, &chatter, "not_mentioned", "requireMention to false"),
        (
            json!({ "groupPolicy": "open", "groups": { "*": { "requireMention": false } } }),
            &none,
            &chatter,
            "answered",
            "groups.\"*\".requireMention",
        ),
        (json!({ "groupPolicy": "open", "chatmode": "onchar" }), &none, &chatter, "not_triggered", "> !"),
        (
            json!({ "groupPolicy": "open", "chatmode": "onchar" }),
            &none,
            &prefixed,
            "answered",
            "oncharPrefixes",
        ),
        (open.clone(), &none, &command, "command_not_authorized", "allowFrom or groupAllowFrom"),
        (listed, &none, &command, "answered", "its sender is listed"),
        (open.clone(), &none, &empty, "empty", "no text that can be seen"),
        (open, &pattern, &group, "answered", "mention pattern"),
    ] {
        let told = ask(&sim, &seed, keys, around.clone(), post).await;
        assert_eq!((told.account_id.as_str(), &told.message_id), ("default", post));
        assert_told(&told, reason, words);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_channel_knows_who_was_paired_and_where_the_bot_took_part() {
    let mut world = World::build(Options::default(), true, |_| {
        (json!({ "dmPolicy": "pairing", "allowFrom": null }), json!({}))
    })
    .await;
    let (dm, general) = (world.dm("bob"), world.channel("general"));
    let post = world.says("bob", &dm, "hello?", "");
    let request = world.asked().await;
    world.reply(&request, support::pending(None, false)).await;
    let instance = world.instance.clone();
    for (answer, reason) in [(support::pending(None, false), "dm_not_paired"), (approved(), "answered")] {
        let ask = Explain { account_id: None, message_id: post.id.clone() };
        let ask = HandleRequest::InboundExplain(ask);
        let (told, ()) = tokio::join!(instance.handle(&ask), async {
            let request = world.asked().await;
            assert!(!about(&request).1, "asking makes no request");
            world.reply(&request, answer).await;
        });
        let told: Explanation = serde_json::from_value(told.unwrap()).unwrap();
        assert_told(&told, reason, "pairing");
    }
    let topic = world.says("bob", &general, "a topic", "");
    let before = world.says("bob", &general, "a follow-up", &topic.id);
    assert_told(&world.explained(&before.id).await, "not_mentioned", "chatmode");
    world.says("bob", &general, "@openclaw well?", &topic.id);
    let heard = world.hears().await;
    world.echo(&heard).await;
    let after = world.says("bob", &general, "and so?", &topic.id);
    assert_eq!(world.hears().await.message_id, after.id);
    assert_told(&world.explained(&after.id).await, "answered", "answered in this thread");
    // Nothing is done: asking for an ignored post does not wake anybody.
    world.hears_nothing_in("bob", &general, &topic.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_cannot_be_read_is_an_error_that_says_so() {
    let world = World::new().await;
    for id in ["", "nonsense", "../../users/me", "aaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        let ask = Explain { account_id: None, message_id: id.to_owned() };
        let error = world.instance.handle(&HandleRequest::InboundExplain(ask)).await.unwrap_err();
        assert_ne!(error.code, ErrorCode::Internal, "{id:?}: {error:?}");
        assert!(!error.message.is_empty());
    }
}
