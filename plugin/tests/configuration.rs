//! What an operator writes, and what the channel makes of it: asked without an instance.

mod support;

use host_sdk::protocol::{Error, ErrorCode, HandleRequest, Init, QueryRequest};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::{config, library};

fn env(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn accounts(section: Value, variables: &[(&str, &str)]) -> Result<Vec<Value>, Error> {
    let query = QueryRequest::AccountList { config: config(section), env: Some(env(variables)) };
    Ok(library().query(&query)?.as_array().cloned().unwrap_or_default())
}

const BOTH: [(&str, &str); 2] =
    [("MATTERMOST_BOT_TOKEN", "token-of-the-environment"), ("MATTERMOST_URL", "https://env.example.com")];

// covers: A03
#[test]
fn configuration_beats_the_environment_value_by_value() {
    let section = json!({ "baseUrl": "https://config.example.com" });
    let account = &accounts(section, &BOTH).unwrap()[0];
    assert_eq!(account["base_url"], "https://config.example.com");
    assert_eq!((&account["base_url_source"], &account["token_source"]), (&json!("config"), &json!("env")));
    assert_eq!(account["configured"], true);
}

// covers: A04
#[test]
fn base_urls_are_normalised_and_wrong_ones_named() {
    for (written, normal) in [
        ("https://c.example.com/", "https://c.example.com"),
        (" https://c/api/v4 ", "https://c"),
        ("https://c/API/V4///", "https://c"),
        ("https://c/sub/", "https://c/sub"),
    ] {
        let account = &accounts(json!({ "botToken": "t0ken-t0ken", "baseUrl": written }), &[]).unwrap()[0];
        assert_eq!(account["base_url"], normal, "{written:?}");
    }
    for wrong in ["chat.example.com", "ftp://chat.example.com", "https://", "https://u:p@chat.example.com"] {
        let account = &accounts(json!({ "botToken": "t0ken-t0ken", "baseUrl": wrong }), &[]).unwrap()[0];
        assert_eq!(account["problem"]["field"], "channels.mattermost.baseUrl", "{wrong:?}");
    }
}

// covers: A15
#[test]
fn a_token_may_be_a_template_or_a_reference_to_a_variable() {
    for token in [
        json!("${MY_TOKEN}"),
        json!("$MY_TOKEN"),
        json!({ "source": "env", "provider": "default", "id": "MY_TOKEN" }),
    ] {
        let section = json!({ "botToken": token, "baseUrl": "https://c" });
        let there = &accounts(section.clone(), &[("MY_TOKEN", "secret-secret")]).unwrap()[0];
        assert_eq!(there["configured"], true, "{there}");
        let missing = &accounts(section, &BOTH).unwrap()[0];
        assert_eq!(missing["configured"], false, "an unset variable must not fall back to another token");
        assert!(missing["problem"]["message"].as_str().unwrap().contains("MY_TOKEN"));
    }
}

// covers: A11
#[test]
fn account_ids_are_canonical_and_two_keys_for_one_id_are_refused() {
    let section = json!({ "accounts": { "My Bot": {}, "OPS": {} } });
    let ids: Vec<Value> =
        accounts(section, &[]).unwrap().into_iter().map(|account| account["account_id"].clone()).collect();
    assert_eq!(ids, ["my-bot", "ops"]);
    let error = accounts(json!({ "accounts": { "Ops": {}, "ops": {} } }), &[]).unwrap_err();
    assert_eq!(error.code, ErrorCode::Config);
}

#[test]
fn an_account_is_enabled_unless_it_or_the_channel_says_no() {
    let account = json!({ "botToken": "t0ken-t0ken", "baseUrl": "https://c" });
    for (root, own, enabled) in [
        (None, None, true),
        (Some(false), None, false),
        (Some(false), Some(true), false),
        (None, Some(false), false),
    ] {
        let mut section = json!({ "accounts": { "a": account.clone() } });
        if let Some(root) = root {
            section["enabled"] = json!(root);
        }
        if let Some(own) = own {
            section["accounts"]["a"]["enabled"] = json!(own);
        }
        assert_eq!(accounts(section, &[]).unwrap()[0]["enabled"], enabled, "root {root:?}, account {own:?}");
    }
}

#[test]
fn wrong_kinds_are_named_with_their_path_and_kind() {
    for (section, field, kind) in [
        (json!({ "enabled": "yes" }), "channels.mattermost.enabled", "a string"),
        (json!({ "accounts": [] }), "channels.mattermost.accounts", "a list"),
        (json!({ "accounts": { "a": 1 } }), "channels.mattermost.accounts.a", "a number"),
    ] {
        let error = accounts(section, &[]).unwrap_err();
        assert_eq!(error.field.as_deref(), Some(field));
        assert!(error.message.contains(kind), "{}", error.message);
    }
    for (section, field, kind) in [
        (json!({ "baseUrl": 7 }), "channels.mattermost.baseUrl", "a number"),
        (json!({ "allowFrom": ["a", {}] }), "channels.mattermost.allowFrom[1]", "an object"),
        (json!({ "dmPolicy": true }), "channels.mattermost.dmPolicy", "a boolean"),
        (json!({ "baseUrl": "https://c", "botToken": 7 }), "channels.mattermost.botToken", "a number"),
    ] {
        let problem = &accounts(section, &[]).unwrap()[0]["problem"];
        assert_eq!(problem["field"], field);
        assert!(problem["message"].as_str().unwrap().contains(kind), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_section_that_is_no_object_stops_the_instance_with_its_path() {
    let init = Init { config: json!({ "channels": { "mattermost": "on" } }), ..Init::default() };
    let error = library().instance(&init, None).map(drop).unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Config, Some("channels.mattermost")));
}

#[test]
fn keys_without_effect_and_closed_doors_are_told() {
    let section = json!({ "botToken": "t0ken-t0ken", "baseUrl": "https://c", "configWrites": true,
        "responsePrefix": "x", "streaming": { "chunkMode": "newline", "mode": "off" } });
    let answer = library().query(&QueryRequest::ConfigValidate { config: config(section) }).unwrap();
    let warnings = answer["warnings"].to_string();
    assert!(warnings.contains("channels.mattermost.configWrites"), "{warnings}");
    assert!(!warnings.contains("responsePrefix") && !warnings.contains("streaming"), "{warnings}");
    assert!(warnings.contains("nobody is heard in channels"), "{warnings}");
    assert_eq!(answer["valid"], true);
}

// covers: A02
#[test]
fn the_environment_serves_the_default_account_only() {
    let section = json!({ "accounts": { "alerts": { "name": "Alerts" }, "default": {} } });
    let accounts = accounts(section, &BOTH).unwrap();
    let facts = |account: &Value| (account["configured"].clone(), account["token_status"].clone());
    assert_eq!(facts(&accounts[0]), (json!(false), json!("missing")), "{}", accounts[0]);
    assert_eq!(facts(&accounts[1]), (json!(true), json!("available")), "{}", accounts[1]);
    let problem = accounts[0]["problem"]["message"].as_str().unwrap();
    assert!(problem.contains("channels.mattermost.accounts.alerts.botToken"), "{problem}");
}

// covers: A03
#[test]
fn a_configured_token_beats_the_environments() {
    let section = json!({ "botToken": "t0ken-t0ken", "baseUrl": "https://c" });
    let account = &accounts(section, &BOTH).unwrap()[0];
    assert_eq!((&account["token_source"], &account["token_status"]), (&json!("config"), &json!("available")));
    assert_eq!((&account["base_url_source"], &account["base_url"]), (&json!("config"), &json!("https://c")));
    // Blank is missing.
    let account = &accounts(json!({ "botToken": " ", "baseUrl": "" }), &BOTH).unwrap()[0];
    assert_eq!((&account["token_source"], &account["base_url_source"]), (&json!("env"), &json!("env")));
}

// covers: A11
#[test]
fn what_cannot_be_an_account_id_becomes_one() {
    for (key, id) in [
        (" Ops ", "ops"),
        ("My Bot", "my-bot"),
        ("a//b", "a-b"),
        ("a-/b", "a--b"),
        ("-x_y-", "x_y"),
        ("é", "default"),
        ("constructor", "default"),
        ("__proto__", "default"),
    ] {
        let account = &accounts(json!({ "accounts": { key: {} } }), &[]).unwrap()[0];
        assert_eq!(account["account_id"], id, "{key:?}");
    }
    let long = "x".repeat(80);
    let account = &accounts(json!({ "accounts": { long: {} } }), &[]).unwrap()[0];
    assert_eq!(account["account_id"], "x".repeat(64));
}

// covers: A15
#[test]
fn a_secret_that_the_host_did_not_resolve_stops_its_account_only() {
    for (source, id) in
        [("file", "/mattermost/token"), ("exec", "mattermost"), ("store", "MM_TOKEN"), ("env", "NOT_SET")]
    {
        let reference = json!({ "source": source, "provider": "default", "id": id });
        let section = json!({
            "baseUrl": "https://c",
            "accounts": {
                "default": { "botToken": reference }, "ops": { "botToken": reference }, "sound": { "botToken": "t0ken-t0ken" },
            },
        });
        let accounts = accounts(section, &BOTH).unwrap();
        for account in &accounts[..2] {
            let path =
                format!("channels.mattermost.accounts.{}.botToken", account["account_id"].as_str().unwrap());
            assert_eq!(
                account["token_status"], "configured_unavailable",
                "no other token takes its place: {account}"
            );
            assert_eq!((&account["configured"], &account["problem"]["field"]), (&json!(false), &json!(path)));
            assert!(account["problem"]["message"].as_str().unwrap().contains(&path), "{account}");
        }
        assert_eq!(
            (&accounts[2]["configured"], &accounts[2]["token_status"]),
            (&json!(true), &json!("available"))
        );
    }
}

// covers: A15
#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_secret_is_not_there_does_not_start_and_says_where_it_is_written() {
    let reference = json!({ "source": "exec", "provider": "vault", "id": "mattermost/token" });
    let ops = json!({ "baseUrl": "http://127.0.0.1:1", "botToken": reference });
    let section = json!({ "accounts": { "ops": ops } });
    let init = Init { config: config(section), env: Some(env(&BOTH)), ..Init::default() };
    let (instance, _events) = library().instance(&init, None).unwrap();
    let error = instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap_err();
    let path = "channels.mattermost.accounts.ops.botToken";
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Config, Some(path)));
    assert!(error.message.contains(path) && error.message.contains("did not resolve"), "{}", error.message);
}

#[test]
fn a_secret_of_the_section_matters_only_to_who_needs_it() {
    let reference = json!({ "source": "file", "provider": "default", "id": "value" });
    let section = json!({
        "botToken": reference, "baseUrl": "https://c",
        "accounts": { "default": { "enabled": false }, "ops": { "botToken": "t0ken-t0ken" } },
    });
    let answer = library().query(&QueryRequest::ConfigValidate { config: config(section.clone()) }).unwrap();
    assert_eq!(answer["problems"], json!([]));
    let mut needed = section;
    needed["accounts"]["default"]["enabled"] = json!(true);
    let answer = library().query(&QueryRequest::ConfigValidate { config: config(needed) }).unwrap();
    assert_eq!(answer["problems"][0]["field"], "channels.mattermost.botToken");
}

#[test]
fn references_are_exactly_source_provider_and_id() {
    let good = |source: &str, id: &str| json!({ "source": source, "provider": "default", "id": id });
    for (token, field) in [
        (json!({ "source": "env", "id": "X" }), ""),
        (json!({ "source": "env", "provider": "default", "id": "X", "more": 1 }), ""),
        (json!({ "source": "vault", "provider": "default", "id": "X" }), ".source"),
        (json!({ "source": "env", "provider": "Default", "id": "X" }), ".provider"),
        (json!({ "source": "env", "provider": 5, "id": "X" }), ".provider"),
        (good("env", "lower"), ".id"),
        (good("store", &"X".repeat(129)), ".id"),
        (good("file", "token"), ".id"),
        (good("exec", " "), ".id"),
        (json!("${lower}"), ""),
        (json!("${OPEN"), ""),
    ] {
        let account = &accounts(json!({ "botToken": token, "baseUrl": "https://c" }), &BOTH).unwrap()[0];
        let expected = format!("channels.mattermost.botToken{field}");
        assert_eq!(account["problem"]["field"], expected, "{token}");
    }
}

// covers: A12
#[test]
fn an_open_door_for_direct_messages_needs_the_wildcard_beside_it() {
    let sound = json!({ "botToken": "t0ken-t0ken", "baseUrl": "https://c" });
    let with = |more: Value| {
        let mut section = sound.clone();
        for (key, value) in more.as_object().unwrap() {
            section[key] = value.clone();
        }
        let answer = library().query(&QueryRequest::ConfigValidate { config: config(section) }).unwrap();
        answer["problems"].as_array().unwrap().clone()
    };
    for open in [json!({ "dmPolicy": "open" }), json!({ "dmPolicy": "open", "allowFrom": ["alice"] })] {
        let problems = with(open);
        assert_eq!(problems[0]["field"], "channels.mattermost.allowFrom");
        let message = problems[0]["message"].as_str().unwrap();
        assert!(message.contains("channels.mattermost.dmPolicy") && message.contains("\"*\""), "{message}");
    }
    assert!(with(json!({ "dmPolicy": "open", "allowFrom": [" * "] })).is_empty());
    // The section's wildcard is not beside an account's policy.
    let apart = json!({ "allowFrom": ["*"], "accounts": { "a": { "dmPolicy": "open" } } });
    assert_eq!(with(apart)[0]["field"], "channels.mattermost.accounts.a.allowFrom");
}

// covers: A13
#[test]
fn the_first_wait_for_a_direct_channel_is_not_above_the_longest() {
    let problems = |retry: Value| {
        let section = json!({ "botToken": "t0ken-t0ken", "baseUrl": "https://c", "dmChannelRetry": retry });
        let answer = library().query(&QueryRequest::ConfigValidate { config: config(section) }).unwrap();
        answer["problems"].as_array().unwrap().clone()
    };
    let wrong = problems(json!({ "initialDelayMs": 5000, "maxDelayMs": 2000 }));
    assert_eq!(wrong[0]["field"], "channels.mattermost.dmChannelRetry.initialDelayMs");
    assert!(wrong[0]["message"].as_str().unwrap().contains("dmChannelRetry.maxDelayMs"), "{wrong:?}");
    for fine in [
        json!({ "initialDelayMs": 2000, "maxDelayMs": 2000 }),
        // Only what is written is compared.
        json!({ "initialDelayMs": 20000 }),
        json!({ "maxDelayMs": 1000, "maxRetries": 0 }),
    ] {
        assert!(problems(fine.clone()).is_empty(), "{fine}");
    }
}

// covers: A14
#[test]
fn an_unknown_key_of_the_section_is_an_error() {
    let error = accounts(json!({ "foo": 1 }), &[]).unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Config, Some("channels.mattermost.foo")));
    let account = &accounts(json!({ "accounts": { "a": { "foo": 1 } } }), &[]).unwrap()[0];
    assert_eq!(account["problem"]["field"], "channels.mattermost.accounts.a.foo");
    let error = accounts(json!({ "foo": 1, "enabled": 1, "historyLimits": 2 }), &[]).unwrap_err();
    for key in ["foo", "enabled", "historyLimits"] {
        assert!(error.message.contains(&format!("channels.mattermost.{key} ")), "{}", error.message);
    }
}
