//! What an operator writes, and what the channel makes of it: asked without an instance.

mod support;

use host_sdk::protocol::{Error, ErrorCode, Init, QueryRequest};
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

#[test]
fn configuration_beats_the_environment_value_by_value() {
    let section = json!({ "baseUrl": "https://config.example.com" });
    let account = &accounts(section, &BOTH).unwrap()[0];
    assert_eq!(account["base_url"], "https://config.example.com");
    assert_eq!((&account["base_url_source"], &account["token_source"]), (&json!("config"), &json!("env")));
    assert_eq!(account["configured"], true);
}

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
fn keys_without_effect_and_open_doors_are_told() {
    let section = json!({ "botToken": "t0ken-t0ken", "baseUrl": "https://c", "historyLimit": 3 });
    let answer = library().query(&QueryRequest::ConfigValidate { config: config(section) }).unwrap();
    let warnings = answer["warnings"].to_string();
    assert!(warnings.contains("channels.mattermost.historyLimit"), "{warnings}");
    assert!(warnings.contains("pairing"), "{warnings}");
    assert_eq!(answer["valid"], true);
}
