//! Servers that are not on the public internet: connected to only where the configuration says so.

#![allow(clippy::unwrap_used, clippy::panic, clippy::needless_pass_by_value)]

mod support;

use host_sdk::host::{Events, Instance, LogHook};
use host_sdk::protocol::{
    AccountStatus, ErrorCode, Finding, FindingLevel, HandleRequest, Init, Outbound, Probe, QueryRequest, Role,
};
use mattermost_sim::{Options, Sim};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use support::{World, init, library};

const KEY: &str = "channels.mattermost.network.dangerouslyAllowPrivateNetwork";

/// A configuration as it is written: nothing is allowed that does not stand there.
fn plain(section: Value) -> Value {
    json!({ "channels": { "mattermost": section } })
}

type Book = Arc<Mutex<Vec<String>>>;

fn open(role: Role, config: Value) -> (Instance, Events, Book) {
    let book = Book::default();
    let writer = book.clone();
    let log: LogHook = Arc::new(move |line| {
        writer.lock().unwrap().push(format!("{} {}", line.message, line.fields_json));
    });
    let (instance, events) = library().instance(&Init { role, ..init(config) }, Some(log)).unwrap();
    (instance, events, book)
}

async fn statuses(instance: &Instance) -> Vec<AccountStatus> {
    let status = instance.handle(&HandleRequest::StatusGet(Default::default())).await.unwrap();
    serde_json::from_value(status["accounts"].clone()).unwrap()
}

// covers: R07
#[tokio::test(flavor = "multi_thread")]
async fn a_private_server_is_not_connected_to_and_everything_says_which_key_allows_it() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let port = sim.url().rsplit(':').next().unwrap().to_owned();
    let token = seed.token("openclaw");
    for url in [sim.url(), format!("http://localhost:{port}"), "http://10.0.0.5".to_owned()] {
        let config = plain(json!({ "botToken": token, "baseUrl": url }));
        let (instance, _events, book) = open(Role::Gateway, config.clone());
        let error = instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Config, Some(KEY)), "{url}");
        assert!(
            error.message.contains(&format!("set {KEY} to true")) && !error.retryable,
            "{}",
            error.message
        );
        let status = &statuses(&instance).await[0];
        assert!(!status.configured && !status.connected);
        assert!(status.problem.as_ref().unwrap().message.contains(KEY), "{status:?}");
        let send = Outbound { target: "#general".to_owned(), text: "hi".to_owned(), ..Outbound::default() };
        let error = instance.send(&send).await.unwrap_err();
        assert_eq!((error.code, error.retryable), (ErrorCode::Config, false));
        let probes = instance.handle(&HandleRequest::StatusProbe(Default::default())).await.unwrap();
        let probes: Vec<Probe> = serde_json::from_value(probes).unwrap();
        assert_eq!(probes[0].error.as_ref().unwrap().field.as_deref(), Some(KEY));
        let findings = instance.handle(&HandleRequest::AccountDoctor(Default::default())).await.unwrap();
        let findings: Vec<Finding> = serde_json::from_value(findings).unwrap();
        let finding = findings.iter().find(|finding| finding.level == FindingLevel::Error).unwrap();
        assert!(finding.message.contains(KEY), "{finding:?}");
        assert!(finding.way_out.as_ref().unwrap().contains("--allow-private-network"), "{finding:?}");
        let told = library().query(&QueryRequest::ConfigValidate { config }).unwrap();
        assert_eq!((&told["valid"], &told["problems"][0]["field"]), (&json!(false), &json!(KEY)));
        let book = book.lock().unwrap();
        for context in ["mattermost-api", "mattermost-probe"] {
            let security = |line: &&String| line.starts_with("security: blocked") && line.contains(context);
            assert!(book.iter().any(|line| security(&line)), "{context}: {book:#?}");
        }
    }
    assert_eq!(sim.requests(), [], "nothing was asked");
}

// covers: R07
#[tokio::test(flavor = "multi_thread")]
async fn each_account_is_allowed_by_itself_and_the_others_go_on() {
    let world = World::new().await;
    let account = |name: &str, network: Value| json!({ "botToken": world.seed.token(name), "baseUrl": world.sim.url(), "network": network });
    let config = plain(json!({ "accounts": {
        "main": account("openclaw", json!({ "dangerouslyAllowPrivateNetwork": true })),
        "alerts": account("alerts", json!({})),
    } }));
    let (instance, _events, _) = open(Role::Gateway, config);
    let started = instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    assert_eq!(started, json!({ "accounts": ["main"] }));
    let statuses = statuses(&instance).await;
    let problem = statuses.iter().find(|status| status.account_id == "alerts").unwrap().problem.clone();
    let key = "channels.mattermost.accounts.alerts.network.dangerouslyAllowPrivateNetwork";
    assert_eq!(problem.unwrap().field.as_deref(), Some(key));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_the_environment_is_allowed_by_the_key_alone() {
    let world = World::new().await;
    let env = BTreeMap::from([
        ("MATTERMOST_BOT_TOKEN".to_owned(), world.seed.token("openclaw").to_owned()),
        ("MATTERMOST_URL".to_owned(), world.sim.url()),
    ]);
    for (section, allowed) in [
        (json!({}), false),
        (json!({ "network": { "dangerouslyAllowPrivateNetwork": false } }), false),
        (json!({ "network": { "dangerouslyAllowPrivateNetwork": true } }), true),
    ] {
        let init =
            Init { role: Role::Client, config: plain(section), env: Some(env.clone()), ..Init::default() };
        let (instance, _events) = library().instance(&init, None).unwrap();
        let send = Outbound { target: "#general".to_owned(), text: "hi".to_owned(), ..Outbound::default() };
        match instance.send(&send).await {
            Ok(_) => assert!(allowed),
            Err(error) => assert!(!allowed && error.field.as_deref() == Some(KEY), "{error}"),
        }
    }
}
