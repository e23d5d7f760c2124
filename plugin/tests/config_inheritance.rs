//! What an account takes from the section, from `channels.defaults` and from OpenClaw's other keys.
// Clippy excuses test functions, but not their helpers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::needless_pass_by_value)]

mod support;

use host_sdk::protocol::{ChatKind, HandleRequest, Outbound, TokenStatus};
use mattermost_sim::{Options, Sim};
use openclaw_mattermost::config::{
    AccountConfig, AllowBots, ChannelConfig, ChatMode, ContextVisibility, DmPolicy, DmScope, Entry, Env,
    GroupPolicy, ReactionNotifications, ReplyMode, StreamMode,
};
use serde_json::{Value, json};
use std::time::Duration;
use support::{World, config, init, library};

/// A whole configuration, read with an empty environment.
fn read(whole: &Value) -> ChannelConfig {
    ChannelConfig::read(whole, &Env::Given(Default::default())).unwrap()
}

/// The section with a sound token and server, and what is around it.
fn around(section: Value, around: Value) -> Value {
    let mut whole = config(json!({ "botToken": "t0ken-t0ken", "baseUrl": "https://c" }));
    for (key, value) in section.as_object().unwrap() {
        whole["channels"]["mattermost"][key] = value.clone();
    }
    for (key, value) in around.as_object().unwrap() {
        if key == "defaults" {
            whole["channels"]["defaults"] = value.clone();
        } else {
            whole[key] = value.clone();
        }
    }
    whole
}

/// The account `a`, and without one the only one.
fn account(section: Value) -> AccountConfig {
    account_within(section, json!({}))
}

fn account_within(section: Value, outside: Value) -> AccountConfig {
    let read = read(&around(section, outside));
    assert_eq!(read.problems, Vec::new());
    let account = read.accounts.iter().find(|account| account.id == "a").unwrap_or(&read.accounts[0]);
    assert_eq!(account.problems, Vec::new());
    account.clone()
}

#[test]
fn policies_come_from_the_account_the_section_and_the_defaults_in_this_order() {
    let open = json!({ "groupPolicy": "open", "dmPolicy": "disabled", "accounts": { "a": {} } });
    let inherited = account(open).policies;
    assert_eq!((inherited.dm, inherited.group), (DmPolicy::Disabled, GroupPolicy::Open));
    let own = json!({ "groupPolicy": "open", "accounts": { "a": { "groupPolicy": "disabled" } } });
    assert_eq!(account(own).policies.group, GroupPolicy::Disabled);
    let defaults = json!({ "defaults": { "groupPolicy": "open" } });
    let policies = account_within(json!({ "accounts": { "a": {} } }), defaults).policies;
    assert_eq!((policies.group, policies.group_fallback), (GroupPolicy::Open, false));
    let unset = account(json!({})).policies;
    assert_eq!((unset.dm, unset.group), (DmPolicy::Pairing, GroupPolicy::Allowlist));
}

#[test]
fn without_a_section_groups_are_closed_whatever_the_defaults_say() {
    let read = read(&json!({ "channels": { "defaults": { "groupPolicy": "open" } } }));
    let policies = &read.accounts[0].policies;
    assert_eq!((policies.group, policies.group_fallback), (GroupPolicy::Allowlist, true));
}

// covers: A06
#[test]
fn an_account_overrides_the_section_key_by_key() {
    let account = account(json!({
        "chatmode": "onmessage", "oncharPrefixes": ["#"], "historyLimit": 3,
        "accounts": { "a": { "chatmode": "onchar", "historyLimit": 0 } },
    }));
    assert_eq!((account.mention.mode, account.mention.require), (Some(ChatMode::OnChar), Some(true)));
    assert_eq!((account.mention.prefixes, account.history.limit), (vec!["#".to_owned()], 0));
}

// covers: A07
#[test]
fn commands_are_merged_key_by_key() {
    let commands = account(json!({
        "commands": { "native": true, "callbackPath": "hook" },
        "accounts": { "a": { "commands": { "callbackUrl": "https://host/hook", "nativeSkills": "auto" } } },
    }))
    .commands;
    assert!(commands.native && !commands.native_skills);
    assert_eq!(
        (commands.callback_path.as_str(), commands.callback_url.as_deref()),
        ("/hook", Some("https://host/hook"))
    );
}

// covers: A08
#[test]
fn other_objects_are_replaced_whole() {
    let account = account(json!({
        "streaming": { "mode": "off", "chunkMode": "newline" },
        "network": { "dangerouslyAllowPrivateNetwork": true },
        "replyToModeByChatType": { "direct": "all" },
        "accounts": { "a": { "streaming": {}, "network": {}, "replyToModeByChatType": {} } },
    }));
    assert_eq!(account.streaming.mode, StreamMode::Partial);
    assert!(!account.private_network);
    assert_eq!(account.threading.direct, ReplyMode::Off);
    // Where long answers are cut is looked up in the section all the same.
    assert_eq!(account.chunk_mode.as_str(), "newline");
}

// covers: A09
#[test]
fn actions_fall_through_to_the_section() {
    let section = |own: Value| {
        account(json!({ "actions": { "reactions": false, "messages": true }, "accounts": { "a": { "actions": own } } }))
            .actions
    };
    let through = section(json!({}));
    assert_eq!((through.reactions, through.messages), (false, true));
    let own = section(json!({ "reactions": true }));
    assert_eq!((own.reactions, own.messages), (true, true));
    let unset = account(json!({})).actions;
    assert_eq!((unset.reactions, unset.messages), (true, false));
}

#[test]
fn allowlist_entries_are_normalised() {
    let policies = account_within(
        json!({
            "allowFrom": [" * ", "MatterMost:@Alice ", "user:BOB", "@carol", "accessGroup:Team A", "  ", 42],
            "dangerouslyAllowNameMatching": true,
        }),
        json!({ "accessGroups": {
            "Team A": { "type": "message.senders", "members": { "*": ["@X"], "mattermost": ["user:y"], "slack": ["z"] } },
            "other": { "type": "discord.channelAudience", "members": { "*": ["w"] } },
            "broken": 5,
        } }),
    )
    .policies;
    let plain = |text: &str| Entry::Plain(text.to_owned());
    let group = Entry::Group("Team A".to_owned());
    assert_eq!(
        policies.allow_from,
        [Entry::Everybody, plain("alice"), plain("bob"), plain("carol"), group, plain("42")]
    );
    assert_eq!(policies.access_groups["Team A"].members, [plain("x"), plain("y")]);
    assert!(
        policies.access_groups["other"].members.is_empty()
            && policies.access_groups["broken"].members.is_empty()
    );
    assert!(policies.name_matching);
}

#[test]
fn groups_and_patterns_that_cannot_be_used_are_told() {
    let read = read(&around(
        json!({}),
        json!({
            "accessGroups": { "other": { "type": "discord.channelAudience" }, "fine": { "type": "message.senders", "members": {} } },
            "messages": { "groupChat": { "mentionPatterns": ["\\bclaw\\b", "s3cret(", 5] } },
        }),
    ));
    let warnings = read.warnings.join("\n");
    assert!(
        warnings.contains("accessGroups.other admits nobody") && !warnings.contains("accessGroups.fine"),
        "{warnings}"
    );
    assert!(warnings.contains("mentionPatterns[1]") && warnings.contains("mentionPatterns[2]"), "{warnings}");
    assert!(!warnings.contains("s3cret"), "{warnings}");
    assert_eq!(read.accounts[0].mention.patterns, ["\\bclaw\\b"]);
}

#[test]
fn patterns_match_whatever_the_case_and_only_real_ones_are_kept() {
    let pattern = openclaw_mattermost::config::mention_pattern("\\bclaw\\b").unwrap();
    assert!(pattern.is_match("hey CLAW!") && !pattern.is_match("claws"));
    assert!(openclaw_mattermost::config::mention_pattern("(?=lookahead)").is_none());
}

#[test]
fn when_a_mention_is_demanded() {
    for (section, mode, require) in [
        (json!({}), None, None),
        (json!({ "requireMention": false }), None, Some(false)),
        (json!({ "chatmode": "oncall", "requireMention": false }), Some(ChatMode::OnCall), Some(true)),
        (json!({ "chatmode": "onmessage" }), Some(ChatMode::OnMessage), Some(false)),
        (json!({ "chatmode": "onchar", "oncharPrefixes": [" ", ""] }), Some(ChatMode::OnChar), Some(true)),
    ] {
        let mention = account(section.clone()).mention;
        assert_eq!((mention.mode, mention.require), (mode, require), "{section}");
        assert_eq!(mention.prefixes, [">", "!"]);
    }
    let groups = |section: Value| account(section).mention.groups.into_iter().collect::<Vec<_>>();
    let root = json!({ "*": { "requireMention": false }, "chan": {} });
    let inherited = [("*".to_owned(), false)];
    assert_eq!(groups(json!({ "groups": root, "accounts": { "a": {} } })), inherited);
    // The only account's empty map hides nothing; one of several does.
    assert_eq!(groups(json!({ "groups": root, "accounts": { "a": { "groups": {} } } })), inherited);
    assert_eq!(groups(json!({ "groups": root, "accounts": { "a": { "groups": {} }, "b": {} } })), []);
    let own = json!({ "x": { "requireMention": true } });
    assert_eq!(
        groups(json!({ "groups": root, "accounts": { "a": { "groups": own } } })),
        [("x".to_owned(), true)]
    );
}

#[test]
fn taking_part_in_a_thread_counts_unless_somebody_says_no() {
    let counts = |section: Value, defaults: Value| {
        account_within(section, json!({ "defaults": { "implicitMentions": defaults } }))
            .mention
            .thread_participation
    };
    let flag = |on: bool| json!({ "threadParticipation": on });
    assert!(counts(json!({}), json!({})));
    assert!(!counts(json!({}), flag(false)));
    assert!(counts(json!({ "implicitMentions": flag(true) }), flag(false)));
    let through = json!({ "implicitMentions": flag(false), "accounts": { "a": { "implicitMentions": { "quotedBot": true } } } });
    assert!(!counts(through, json!({})), "an account's object hides no flag that it does not have");
}

// The edge case of the upstream tests: direct messages stay out of threads under a mode for everything.
#[test]
fn direct_messages_are_threaded_only_when_asked_for() {
    let threading = account(json!({ "replyToMode": "all" })).threading;
    assert_eq!(
        (threading.direct, threading.group, threading.channel),
        (ReplyMode::Off, ReplyMode::All, ReplyMode::All)
    );
    let by_kind =
        json!({ "replyToMode": "first", "replyToModeByChatType": { "direct": "batched", "channel": "off" } });
    let threading = account(by_kind).threading;
    assert!(
        threading.direct.starts_threads()
            && threading.group.starts_threads()
            && !threading.channel.starts_threads()
    );
}

#[test]
fn history_media_and_texts_fall_back_to_the_hosts_keys() {
    let unset = account(json!({}));
    assert_eq!((unset.history.limit, unset.history.visibility), (50, ContextVisibility::All));
    assert_eq!((unset.media_max_bytes, unset.media_max_configured), (8 << 20, None));
    assert_eq!((unset.text_chunk_limit, unset.response_prefix, unset.commands_text), (4_000, None, true));
    let outside = json!({
        "defaults": { "contextVisibility": "allowlist_quote" }, "commands": { "text": false },
        "messages": { "groupChat": { "historyLimit": 7 }, "responsePrefix": "auto" },
        "agents": { "defaults": { "mediaMaxMb": 2.5 } },
    });
    let general = account_within(json!({}), outside.clone());
    assert_eq!((general.history.limit, general.history.visibility), (7, ContextVisibility::AllowlistQuote));
    assert_eq!((general.media_max_bytes, general.media_max_configured), (2_621_440, Some(2_621_440)));
    assert_eq!((general.response_prefix.as_deref(), general.commands_text), (Some("auto"), false));
    let section = json!({ "historyLimit": 1, "contextVisibility": "all", "mediaMaxMb": 1, "responsePrefix": "",
        "textChunkLimit": 9, "accounts": { "a": {} } });
    let own = account_within(section, outside);
    assert_eq!((own.history.limit, own.history.visibility), (1, ContextVisibility::All));
    assert_eq!((own.media_max_bytes, own.response_prefix, own.text_chunk_limit), (1 << 20, None, 9));
}

#[test]
fn sessions_are_what_the_hosts_keys_say() {
    let plain = account(json!({})).sessions;
    assert_eq!((plain.dm_scope, plain.group_main), (DmScope::Main, false));
    assert_eq!((plain.main_key.as_str(), plain.default_agent.as_str()), ("main", "main"));
    let route = |agent: &str, facts: Value| {
        let mut binding = json!({ "agentId": agent, "match": { "channel": "mattermost" } });
        for (key, value) in facts.as_object().unwrap() {
            binding["match"][key] = value.clone();
        }
        binding
    };
    let outside = json!({
        "session": { "dmScope": "per-channel-peer", "groupScope": "main", "mainKey": "Home",
            "identityLinks": { "alice": ["mattermost:x", "telegram:1"] } },
        "agents": { "list": [{ "id": "one" }, { "id": "Two", "default": true }] },
        "bindings": [
            route("Dev", json!({ "accountId": "a", "peer": { "kind": "channel", "id": "CHAN" } })),
            route("all", json!({ "accountId": "*", "teamId": "team" })),
            route("default-only", json!({})),
            route("elsewhere", json!({ "accountId": "b" })),
            route("odd", json!({ "accountId": "a", "peer": { "kind": "moon", "id": "x" } })),
            { "agentId": "other", "match": { "channel": "telegram", "accountId": "*" } },
            { "match": { "channel": "mattermost", "accountId": "*" } },
        ],
    });
    let two = json!({ "defaultAccount": "b", "accounts": { "a": {}, "b": {} } });
    let sessions = account_within(two, outside.clone()).sessions;
    assert_eq!((sessions.dm_scope, sessions.group_main), (DmScope::PerChannelPeer, true));
    assert_eq!((sessions.main_key.as_str(), sessions.default_agent.as_str()), ("home", "two"));
    assert_eq!(sessions.identity_links["alice"], ["mattermost:x", "telegram:1"]);
    let agents: Vec<&str> = sessions.bindings.iter().map(|binding| binding.agent_id.as_str()).collect();
    assert_eq!(agents, ["dev", "all"]);
    let peer = sessions.bindings[0].peer.clone().unwrap();
    assert_eq!((peer.kind, peer.id.as_str()), (ChatKind::Channel, "chan"));
    assert_eq!(
        (sessions.bindings[1].every_account, sessions.bindings[1].team_id.as_deref()),
        (true, Some("team"))
    );
    // A binding without an account is the default account's.
    let default =
        account_within(json!({ "defaultAccount": "a", "accounts": { "a": {}, "b": {} } }), outside).sessions;
    assert!(default.bindings.iter().any(|binding| binding.agent_id == "default-only"));
    let entries = json!({ "agents": { "entries": { "first": {}, "second": { "default": true } } } });
    assert_eq!(account_within(json!({}), entries).sessions.default_agent, "second");
}

#[test]
fn the_plugins_own_keys_have_an_account_of_their_own() {
    let own = |config: Value| {
        account_within(
            json!({ "accounts": { "a": {}, "b": {} } }),
            json!({ "plugins": { "entries": { "mattermost": { "config": config } } } }),
        )
    };
    let unset = own(json!({}));
    assert_eq!(
        (unset.bots, unset.reactions, unset.thread_files),
        (AllowBots::Off, ReactionNotifications::All, false)
    );
    let general =
        own(json!({ "allowBots": "mentions", "reactionNotifications": "off", "threadFiles": true }));
    assert_eq!((general.bots, general.reactions), (AllowBots::Mentions, ReactionNotifications::Off));
    assert!(general.thread_files);
    let overlaid =
        own(json!({ "allowBots": true, "threadFiles": true, "accounts": { "A": { "threadFiles": false } } }));
    assert_eq!((overlaid.bots, overlaid.thread_files), (AllowBots::On, false));
}

#[test]
fn two_configurations_are_compared_account_by_account() {
    let with = |history: u64| {
        read(&around(json!({ "accounts": { "a": { "historyLimit": history }, "b": {} } }), json!({})))
            .accounts
    };
    let (before, after) = (with(1), with(2));
    assert_ne!(before[0], after[0]);
    assert_eq!(before[1], after[1]);
    assert_eq!(before[0].token_status, TokenStatus::Available);
    assert!(!format!("{before:?}").contains("t0ken-t0ken"), "a token is not for display");
}

// covers: A10
#[test]
fn the_default_account_is_the_named_one_then_the_one_called_so_then_the_first() {
    let default = |section: Value| read(&around(section, json!({}))).default_account;
    let two = json!({ "ops-team": {}, "alerts": {} });
    assert_eq!(default(json!({ "defaultAccount": "Ops Team", "accounts": two })), "ops-team");
    assert_eq!(default(json!({ "defaultAccount": "nobody", "accounts": two })), "default");
    let whole = config(json!({ "defaultAccount": "nobody", "accounts": two }));
    assert_eq!(
        read(&whole).default_account,
        "alerts",
        "without a token of its own the section is no account"
    );
}

// covers: A10
#[tokio::test(flavor = "multi_thread")]
async fn what_names_no_account_is_sent_by_the_default_one() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let section = json!({ "baseUrl": sim.url(), "defaultAccount": "Ops Alerts", "accounts": {
        "first": { "botToken": seed.token("openclaw") }, "ops-alerts": { "botToken": seed.token("alerts") },
    } });
    let (instance, _events) = support::client(config(section));
    let message = Outbound { target: "@alice".to_owned(), text: "hi".to_owned(), ..Outbound::default() };
    let receipt = instance.send(&message).await.unwrap();
    let posts = sim.posts(&receipt.channel_id);
    assert_eq!(posts.last().unwrap().user_id, seed.user_id("alerts"));
}

// covers: A01, A04
#[tokio::test(flavor = "multi_thread")]
async fn the_smallest_configuration_starts_and_logs_in_below_the_address() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let section = json!({
        "enabled": true, "botToken": seed.token("openclaw"), "baseUrl": format!("{}/API/V4/", sim.url()),
        "dmPolicy": "pairing",
    });
    let (instance, events) = library().instance(&init(config(section)), None).unwrap();
    let mut world = World { sim, seed, instance, events, life: Default::default() };
    world.start().await;
    // Only the right token in the header is answered so.
    let requests = world.sim.requests();
    let login = requests.iter().find(|request| request.path == "/api/v4/users/me").unwrap();
    assert_eq!((login.method.as_str(), login.status), ("GET", 200));
    assert!(requests.iter().all(|request| request.path.starts_with("/api/v4/")), "{requests:?}");
}

// covers: A05
#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_have_two_connections_and_policies_of_their_own() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let section = json!({ "baseUrl": sim.url(), "accounts": {
        "closed": { "botToken": seed.token("openclaw"), "dmPolicy": "disabled" },
        "open": { "botToken": seed.token("alerts"), "dmPolicy": "open", "allowFrom": ["*"] },
    } });
    let (instance, events) = library().instance(&init(config(section)), None).unwrap();
    let mut world = World { sim, seed, instance, events, life: Default::default() };
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    for id in ["closed", "open"] {
        let status = HandleRequest::StatusGet(Default::default());
        let connected = async {
            loop {
                let status = world.instance.handle(&status).await.unwrap();
                let accounts = status["accounts"].as_array().unwrap().clone();
                if accounts.iter().any(|account| account["account_id"] == id && account["connected"] == true)
                {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(support::PATIENCE, connected).await.unwrap();
    }
    let closed = world.dm("alice");
    let open = world.sim.direct_channel(&world.id("alice"), &world.id("alerts")).unwrap();
    world.says("alice", &closed, "is anybody there?", "");
    world.says("alice", &open, "and here?", "");
    let heard = world.hears().await;
    assert_eq!((heard.account_id.as_str(), heard.text.as_str()), ("open", "and here?"));
}
