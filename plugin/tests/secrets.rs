//! The token is in no log record, no error and no status, whatever happens.

mod support;

use host_sdk::host::LogLine;
use host_sdk::protocol::{HandleRequest, Init, LogLevel, LogOptions, Outbound};
use mattermost_sim::{Options, Sim};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{World, config, init, library};

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_in_no_log_record_error_or_status_even_at_trace_level() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let token = seed.token("openclaw").to_owned();
    let book: Arc<Mutex<Vec<LogLine>>> = Arc::default();
    let writer = book.clone();
    let section = json!({
        "botToken": token, "baseUrl": sim.url(), "dmPolicy": "open", "allowFrom": ["*"],
        "accounts": { "default": {}, "second": { "botToken": format!("{token}x") } },
    });
    let init = Init { log: LogOptions { level: LogLevel::Trace, poll: false }, ..init(config(section)) };
    let log = Arc::new(move |line| writer.lock().unwrap().push(line));
    let (instance, events) = library().instance(&init, Some(log)).unwrap();
    let mut world = World { sim, seed, instance, events, life: Default::default() };
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let mut said = Vec::new();
    for _ in 0..2 {
        said.push(format!(
            "{:?}",
            world.until(|status| status.connected || status.last_error.is_some()).await
        ));
    }
    // A person writes the token, and the agent repeats it: neither is a log record.
    let dm = world.dm("alice");
    world.says("alice", &dm, "hello", "");
    let heard = world.hears().await;
    world.echo(&heard).await;
    let lost = Outbound { target: format!("@{token}"), text: "x".to_owned(), ..Outbound::default() };
    said.push(format!("{:?}", world.instance.send(&lost).await.unwrap_err()));
    world.sim.revoke_token(&token);
    world.sim.cut_sockets();
    tokio::time::sleep(Duration::from_millis(500)).await;
    said.push(
        world.instance.handle(&HandleRequest::StatusGet(Default::default())).await.unwrap().to_string(),
    );
    world.instance.shutdown(Duration::from_secs(5)).await.unwrap();

    let records = book.lock().unwrap();
    assert!(records.iter().any(|line| line.level == LogLevel::Debug), "nothing was logged at all");
    for text in records.iter().map(|line| format!("{line:?}")).chain(said) {
        assert!(!text.contains(&token), "the token is in: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_repeats_the_token_does_not_publish_it() {
    let world = World::new().await;
    let token = world.seed.token("openclaw");
    let leak = Outbound {
        target: "#general".to_owned(),
        text: format!("my token is {token}!"),
        ..Outbound::default()
    };
    let receipt = world.instance.send(&leak).await.unwrap();
    let posts = world.sim.posts(&world.channel("general"));
    let post = posts.iter().find(|post| post.id == receipt.message_id).unwrap();
    assert_eq!(post.message, "my token is [secret]!");
}

#[test]
fn a_token_under_the_wrong_key_or_of_the_wrong_kind_is_not_echoed() {
    let secret = "abcdefghijsecretsecretsecr";
    for section in [
        json!({ "baseUrl": { "oops": secret } }),
        json!({ "dmPolicy": secret }),
        json!({ "enabled": secret }),
        json!({ "baseUrl": secret }),
        json!({ "botToken": [secret], "baseUrl": "http://127.0.0.1:1" }),
        json!({ "botToken": format!("{secret} {secret}"), "baseUrl": "http://127.0.0.1:1" }),
        json!({ "accounts": secret }),
        json!({ secret: true }),
        json!({ "botToken": "${not_a_variable}", "baseUrl": "http://127.0.0.1:1" }),
    ] {
        let query = host_sdk::protocol::QueryRequest::ConfigValidate { config: config(section.clone()) };
        let answer = library().query(&query).unwrap();
        assert_eq!(answer["valid"], false, "{section}");
        assert!(!answer.to_string().contains(secret), "{answer}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    let query =
        host_sdk::protocol::QueryRequest::ConfigValidate { config: config(json!({ "botTokn": "x" })) };
    let answer = library().query(&query).unwrap();
    let message = answer["problems"][0]["message"].as_str().unwrap();
    assert!(message.contains("channels.mattermost.botTokn") && message.contains("botToken?"), "{message}");
}
