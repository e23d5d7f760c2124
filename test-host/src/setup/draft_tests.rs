//! Writing accounts into configurations.

#![allow(clippy::unwrap_used)]

use super::*;

fn draft(account: &str) -> Draft {
    let credentials =
        Credentials::Configuration { token: Some("new".to_owned()), url: Some("https://n".to_owned()) };
    Draft {
        account: account.to_owned(),
        credentials,
        name: None,
        dm_policy: None,
        allow_private_network: false,
    }
}

fn section(config: &Value, draft: &Draft) -> Value {
    apply(config, "mattermost", draft).unwrap().0["channels"]["mattermost"].clone()
}

#[test]
fn urls_are_brought_into_one_form() {
    for (typed, url) in [
        (" https://x/ ", "https://x"),
        ("https://x/api/v4/", "https://x"),
        ("http://x/sub/API/V4", "http://x/sub"),
        ("HTTPS://x:1", "HTTPS://x:1"),
    ] {
        assert_eq!(base_url(typed).unwrap(), url);
    }
    for typed in ["", " / ", "x", "ftp://x", "https://", "https:///x", "https://a b", "/api/v4"] {
        assert!(base_url(typed).is_err(), "{typed}");
    }
}

#[test]
fn the_default_account_stands_at_the_root() {
    let config = json!({ "channels": { "mattermost": { "groupPolicy": "open", "enabled": false } }, "x": 1 });
    let (new, notes) = apply(&config, "mattermost", &draft("default")).unwrap();
    assert_eq!(
        new["channels"]["mattermost"],
        json!({
            "groupPolicy": "open", "enabled": true, "botToken": "new", "baseUrl": "https://n",
        })
    );
    assert_eq!((&new["x"], notes), (&json!(1), vec![]));
}

#[test]
fn the_default_account_is_changed_where_it_stands() {
    let config =
        json!({ "channels": { "mattermost": { "accounts": { "Default": { "botToken": "old" } } } } });
    let new = section(&config, &draft("default"));
    assert_eq!(new["accounts"]["Default"]["botToken"], "new");
    assert!(new.get("botToken").is_none());
}

#[test]
fn a_named_account_sends_the_roots_credentials_to_the_default_one() {
    let config = json!({ "channels": { "mattermost": {
        "botToken": "old", "baseUrl": "https://o", "name": "First", "dmPolicy": "open", "allowFrom": ["*"],
    } } });
    let (new, notes) = apply(&config, "mattermost", &draft("alerts")).unwrap();
    assert_eq!(
        new["channels"]["mattermost"],
        json!({
            "dmPolicy": "open", "allowFrom": ["*"],
            "accounts": {
                "default": { "botToken": "old", "baseUrl": "https://o", "name": "First" },
                "alerts": { "enabled": true, "botToken": "new", "baseUrl": "https://n" },
            },
        })
    );
    assert_eq!(notes, ["moved botToken, baseUrl, name to channels.mattermost.accounts.default"]);
}

#[test]
fn without_credentials_at_the_root_nothing_moves() {
    let config = json!({ "channels": { "mattermost": { "name": "First" } } });
    let new = section(&config, &draft("alerts"));
    assert_eq!(new["name"], "First");
    assert!(new["accounts"].get("default").is_none());
}

#[test]
fn the_environment_leaves_no_credentials() {
    let draft =
        Draft { credentials: Credentials::Environment, name: Some("N".to_owned()), ..draft("default") };
    assert_eq!(section(&json!({}), &draft), json!({ "enabled": true, "name": "N" }));
}

#[test]
fn an_open_policy_says_that_everybody_is_meant() {
    let draft = Draft { dm_policy: Some(DmPolicy::Open), ..draft("default") };
    let config = json!({ "channels": { "mattermost": { "allowFrom": ["u1"] } } });
    let new = section(&config, &draft);
    assert_eq!((&new["dmPolicy"], &new["allowFrom"]), (&json!("open"), &json!(["u1", "*"])));
}

#[test]
fn what_is_no_object_is_left_alone() {
    let failure = apply(&json!({ "channels": 1 }), "mattermost", &draft("default")).unwrap_err();
    assert_eq!(failure.what, "channels is not an object");
}
