//! Accounts: where they come from, how they fail, how they keep apart.

mod support;

use host_sdk::protocol::{ErrorCode, Event, HandleRequest, Init, Lifecycle, Outbound, QueryRequest};
use mattermost_sim::{Options, Sim};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use support::{World, config, init, library};

// covers: A02
#[tokio::test(flavor = "multi_thread")]
async fn two_environment_variables_are_enough() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let env = BTreeMap::from([
        ("MATTERMOST_BOT_TOKEN".to_owned(), seed.token("openclaw").to_owned()),
        ("MATTERMOST_URL".to_owned(), format!("{}/api/v4/", sim.url())),
    ]);
    // Who may write is not said by variables.
    let local = json!({ "dangerouslyAllowPrivateNetwork": true });
    let config = config(json!({ "dmPolicy": "open", "allowFrom": ["*"], "network": local }));
    let init = Init { config, env: Some(env), ..Init::default() };
    let (instance, events) = library().instance(&init, None).unwrap();
    let mut world = World { sim, seed, instance, events, life: Default::default() };
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let status = world.until(|status| status.connected).await;
    assert_eq!(status.base_url.as_deref(), Some(world.sim.url().as_str()));
    let dm = world.dm("alice");
    world.says("alice", &dm, "hello", "");
    let heard = world.hears().await;
    world.echo(&heard).await;
    world.sees(&dm, "echo: hello").await;
}

// covers: A02
#[tokio::test(flavor = "multi_thread")]
async fn environment_variables_do_not_apply_to_other_accounts() {
    let env = BTreeMap::from([
        ("MATTERMOST_BOT_TOKEN".to_owned(), "a-token-from-the-environment".to_owned()),
        ("MATTERMOST_URL".to_owned(), "http://127.0.0.1:1".to_owned()),
    ]);
    let config = config(json!({ "accounts": { "alerts": { "name": "Alerts" } } }));
    let query = QueryRequest::AccountList { config, env: Some(env) };
    let accounts = library().query(&query).unwrap();
    assert_eq!(accounts[0]["account_id"], "alerts");
    assert_eq!(accounts[0]["configured"], false);
    let problem = accounts[0]["problem"]["message"].as_str().unwrap();
    assert!(problem.contains("channels.mattermost.accounts.alerts.botToken"), "{problem}");
    assert!(problem.contains("only to the account \"default\""), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_token_is_named_with_the_way_out() {
    let (instance, _events) =
        library().instance(&init(config(json!({ "baseUrl": "http://127.0.0.1:1" }))), None).unwrap();
    let error = instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap_err();
    assert_eq!(
        (error.code, error.field.as_deref()),
        (ErrorCode::Config, Some("channels.mattermost.botToken"))
    );
    assert!(error.message.contains("MATTERMOST_BOT_TOKEN"), "{}", error.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_blocks_the_account_with_the_way_out_and_is_never_shown() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let token = "wrongwrongwrongwrongwrongw";
    let config = config(json!({ "botToken": token, "baseUrl": sim.url() }));
    let (instance, events) = library().instance(&init(config), None).unwrap();
    let mut world = World { sim, seed, instance, events, life: Default::default() };
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let status = world.until(|status| status.lifecycle == Lifecycle::Blocked).await;
    let told = status.last_error.clone().unwrap();
    assert!(told.contains("refused the bot token") && told.contains("botToken"), "{told}");
    assert!(!format!("{status:?}").contains(token));
    let asked = world.sim.requests().len();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(world.sim.requests().len(), asked, "a refused token must not hammer the server");
}

// covers: W08
#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_server_is_tried_until_it_is_there() {
    let spare = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = spare.local_addr().unwrap();
    drop(spare);
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let config =
        config(json!({ "botToken": seed.token("openclaw"), "baseUrl": format!("http://{address}") }));
    let (instance, events) = library().instance(&init(config), None).unwrap();
    let mut world = World { sim, seed, instance, events, life: Default::default() };
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let status = world.until(|status| status.lifecycle == Lifecycle::Recovering).await;
    assert!(status.last_error.unwrap().contains("refused"), "the reason is told");
    // The server appears, with the same people and tokens as far as the bot can see: another one refuses the token.
    let late = Sim::start(Options::default().listen(address)).await.unwrap();
    late.seed().unwrap();
    let status = world.until(|status| status.lifecycle == Lifecycle::Blocked).await;
    assert!(!status.connected);
    world.instance.shutdown(Duration::from_secs(5)).await.unwrap();
}

// covers: W03, W09
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_socket_is_told_as_lost_and_back() {
    let mut world = World::new().await;
    world.sim.cut_sockets();
    let lost = world.until(|status| !status.connected).await;
    let why = lost.last_disconnect.unwrap();
    assert!(why.at_ms > 0 && !why.reason.is_empty(), "{why:?}");
    let back = world.until(|status| status.connected).await;
    assert_eq!((back.lifecycle, back.reconnects), (Lifecycle::Ready, 1));
    let dm = world.dm("alice");
    world.says("alice", &dm, "still there?", "");
    assert_eq!(world.hears().await.text, "still there?");
}

// covers: A05
#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_of_one_instance_hear_and_answer_each_for_itself() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let config = config(json!({
        "baseUrl": sim.url(), "dmPolicy": "open", "allowFrom": ["*"],
        "accounts": {
            "default": { "botToken": seed.token("openclaw") },
            "Ops Alerts": { "botToken": seed.token("alerts") },
        },
    }));
    let (instance, events) = library().instance(&init(config), None).unwrap();
    let mut world = World { sim, seed, instance, events, life: Default::default() };
    let started = world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    assert_eq!(started["accounts"], json!(["default", "ops-alerts"]));
    let mut connected = 0;
    while connected < 2 {
        if let Event::StatusChanged(status) = world.next().await {
            connected += usize::from(status.connected);
        }
    }
    let alerts = world.id("alerts");
    let dm = world.sim.direct_channel(&world.id("alice"), &alerts).unwrap();
    world.says("alice", &dm, "for alerts", "");
    let heard = world.hears().await;
    assert_eq!(heard.account_id, "ops-alerts");
    world.echo(&heard).await;
    let answer = world
        .sim
        .wait_for_post(&dm, |post| post.message == "echo: for alerts", support::PATIENCE)
        .await
        .unwrap();
    assert_eq!(answer.user_id, alerts);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_with_different_accounts_do_not_mix() {
    let mut first = World::new().await;
    let mut second = World::new().await;
    let (dm_one, dm_two) = (first.dm("alice"), second.dm("alice"));
    first.says("alice", &dm_one, "one", "");
    second.says("alice", &dm_two, "two", "");
    assert_eq!(first.hears().await.text, "one");
    assert_eq!(second.hears().await.text, "two");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_instance_sends_and_probes_but_runs_no_account() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let (instance, _events) =
        support::client(config(json!({ "botToken": seed.token("openclaw"), "baseUrl": sim.url() })));
    let refused = instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
    let probe = instance.handle(&HandleRequest::StatusProbe(Default::default())).await.unwrap();
    assert_eq!((&probe[0]["ok"], &probe[0]["bot"]["username"]), (&json!(true), &json!("openclaw")));
    let message = Outbound { target: "@alice".to_owned(), text: "hi".to_owned(), ..Outbound::default() };
    let receipt = instance.send(&message).await.unwrap();
    let dm = sim.direct_channel(seed.user_id("alice"), seed.user_id("openclaw")).unwrap();
    assert_eq!(receipt.channel_id, dm);
    assert_eq!(sim.posts(&dm).last().unwrap().id, receipt.message_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_and_start_take_effect_in_the_order_of_the_calls() {
    let mut world = World::new().await;
    for _ in 0..20 {
        let (stop, start) =
            (HandleRequest::AccountStop(Default::default()), HandleRequest::AccountStart(Default::default()));
        let (stopped, started) = tokio::join!(world.instance.handle(&stop), world.instance.handle(&start));
        assert_eq!(stopped.unwrap()["accounts"], json!(["default"]));
        assert_eq!(started.unwrap()["accounts"], json!(["default"]));
        world.until(|status| status.lifecycle == Lifecycle::Stopped).await;
        world.until(|status| status.connected).await;
    }
    let dm = world.dm("alice");
    world.says("alice", &dm, "still there?", "");
    assert_eq!(world.hears().await.text, "still there?");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_lets_accepted_messages_go_out() {
    let options = Options::default().post_latency(Duration::from_millis(200));
    let world = World::with(options, json!({})).await;
    let mut sending = Vec::new();
    for number in 0..3 {
        let (instance, text) = (world.instance.clone(), format!("message {number}"));
        let message = Outbound { target: "#general".to_owned(), text, ..Outbound::default() };
        sending.push(tokio::spawn(async move { instance.send(&message).await }));
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    world.instance.shutdown(Duration::from_secs(10)).await.unwrap();
    for sent in sending {
        sent.await.unwrap().unwrap();
    }
    let posts = world.sim.posts(&world.channel("general"));
    assert_eq!(posts.iter().filter(|post| post.message.starts_with("message ")).count(), 3);
}

// covers: S23
#[tokio::test(flavor = "multi_thread")]
async fn a_probe_tells_whether_the_token_works_and_the_status_of_the_answer() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    for (token, ok, status) in
        [(seed.token("openclaw"), true, 200), ("wrongwrongwrongwrongwrongw", false, 401)]
    {
        let (instance, _events) = support::client(config(json!({ "botToken": token, "baseUrl": sim.url() })));
        let probe = instance.handle(&HandleRequest::StatusProbe(Default::default())).await.unwrap();
        assert_eq!((&probe[0]["ok"], &probe[0]["status"]), (&json!(ok), &json!(status)), "{probe}");
        assert!(!probe.to_string().contains(token));
    }
}
