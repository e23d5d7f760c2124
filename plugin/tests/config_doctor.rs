//! What a repair makes of a configuration of older versions, and what it warns of.
// Clippy excuses test functions, but not their helpers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::needless_pass_by_value)]

mod support;

use host_sdk::protocol::{ConfigRepair, QueryRequest};
use serde_json::{Value, json};
use support::{config, library};

fn repair(section: Value) -> (Value, ConfigRepair) {
    let answer = library().query(&QueryRequest::ConfigDoctor { config: config(section) }).unwrap();
    let repair: ConfigRepair = serde_json::from_value(answer).unwrap();
    (repair.config["channels"]["mattermost"].clone(), repair)
}

// covers: A16
#[test]
fn old_keys_move_to_where_they_stand_now() {
    for (old, new, told) in [
        (json!({ "streamMode": "block" }), json!({ "streaming": { "mode": "block" } }), "streamMode -> "),
        (json!({ "streamMode": "replace" }), json!({ "streaming": { "mode": "partial" } }), "streamMode -> "),
        (json!({ "streaming": true }), json!({ "streaming": { "mode": "partial" } }), "streaming -> "),
        (json!({ "streaming": false }), json!({ "streaming": { "mode": "off" } }), "streaming -> "),
        (json!({ "streaming": "progress" }), json!({ "streaming": { "mode": "progress" } }), "streaming -> "),
        (
            json!({ "chunkMode": "newline" }),
            json!({ "streaming": { "chunkMode": "newline" } }),
            "chunkMode -> ",
        ),
        (
            json!({ "blockStreaming": true, "blockStreamingCoalesce": { "idleMs": 5 } }),
            json!({ "streaming": { "block": { "enabled": true, "coalesce": { "idleMs": 5 } } } }),
            "blockStreamingCoalesce -> channels.mattermost",
        ),
        (
            json!({ "allowPrivateNetwork": true }),
            json!({ "network": { "dangerouslyAllowPrivateNetwork": true } }),
            "Moved channels.mattermost.allowPrivateNetwork -> channels.mattermost.network.dangerouslyAllow",
        ),
        (
            json!({ "allowPrivateNetwork": true, "network": { "dangerouslyAllowPrivateNetwork": false } }),
            json!({ "network": { "dangerouslyAllowPrivateNetwork": false } }),
            "Removed channels.mattermost.allowPrivateNetwork (channels.mattermost.network.dangerouslyAllowPrivateNetwork \
             already set)",
        ),
        (
            json!({ "streamMode": "off", "streaming": { "mode": "block" } }),
            json!({ "streaming": { "mode": "block" } }),
            "Removed channels.mattermost.streamMode",
        ),
    ] {
        let (section, repair) = repair(old.clone());
        assert_eq!(section, new, "{old}");
        assert!(repair.changes.iter().any(|change| change.contains(told)), "{old}: {:?}", repair.changes);
        let check = QueryRequest::ConfigValidate { config: repair.config.clone() };
        let problems = library().query(&check).unwrap()["problems"].to_string();
        assert!(!problems.contains("streaming") && !problems.contains("network"), "{problems}");
        // What was repaired needs no second repair.
        let again = library().query(&QueryRequest::ConfigDoctor { config: repair.config.clone() }).unwrap();
        assert_eq!((&again["config"], &again["changes"]), (&repair.config, &json!([])));
    }
}

// covers: A16
#[test]
fn an_account_keeps_what_it_had_from_the_section_before() {
    // The account had no object of its own: all of the section's counted.
    let (section, repaired) = repair(json!({
        "streaming": { "mode": "off", "block": { "enabled": true } },
        "accounts": { "a": { "chunkMode": "newline" } },
    }));
    let expected = json!({ "mode": "off", "chunkMode": "newline", "block": { "enabled": true } });
    assert_eq!(section["accounts"]["a"]["streaming"], expected);
    assert!(repaired.changes.iter().any(|change| change.starts_with("Copied")), "{:?}", repaired.changes);
    // It had one, which hid the section's object but not its old keys.
    let (section, _) = repair(json!({
        "streaming": { "mode": "off" }, "blockStreaming": true,
        "accounts": { "a": { "streaming": { "mode": "block" } }, "b": {} },
    }));
    assert_eq!(
        section["accounts"]["a"]["streaming"],
        json!({ "mode": "block", "block": { "enabled": true } })
    );
    assert_eq!(section["accounts"]["b"], json!({}), "what has no old key and hides nothing stays as it is");
    // Its mode alone hid the section's; the delivery was the section's.
    let (section, _) = repair(json!({
        "streaming": { "mode": "off", "chunkMode": "newline", "preview": { "toolProgress": false } },
        "accounts": { "a": { "streaming": "block" } },
    }));
    assert_eq!(section["accounts"]["a"]["streaming"], json!({ "mode": "block", "chunkMode": "newline" }));
}

// covers: A16
#[test]
fn old_keys_that_were_not_moved_are_refused_with_the_way_out() {
    for (section, field, now) in [
        (json!({ "streamMode": "block" }), "channels.mattermost.streamMode", "streaming.mode"),
        (json!({ "streaming": "block" }), "channels.mattermost.streaming", "streaming.mode"),
        (
            json!({ "accounts": { "a": { "blockStreaming": true } } }),
            "channels.mattermost.accounts.a.blockStreaming",
            "channels.mattermost.accounts.a.streaming.block.enabled",
        ),
    ] {
        let answer = library().query(&QueryRequest::ConfigValidate { config: config(section) }).unwrap();
        let problems = answer["problems"].as_array().unwrap();
        let problem = problems.iter().find(|problem| problem["field"] == field).unwrap();
        let message = problem["message"].as_str().unwrap();
        assert!(message.contains("doctor --fix moves it to") && message.contains(now), "{message}");
    }
}

#[test]
fn what_needs_no_repair_stays_as_it_is() {
    for whole in [
        json!({ "other": [1], "channels": { "telegram": { "streamMode": "block" } } }),
        json!({ "channels": { "mattermost": { "streaming": { "mode": "off" }, "unknown": null } } }),
        json!({ "channels": { "mattermost": 5 } }),
        json!([]),
    ] {
        let answer = library().query(&QueryRequest::ConfigDoctor { config: whole.clone() }).unwrap();
        assert_eq!((&answer["config"], &answer["changes"]), (&whole, &json!([])));
    }
}

// covers: A17
#[test]
fn entries_that_can_change_hands_are_warned_of_with_examples() {
    let id = "a".repeat(26);
    let harmless =
        [id.clone(), format!("@{id}"), format!("mattermost:{id}"), "*".into(), "accessGroup:team".into()];
    assert_eq!(repair(json!({ "allowFrom": harmless })).1.warnings, Vec::<String>::new());
    let (_, repaired) = repair(json!({ "allowFrom": [id, "@alice"] }));
    let warning = repaired.warnings.join("\n");
    assert!(warning.contains("channels.mattermost.allowFrom") && warning.contains("@alice"), "{warning}");
    let names: Vec<String> = (0..11).map(|number| format!("person{number}")).collect();
    let (_, repaired) = repair(json!({ "accounts": { "a": { "groupAllowFrom": names } } }));
    let warning = repaired.warnings.join("\n");
    assert!(
        warning.contains("accounts.a.groupAllowFrom") && warning.contains("person7 and 3 more"),
        "{warning}"
    );
    assert!(!warning.contains("person8"), "{warning}");
    let (_, repaired) = repair(json!({ "allowFrom": ["@alice"], "dangerouslyAllowNameMatching": true }));
    let warning = repaired.warnings.join("\n");
    assert!(
        warning.contains("dangerouslyAllowNameMatching is on") && !warning.contains("@alice"),
        "{warning}"
    );
}

#[test]
fn open_groups_are_warned_of() {
    let (_, repaired) =
        repair(json!({ "groupPolicy": "allowlist", "accounts": { "a": { "groupPolicy": "open" } } }));
    let warning = repaired.warnings.join("\n");
    assert!(
        warning.contains("channels.mattermost.groups.open: channels.mattermost.accounts.a.groupPolicy"),
        "{warning}"
    );
}
