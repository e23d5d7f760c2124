//! Every key that OpenClaw knows for Mattermost is accepted as OpenClaw does, in the section and in an account, and
//! whatever else stands there is refused by name and kind.
// Clippy excuses test functions, but not their helpers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::needless_pass_by_value)]

mod support;

use host_sdk::protocol::QueryRequest;
use serde_json::{Map, Value, json};
use support::{config, library};

/// Stands where something else belongs, and must not be shown.
const WRONG: &str = "s3cret-value";

/// Key -> what may stand there, taken from the official plugin's schema.
fn facts() -> Map<String, Value> {
    let facts: Value = serde_json::from_str(include_str!("fixtures/channel_keys.json")).unwrap();
    facts["account"].as_object().unwrap().clone()
}

fn validate(config: Value) -> (Vec<Value>, Value) {
    let answer = library().query(&QueryRequest::ConfigValidate { config }).unwrap();
    (answer["problems"].as_array().unwrap().clone(), answer)
}

/// An object with one value at a path of keys.
fn nested(path: &str, value: Value) -> Value {
    path.rsplit('.').fold(value, |value, key| {
        let key = if key == "*" { "chan" } else { key };
        json!({ key: value })
    })
}

fn overlay(target: &mut Value, more: Value) {
    for (key, value) in more.as_object().unwrap() {
        target[key] = value.clone();
    }
}

/// A working section with one value, in the section itself and in an account.
fn places(path: &str, value: &Value) -> [(String, Value); 2] {
    let shown = path.replace('*', "chan");
    let mut object = json!({ "botToken": "t0ken-t0ken", "baseUrl": "https://chat.example.com" });
    overlay(&mut object, nested(path, value.clone()));
    if path == "dmPolicy" && value == "open" {
        object["allowFrom"] = json!(["*"]);
    }
    [
        (format!("channels.mattermost.{shown}"), config(object.clone())),
        (format!("channels.mattermost.accounts.a.{shown}"), config(json!({ "accounts": { "a": object } }))),
    ]
}

/// What may stand there, and what not: the place within the value, and what the error calls it.
fn cases(path: &str, fact: &Value) -> (Vec<Value>, Vec<(Value, &'static str, &'static str)>) {
    let most = 9_007_199_254_740_992_u64;
    let (text, flag, list, object) = (
        (json!(WRONG), "", "a string"),
        (json!(true), "", "a boolean"),
        (json!([]), "", "a list"),
        (json!({}), "", "an object"),
    );
    let number = (json!(77), "", "a number");
    match fact {
        Value::String(kind) if kind == "boolean" => {
            (vec![json!(true), json!(false)], vec![text, number, list, object])
        }
        Value::String(_) if path == "baseUrl" => {
            (vec![json!("https://c/sub/")], vec![flag, number, list, object])
        }
        Value::String(_) => (vec![json!("x"), json!("")], vec![flag, number, list, object]),
        Value::Object(fact) => {
            let (kind, of) = fact.iter().next().unwrap();
            match kind.as_str() {
                "enum" => {
                    let words = of.as_array().unwrap().clone();
                    (words, vec![(json!(WRONG), "", "another string"), flag, number, list])
                }
                "list" if of.is_string() => (
                    vec![json!([]), json!(["x", "y"])],
                    vec![text, flag, number, (json!(["x", 5]), "[1]", "a number")],
                ),
                "list" => (
                    vec![json!([]), json!(["x".repeat(26), 5])],
                    vec![text, flag, number, (json!([{}]), "[0]", "an object")],
                ),
                "integer" => {
                    let above = of.get("exclusiveMinimum").map(|least| least.as_i64().unwrap() + 1);
                    let least = above.unwrap_or_else(|| of["minimum"].as_i64().unwrap());
                    let last = of["maximum"].as_u64().unwrap();
                    let wrong = |number: Value| (number, "", "another number");
                    let beyond = if last > 1_000_000 { json!(most) } else { json!(last + 1) };
                    (
                        vec![json!(least), json!(last), json!(least as f64)],
                        vec![
                            wrong(json!(least - 1)),
                            wrong(beyond),
                            wrong(json!(least as f64 + 0.5)),
                            text,
                            flag,
                        ],
                    )
                }
                "number" => {
                    let wrong = |number: Value| (number, "", "another number");
                    (vec![json!(0.5), json!(20)], vec![wrong(json!(0)), wrong(json!(-3.5)), text, flag])
                }
                _ => match path {
                    "botToken" => (vec![json!("t0ken-t0ken")], vec![flag, number, list]),
                    "streaming.progress.label" => {
                        (vec![json!("auto"), json!(false)], vec![flag, number, list])
                    }
                    _ => (
                        vec![json!(true), json!(false), json!("auto")],
                        vec![(json!(WRONG), "", "another string"), number, list, object],
                    ),
                },
            }
        }
        other => panic!("{path}: {other}"),
    }
}

#[test]
fn every_key_is_accepted_with_what_may_stand_there() {
    for (path, fact) in facts() {
        for value in cases(&path, &fact).0 {
            for (place, config) in places(&path, &value) {
                let (problems, _) = validate(config);
                assert!(problems.is_empty(), "{place} = {value}: {problems:?}");
            }
        }
    }
}

// covers: A13
#[test]
fn every_key_refuses_other_kinds_other_words_and_numbers_out_of_bounds() {
    for (path, fact) in facts() {
        for (value, within, found) in cases(&path, &fact).1 {
            for (place, config) in places(&path, &value) {
                let (problems, whole) = validate(config);
                let problem = problems.iter().find(|problem| problem["field"] == format!("{place}{within}"));
                let problem = problem.unwrap_or_else(|| panic!("{place} = {value} was accepted: {whole}"));
                let message = problem["message"].as_str().unwrap();
                assert!(message.contains(&place) && message.contains(found), "{place} = {value}: {message}");
                assert!(!whole.to_string().contains(WRONG), "the value is shown: {whole}");
            }
        }
    }
}

// covers: A14
#[test]
fn unknown_keys_are_refused_at_every_level_with_the_nearest_known_one() {
    for (path, near) in [
        ("baseURL", "baseUrl"),
        ("streaming.preview.toolProgres", "toolProgress"),
        ("streaming.modes", "mode"),
        ("streaming.block.coalesce.maxChar", "maxChars"),
        ("groups.*.requireMentions", "requireMention"),
        ("commands.nativeSkill", "nativeSkills"),
        ("dmChannelRetry.maxRetry", "maxRetries"),
        ("network.allowPrivateNetwork", "dangerouslyAllowPrivateNetwork"),
        ("mentionPatterns", "messages.groupChat.mentionPatterns"),
        ("allowBots", "plugins.entries.mattermost.config.allowBots"),
    ] {
        for (place, config) in places(path, &json!(1)) {
            let (problems, whole) = validate(config);
            let problem = problems.iter().find(|problem| problem["field"] == place.as_str());
            let message = problem.unwrap_or_else(|| panic!("{place}: {whole}"))["message"].as_str().unwrap();
            assert!(message.contains("is not a key") && message.contains(near), "{message}");
        }
    }
    let (problems, _) = validate(config(json!({ "foo": 1 })));
    assert_eq!(problems[0]["field"], "channels.mattermost.foo");
    let long = "x".repeat(26);
    let (_, whole) = validate(config(json!({ long.clone(): 1 })));
    assert!(!whole.to_string().contains(&long), "what looks like a token is not repeated: {whole}");
}

#[test]
fn everything_that_is_wrong_with_an_account_is_told_at_once() {
    let account = json!({ "enabled": "yes", "streaming": { "mode": 1, "preview": { "foo": 1 } }, "chatmode": "always" });
    let sound = json!({ "botToken": "t0ken-t0ken", "baseUrl": "https://c" });
    let config = config(json!({ "accounts": { "a": account, "b": sound } }));
    let (problems, _) = validate(config.clone());
    let mut fields: Vec<&str> = problems.iter().map(|problem| problem["field"].as_str().unwrap()).collect();
    fields.retain(|field| !field.ends_with("botToken"));
    let places = ["chatmode", "enabled", "streaming.mode", "streaming.preview.foo"];
    assert_eq!(fields, places.map(|key| format!("channels.mattermost.accounts.a.{key}")));
    let query = QueryRequest::AccountList { config, env: Some(Default::default()) };
    let accounts = library().query(&query).unwrap();
    let told = accounts[0]["problem"]["message"].as_str().unwrap();
    assert!(told.contains("a.chatmode") && told.contains("a.streaming.preview.foo"), "{told}");
    assert_eq!(accounts[1]["configured"], true, "the other account is not affected: {accounts}");
}

/// The facts that a JSON Schema states, in the form of the fixture.
fn flatten(properties: &Value, prefix: &str, out: &mut Map<String, Value>) {
    for (name, schema) in properties.as_object().unwrap() {
        let path = format!("{prefix}{name}");
        if let Some(properties) = schema.get("properties") {
            assert_eq!(schema["additionalProperties"], false, "{path} is closed");
            flatten(properties, &format!("{path}."), out);
        } else if schema["type"] == "object" {
            flatten(&schema["additionalProperties"]["properties"], &format!("{path}.*."), out);
        } else {
            out.insert(path, fact(schema));
        }
    }
}

fn fact(schema: &Value) -> Value {
    if let Some(options) = schema.get("anyOf") {
        let one = |option: &Value| match (option.get("const"), option.get("oneOf")) {
            (Some(word), _) => json!({ "const": word }),
            (None, Some(_)) => json!("secret reference"),
            (None, None) => option["type"].clone(),
        };
        return json!({ "anyOf": options.as_array().unwrap().iter().map(one).collect::<Vec<_>>() });
    }
    match schema["type"].as_str().unwrap() {
        "array" => json!({ "list": schema["items"]["type"] }),
        "integer" => json!({ "integer": { "minimum": schema["minimum"], "maximum": schema["maximum"] } }),
        "number" => json!({ "number": { "exclusiveMinimum": schema["exclusiveMinimum"] } }),
        _ if schema.get("enum").is_some() => json!({ "enum": schema["enum"] }),
        kind => json!(kind),
    }
}

#[test]
fn the_schema_has_exactly_the_official_keys_and_bounds() {
    let answer = library().query(&QueryRequest::ConfigSchema {}).unwrap();
    let mut expected = facts();
    for fact in expected.values_mut() {
        // Above zero and from one on are the same for whole numbers.
        if let Some(bounds) = fact.get_mut("integer").and_then(Value::as_object_mut)
            && bounds.remove("exclusiveMinimum").is_some()
        {
            bounds.insert("minimum".to_owned(), json!(1));
        }
    }
    let schema = &answer["channel"];
    let mut properties = schema["properties"].clone();
    let accounts = properties.as_object_mut().unwrap().remove("accounts").unwrap();
    assert_eq!(properties.as_object_mut().unwrap().remove("defaultAccount").unwrap()["type"], "string");
    for (properties, whose) in
        [(&properties, "the section"), (&accounts["additionalProperties"]["properties"], "an account")]
    {
        let mut found = Map::new();
        flatten(properties, "", &mut found);
        for (path, fact) in &mut expected {
            let found = found.remove(path).unwrap_or_else(|| panic!("{whose} has no {path}"));
            if let (Some(one), Some(other)) = (found.get("enum"), fact.get("enum")) {
                let sorted = |words: &Value| {
                    let mut words: Vec<String> = serde_json::from_value(words.clone()).unwrap();
                    words.sort();
                    words
                };
                assert_eq!(sorted(one), sorted(other), "{path}");
            } else {
                assert_eq!(found, *fact, "{path}");
            }
        }
        assert!(found.is_empty(), "{whose} has keys that OpenClaw does not know: {found:?}");
    }
    assert_eq!(schema["additionalProperties"], false);
    assert!(
        !schema.to_string().contains("\"default\":"),
        "hosts would write defaults over what is inherited"
    );
}

#[test]
fn the_committed_manifest_has_the_schemas_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../extensions/mattermost/openclaw.plugin.json");
    let then = std::fs::read_to_string(path).unwrap();
    let answer = library().query(&QueryRequest::ConfigSchema {}).unwrap();
    let mut manifest: Value = serde_json::from_str(&then).unwrap();
    manifest["configSchema"] = answer["plugin"].clone();
    manifest["channelConfigs"]["mattermost"]["schema"] = answer["channel"].clone();
    let now = serde_json::to_string_pretty(&manifest).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    let then = std::fs::read_to_string(path).unwrap();
    assert!(
        then == now,
        "{path} is not what the table of keys says; rewrite it with \
         UPDATE_SCHEMAS=1 cargo test -p openclaw-mattermost --test config_schema"
    );
}

#[test]
fn the_plugins_own_keys_are_checked_too() {
    let own = |value: Value| {
        let mut config = config(json!({ "botToken": "t0ken-t0ken", "baseUrl": "https://c" }));
        config["plugins"] = json!({ "entries": { "mattermost": { "config": value } } });
        validate(config).0
    };
    for good in [
        json!({ "allowBots": "mentions", "accounts": { "a": { "allowBots": true, "threadFiles": true } } }),
        json!({ "reactionNotifications": "own", "catchUp": { "maxAgeHours": 0, "maxPosts": 5 } }),
    ] {
        assert_eq!(own(good.clone()), Vec::<Value>::new(), "{good}");
    }
    for (wrong, field, found) in [
        (json!({ "allowBots": "sometimes" }), "allowBots", "another string"),
        (json!({ "catchup": {} }), "catchup", "did you mean catchUp?"),
        (json!({ "catchUp": { "maxPosts": -1 } }), "catchUp.maxPosts", "another number"),
        (
            json!({ "accounts": { "a": { "reactionNotifications": 1 } } }),
            "accounts.a.reactionNotifications",
            "a number",
        ),
        (json!({ "accounts": { "a": { "catchUp": {} } } }), "accounts.a.catchUp", "is not a key"),
    ] {
        let problems = own(wrong);
        assert_eq!(problems[0]["field"], format!("plugins.entries.mattermost.config.{field}"));
        assert!(problems[0]["message"].as_str().unwrap().contains(found), "{problems:?}");
    }
}
