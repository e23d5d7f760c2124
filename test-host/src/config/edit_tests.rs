//! Changing a JSON5 text.

#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;
use serde_json::json;

const TEXT: &str = "\
// mine
{
  channels: {
    // the office
    mattermost: {
      botToken: \"old\", // from the vault
      baseUrl: 'https://chat.example.com'
    },
  },
  gateway: { port: 1 }, // last
}
";

fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut value: Value = json5::from_str(TEXT).unwrap();
    change(&mut value);
    apply(TEXT, &value).unwrap()
}

#[test]
fn comments_and_order_stay() {
    let text = changed(|value| {
        value["channels"]["mattermost"]["botToken"] = json!("new");
        value["channels"]["mattermost"]["accounts"] = json!({ "a-b": { "enabled": true } });
        value["gateway"]["bind"] = json!("x");
        value["more"] = json!([1]);
    });
    let expected = "\
// mine
{
  channels: {
    // the office
    mattermost: {
      botToken: \"new\", // from the vault
      baseUrl: 'https://chat.example.com',
      accounts: {
        \"a-b\": {
          enabled: true,
        },
      }
    },
  },
  gateway: { port: 1, bind: \"x\" }, // last
  more: [1],
}
";
    assert_eq!(text, expected);
}

#[test]
fn what_is_not_wanted_goes_with_its_line() {
    let text = changed(|value| {
        let section = value["channels"]["mattermost"].as_object_mut().unwrap();
        section.remove("baseUrl");
        section.insert("streaming".to_owned(), json!({ "mode": "off" }));
        value["gateway"].as_object_mut().unwrap().remove("port");
    });
    assert!(
        text.contains("botToken: \"old\", // from the vault\n") || text.contains("botToken: \"old\""),
        "{text}"
    );
    assert!(!text.contains("baseUrl") && text.contains("// mine") && text.contains("// last"), "{text}");
    let text = changed(|value| {
        value.as_object_mut().unwrap().remove("channels");
    });
    assert_eq!(text, "// mine\n{\n  gateway: { port: 1 }, // last\n}\n");
}

#[test]
fn plain_json_stays_plain_json() {
    let text = "{\n  \"a\": 1,\n  \"b\": {}\n}\n";
    let new = json!({ "b": { "c": { "d": 2 } }, "e": true });
    let changed = apply(text, &new).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&changed).unwrap(), new);
    assert_eq!(changed, "{\n  \"b\": {\n    \"c\": {\n      \"d\": 2\n    }\n  },\n  \"e\": true\n}\n");
}

#[test]
fn a_key_that_stands_there_twice_is_not_changed_by_half() {
    let changed = apply("{ a: 1, a: 2 }", &json!({ "a": 3 }));
    assert!(changed.is_none_or(|text| json5::from_str::<Value>(&text).unwrap() == json!({ "a": 3 })));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..9).prop_map(Value::from),
        "[a/*'{,\\\\\"]{0,4}".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-d]|e-f|g\\.h", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #[test]
    fn any_change_of_any_text_says_what_it_should(old in value(), new in value(), pretty in any::<bool>()) {
        let (old, new) = (json!({ "a": old }), json!({ "a": new }));
        let text = if pretty { format!("{old:#}") } else { old.to_string() };
        let changed = apply(&text, &new).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&changed).unwrap(), new);
    }
}
