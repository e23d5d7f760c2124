//! Random bytes and damaged JSON: never a panic, always a documented status.
// Clippy excuses test functions, but not their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
#[path = "support/raw.rs"]
mod with;

use host_sdk::abi;
use host_sdk::host::raw::{Arg, ErrorArg, Handle, HostArgs, RawLibrary};
use proptest::prelude::*;
use std::sync::{LazyLock, Mutex};

/// One instance for all, used by one at a time: whoever polls gets everybody's deliveries.
static ECHO: LazyLock<Mutex<(RawLibrary, Handle)>> = LazyLock::new(|| {
    let echo = with::echo();
    let handle = with::pull(&echo);
    Mutex::new((echo, handle))
});

/// What hosts say when they are right.
const SEEDS: [&str; 12] = [
    r#"{"role":"client","config":{"channels":{"echo":{"enabled":true}}},"state_dir":"/nonexistent","env":{"A":"b"}}"#,
    r#"{"log":{"level":"debug","poll":true},"host":{"name":"a","version":"1"},"gateway":{"port":8080}}"#,
    r#"{"type":"account.start","account_id":"default"}"#,
    r#"{"type":"status.probe","timeout_ms":250}"#,
    r#"{"type":"inbound.ack","event_id":"1"}"#,
    r#"{"type":"inbound.nack","event_id":"1","reason":"no"}"#,
    r#"{"type":"cancel","request_id":18446744073709551615}"#,
    r#"{"target":"room:a","text":"h\u0000\ud83d\ude00","media":["a"],"kind":"final","dry_run":true}"#,
    r#"{"target":"room:a","buttons":[[{"text":"a"}]],"presentation":{"blocks":[]},"delivery_id":"1"}"#,
    r#"{"type":"capabilities"}"#,
    r#"{"type":"config.validate","config":{"channels":{}}}"#,
    r#"{"type":"targets.parse","target":"room:a"}"#,
];

/// A seed with a few bytes or values replaced.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let patch = (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..6), 0..6_usize);
    (0..SEEDS.len(), prop::collection::vec(patch, 1..4)).prop_map(|(seed, patches)| {
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        for (at, new, drop) in patches {
            let from = at.index(bytes.len() + 1);
            let to = (from + drop).min(bytes.len());
            bytes.splice(from..to, new);
        }
        bytes
    })
}

/// A seed whose keys got values of other kinds.
fn mistyped() -> impl Strategy<Value = Vec<u8>> {
    const VALUES: [&str; 9] =
        ["null", "true", "-1", "1e999", "18446744073709551616", "\"\"", "[]", "{}", "[{\"a\":[null]}]"];
    (0..SEEDS.len(), any::<prop::sample::Index>(), 0..VALUES.len()).prop_map(|(seed, key, value)| {
        let mut object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(SEEDS[seed]).unwrap();
        let name = object.keys().nth(key.index(object.len())).unwrap().clone();
        object.insert(name, serde_json::json!("\u{1}"));
        serde_json::Value::Object(object).to_string().replace("\"\\u0001\"", VALUES[value]).into_bytes()
    })
}

fn check(bytes: &[u8]) {
    let echo = ECHO.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let (echo, handle) = &*echo;
    let documented = |status: i32| {
        let refused = [abi::OC_E_INVALID_ARGUMENT, abi::OC_E_NOT_SUPPORTED, abi::OC_E_BUSY];
        assert!(
            status >= 0 || refused.contains(&status),
            "status {status} for {:?}",
            String::from_utf8_lossy(bytes)
        );
    };
    for id in [1, 2] {
        let argument = Arg::bytes(bytes);
        let outcome =
            if id == 1 { echo.handle(*handle, id, argument) } else { echo.send(*handle, id, argument) };
        documented(outcome.status);
        assert_eq!(outcome.status < 0, outcome.error.is_some());
        if outcome.status == abi::OC_PENDING {
            loop {
                let next = with::next(echo, *handle);
                assert_ne!(next["status"], abi::OC_E_PANIC, "{next}");
                if next["request_id"] == id {
                    break;
                }
            }
        }
    }
    // Events of what happened to be right must not fill the queue.
    with::drain(echo, *handle);
    let answer = echo.query(Arg::bytes(bytes));
    documented(answer.status);
    let answer: serde_json::Value = serde_json::from_str(&answer.json.unwrap()).unwrap();
    assert!(answer["ok"].is_boolean());
    let (made, outcome) = echo.init(&HostArgs::pull(), Arg::bytes(bytes), ErrorArg::default());
    documented(outcome.status);
    assert_eq!(made.is_null(), outcome.status < 0);
    if !made.is_null() {
        echo.destroy(made);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
    }

    #[test]
    fn damaged_messages_are_answered(bytes in damaged()) {
        check(&bytes);
    }

    #[test]
    fn mistyped_messages_are_answered(bytes in mistyped()) {
        check(&bytes);
    }
}
