//! Who is heard, in direct conversations and in channels.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{HandleRequest, Init};
use mattermost_sim::{Options, Seed, Sim};
use openclaw_mattermost::config::{ChannelConfig, Env, GroupPolicy};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use support::{World, config, library};

/// A world of which `closed` says who is heard in channels.
async fn in_channels(closed: impl FnOnce(&Seed) -> Value) -> World {
    World::knowing(|seed| {
        let mut keys = closed(seed);
        keys["dmPolicy"] = json!("disabled");
        keys
    })
    .await
}

// covers: I25
#[tokio::test(flavor = "multi_thread")]
async fn an_open_bot_answers_anybody() {
    let mut world = World::new().await;
    for who in ["alice", "bob", "mallory"] {
        let dm = world.dm(who);
        world.says(who, &dm, "hi", "");
        let heard = world.hears().await;
        assert_eq!((heard.sender.username.as_deref(), heard.access.as_str()), (Some(who), "dm_policy_open"));
        world.echo(&heard).await;
        world.sees(&dm, "echo: hi").await;
    }
}

// covers: I26
#[tokio::test(flavor = "multi_thread")]
async fn an_allowlist_drops_everybody_else_in_silence() {
    let mut world =
        World::knowing(|seed| json!({ "dmPolicy": "allowlist", "allowFrom": [seed.user_id("alice")] })).await;
    let dm = world.dm("bob");
    world.says("bob", &dm, "let me in", "");
    world.hears_nothing().await;
    world.until_ignored("dm_policy_not_allowlisted", 1).await;
    assert!(world.answers(&dm).is_empty());
}

// covers: I26
#[tokio::test(flavor = "multi_thread")]
async fn switched_off_direct_messages_hear_nobody_who_is_listed_either() {
    let mut world =
        World::knowing(|seed| json!({ "dmPolicy": "disabled", "allowFrom": [seed.user_id("alice")] })).await;
    let (dm, general) = (world.dm("alice"), world.channel("general"));
    world.says("alice", &dm, "hello?", "");
    world.until_ignored("dm_policy_disabled", 1).await;
    world.says("alice", &general, "@openclaw and here?", "");
    assert_eq!(world.hears().await.text, "and here?");
    assert!(world.answers(&dm).is_empty());
}

// covers: I27
#[tokio::test(flavor = "multi_thread")]
async fn a_channel_hears_whom_its_own_list_names_and_not_whom_the_other_one_does() {
    let mut world = in_channels(|seed| {
        let (alice, bob) = (seed.user_id("alice"), seed.user_id("bob"));
        json!({ "groupPolicy": "allowlist", "groupAllowFrom": [alice], "allowFrom": [bob] })
    })
    .await;
    for channel in ["general", "secret"] {
        let channel = world.channel(channel);
        world.says("mallory", &channel, "@openclaw let me in", "");
        world.says("bob", &channel, "@openclaw and me", "");
        world.says("alice", &channel, "@openclaw it is me", "");
        let heard = world.hears().await;
        assert_eq!(heard.access, "group_policy_allowlisted");
        assert_eq!(heard.text, "it is me");
    }
    world.until_ignored("group_policy_not_allowlisted", 4).await;
}

// covers: I28
#[tokio::test(flavor = "multi_thread")]
async fn the_list_for_direct_messages_stands_for_a_missing_one_of_channels() {
    let mut world = in_channels(
        |seed| json!({ "groupPolicy": "allowlist", "groupAllowFrom": [], "allowFrom": [seed.user_id("alice")] }),
    )
    .await;
    let general = world.channel("general");
    world.says("bob", &general, "@openclaw let me in", "");
    world.says("alice", &general, "@openclaw it is me", "");
    assert_eq!(world.hears().await.text, "it is me");
}

// covers: I29
#[tokio::test(flavor = "multi_thread")]
async fn an_open_channel_hears_strangers_who_name_the_bot() {
    let mut world = in_channels(|_| json!({ "groupPolicy": "open", "allowFrom": null })).await;
    let general = world.channel("general");
    world.says("mallory", &general, "not for the bot", "");
    world.says("mallory", &general, "@openclaw hello", "");
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.access.as_str()), ("hello", "group_policy_open"));
}

// covers: I30
#[tokio::test(flavor = "multi_thread")]
async fn switched_off_channels_hear_nobody() {
    let more = json!({ "groupPolicy": "disabled", "chatmode": "onmessage" });
    let mut world = World::with(Options::default(), more).await;
    let (general, secret) = (world.channel("general"), world.channel("secret"));
    world.says("alice", &general, "@openclaw hello?", "");
    world.says("alice", &secret, "@openclaw hello?", "");
    world.until_ignored("group_policy_disabled", 2).await;
    world.hears_nothing().await;
}

// covers: I31
#[test]
fn without_a_section_channels_are_closed_whatever_the_defaults_say_and_it_is_told() {
    let env = BTreeMap::from([
        ("MATTERMOST_BOT_TOKEN".to_owned(), "t0ken-t0ken".to_owned()),
        ("MATTERMOST_URL".to_owned(), "https://chat.example.com".to_owned()),
    ]);
    let config = json!({ "channels": { "defaults": { "groupPolicy": "open" } } });
    let read = ChannelConfig::read(&config, &Env::from(Some(env.clone()))).unwrap();
    let policies = &read.accounts[0].policies;
    assert_eq!((policies.group, policies.group_allow_from.len()), (GroupPolicy::Allowlist, 0));
    let book: Arc<Mutex<Vec<String>>> = Arc::default();
    let writer = book.clone();
    let log: host_sdk::host::LogHook = Arc::new(move |line| writer.lock().unwrap().push(line.message));
    let init = Init { config, env: Some(env), ..Init::default() };
    let _instance = library().instance(&init, Some(log)).unwrap();
    let book = book.lock().unwrap();
    let told = book.iter().filter(|line| line.contains("channels.mattermost is missing")).count();
    assert_eq!(told, 1, "{book:?}");
}

// covers: I32
#[tokio::test(flavor = "multi_thread")]
async fn a_name_admits_nobody_unless_the_operator_takes_the_danger() {
    for (danger, admitted) in [(false, false), (true, true)] {
        let mut world = in_channels(|seed| {
            json!({
                "groupPolicy": "allowlist", "groupAllowFrom": ["@Bob", seed.user_id("alice")],
                "dangerouslyAllowNameMatching": danger,
            })
        })
        .await;
        let general = world.channel("general");
        world.says("bob", &general, "@openclaw it is bob", "");
        if admitted {
            assert_eq!(world.hears().await.text, "it is bob");
        }
        world.hears_nothing_in("alice", &general, "").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_an_id_for_a_name_does_not_become_its_owner() {
    let mut world = in_channels(|seed| {
        json!({
            "groupPolicy": "allowlist", "groupAllowFrom": [seed.user_id("alice")],
            "dangerouslyAllowNameMatching": true,
        })
    })
    .await;
    let (alice, mallory, general) = (world.id("alice"), world.id("mallory"), world.channel("general"));
    world.sim.rename(&mallory, &alice).unwrap();
    world.says("mallory", &general, "@openclaw I am alice", "");
    world.hears_nothing_in("alice", &general, "").await;
}

// covers: I33
#[tokio::test(flavor = "multi_thread")]
async fn an_access_group_admits_its_members_for_this_channel_and_for_all() {
    let mut world = World::build(Options::default(), false, |seed| {
        let members = json!({ "mattermost": [seed.user_id("alice")], "*": [seed.user_id("bob")],
            "slack": [seed.user_id("mallory")] });
        let groups = json!({ "ops": { "type": "message.senders", "members": members },
            "others": { "type": "discord.channelAudience", "members": { "*": ["*"] } } });
        let list = json!(["accessGroup:ops", "accessGroup:others"]);
        let section = json!({ "dmPolicy": "allowlist", "allowFrom": list, "groupPolicy": "allowlist" });
        (section, json!({ "accessGroups": groups }))
    })
    .await;
    let (general, mallorys, bobs) = (world.channel("general"), world.dm("mallory"), world.dm("bob"));
    world.says("mallory", &general, "@openclaw me too", "");
    world.says("mallory", &mallorys, "me too", "");
    world.until_ignored("group_policy_not_allowlisted", 1).await;
    world.until_ignored("dm_policy_not_allowlisted", 1).await;
    world.says("bob", &bobs, "a member for all", "");
    assert_eq!(world.hears().await.text, "a member for all");
    world.says("alice", &general, "@openclaw a member here", "");
    assert_eq!(world.hears().await.text, "a member here");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_group_that_is_not_there_admits_nobody_and_is_named_as_the_reason() {
    let mut world = in_channels(|seed| {
        json!({ "groupPolicy": "allowlist", "groupAllowFrom": ["accessGroup:gone", seed.user_id("alice")] })
    })
    .await;
    let general = world.channel("general");
    world.says("bob", &general, "@openclaw let me in", "");
    world.until_ignored("access_group_missing", 1).await;
    world.hears_nothing_in("alice", &general, "").await;
}

// covers: I34
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_may_be_written_in_every_usual_way() {
    for prefix in ["", "mattermost:", "MatterMost:@", "user:", "User:@", "@", "  @"] {
        let mut world = World::knowing(|seed| {
            let entry = format!("{prefix}{} ", seed.user_id("alice").to_uppercase());
            json!({ "dmPolicy": "allowlist", "allowFrom": [entry] })
        })
        .await;
        let dm = world.dm("alice");
        world.says("alice", &dm, "it is me", "");
        assert_eq!(world.hears().await.text, "it is me", "{prefix:?}");
    }
}

// covers: I35
#[tokio::test(flavor = "multi_thread")]
async fn a_command_of_whoever_may_give_none_is_dropped() {
    let mut world =
        World::knowing(|seed| json!({ "dmPolicy": "allowlist", "allowFrom": [seed.user_id("alice")] })).await;
    let general = world.channel("general");
    for command in ["@openclaw /new", "@openclaw stop", "@openclaw /status", " /new"] {
        world.says("bob", &general, command, "");
    }
    world.until_ignored("command_not_authorized", 4).await;
    world.says("bob", &general, "@openclaw /tmp is full", "");
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.command.is_control), ("/tmp is full", false));
    assert!(!heard.command.authorized);
    // Somebody who may give it need not name the bot.
    world.says("alice", &general, " /new", "");
    let heard = world.hears().await;
    assert!(heard.command.is_control && heard.command.authorized);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_text_commands_are_off_they_are_text() {
    let mut world = World::build(Options::default(), false, |_| {
        (json!({ "dmPolicy": "disabled", "allowFrom": null }), json!({ "commands": { "text": false } }))
    })
    .await;
    let general = world.channel("general");
    world.says("bob", &general, "@openclaw /new", "");
    let heard = world.hears().await;
    assert_eq!(heard.text, "/new");
    assert!(!heard.command.is_control && !heard.command.authorized);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_heard_is_counted_by_reason_and_only_there() {
    let mut world =
        World::knowing(|seed| json!({ "dmPolicy": "allowlist", "allowFrom": [seed.user_id("alice")] })).await;
    let (general, bobs) = (world.channel("general"), world.dm("bob"));
    let own = HandleRequest::StatusGet(Default::default());
    assert!(world.instance.handle(&own).await.unwrap()["accounts"][0].get("not_answered").is_none());
    world.says("bob", &bobs, "one", "");
    world.says("bob", &bobs, "two", "");
    world.says("bob", &general, "chatter", "");
    world.says("alice", &general, "@openclaw @openclaw", "");
    world.hears_nothing_in("alice", &general, "").await;
    world.until_ignored("dm_policy_not_allowlisted", 2).await;
    let counted: Vec<(String, u64)> = world.not_answered().await.into_iter().collect();
    let expected = [("dm_policy_not_allowlisted", 2), ("empty", 1), ("not_mentioned", 1)];
    assert_eq!(counted, expected.map(|(reason, count)| (reason.to_owned(), count)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_section_alone_without_policies_is_closed() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let section = json!({ "botToken": seed.token("openclaw"), "baseUrl": sim.url() });
    let (instance, events) = library().instance(&support::init(config(section)), None).unwrap();
    let mut world = World { sim, seed, instance, events, life: Default::default() };
    world.start().await;
    let (general, dm) = (world.channel("general"), world.dm("alice"));
    world.says("alice", &general, "@openclaw hello?", "");
    world.until_ignored("group_policy_empty_allowlist", 1).await;
    world.says("alice", &dm, "hello?", "");
    let request = world.asked().await;
    assert_eq!(support::about(&request), (world.id("alice").as_str(), true));
}
