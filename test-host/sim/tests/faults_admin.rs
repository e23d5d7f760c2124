//! The switches over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::{Lab, http_client};
use mattermost_sim::Options;
use reqwest::Method;
use serde_json::{Value, json};

struct Admin {
    lab: Lab,
    http: reqwest::Client,
}

impl Admin {
    async fn new() -> Self {
        Self { lab: Lab::with(Options::default().admin_api(true)).await, http: http_client() }
    }

    async fn call(&self, method: Method, body: &Value) -> (u16, Value) {
        let url = format!("{}/_sim/faults", self.lab.sim.url());
        let response = self.http.request(method, url).json(body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn switch(&self, body: Value) -> (u16, Value) {
        self.call(Method::POST, &body).await
    }

    async fn shown(&self) -> Value {
        self.call(Method::GET, &Value::Null).await.1
    }
}

#[tokio::test]
async fn every_fault_is_switched_shown_and_cleared() {
    let admin = Admin::new().await;
    let all = json!([
        { "fault": "refuse", "on": true },
        { "fault": "half_open", "on": true },
        { "fault": "stall", "on": true },
        { "fault": "drop_post_responses", "count": 3 },
        { "fault": "refuse_posts", "status": 503 },
        { "fault": "rate_limited", "on": true },
        { "fault": "errors", "statuses": [500, 502] },
        { "fault": "replica_lag", "ms": 2000 },
        { "fault": "slow_posts", "ms": 50 },
        { "fault": "duplicate_events", "on": true },
        { "fault": "deaf", "on": true },
    ]);
    assert_eq!(admin.shown().await, json!([]));
    for fault in all.as_array().unwrap() {
        let (status, shown) = admin.switch(fault.clone()).await;
        assert_eq!(status, 200, "{shown}");
        assert!(shown.as_array().unwrap().contains(fault), "{shown}");
    }
    assert_eq!(admin.shown().await, all);
    assert_eq!(admin.call(Method::DELETE, &Value::Null).await, (200, json!([])));
    assert_eq!(admin.lab.get("openclaw", "/users/me").await.status, 200);
}

#[tokio::test]
async fn no_fault_affects_the_switches() {
    let admin = Admin::new().await;
    for fault in ["refuse", "half_open", "stall", "rate_limited"] {
        // Calls of the REST API leave an idle connection, which the next call may be sent over.
        let ping = format!("{}/api/v4/system/ping", admin.lab.sim.url());
        let answer = admin.http.get(&ping).send().await.unwrap();
        assert!(answer.text().await.unwrap().contains("OK"));
        let on = json!([{ "fault": fault, "on": true }]);
        admin.lab.get("openclaw", "/users/me").await;
        assert_eq!(admin.switch(json!({ "fault": fault })).await, (200, on.clone()));
        assert_eq!(admin.shown().await, on);
        assert_eq!(admin.switch(json!({ "fault": fault, "on": false })).await, (200, json!([])));
    }
}

#[tokio::test]
async fn an_idle_connection_that_was_silenced_still_serves_the_switches() {
    let admin = Admin::new().await;
    let ping = format!("{}/api/v4/system/ping", admin.lab.sim.url());
    for turn in [true, false] {
        let answer = admin.http.get(&ping).send().await.unwrap();
        answer.text().await.unwrap();
        let faults = admin.lab.sim.faults();
        if turn {
            faults.half_open(true);
        } else {
            faults.stall(true);
        }
        assert_eq!(admin.shown().await.as_array().unwrap().len(), 1);
        faults.clear();
    }
}

#[tokio::test]
async fn what_is_not_known_is_refused_with_what_is() {
    let admin = Admin::new().await;
    for (body, words) in [
        (json!({ "fault": "flood" }), &["flood", "refuse", "half_open", "drop_post_responses", "deaf"][..]),
        (json!({ "fault": "stall", "of": true }), &["of", "on"]),
        (json!({ "fault": "errors", "statuses": [200] }), &["200"]),
        (json!({ "fault": "slow_posts" }), &["ms"]),
        (json!({ "on": true }), &["fault"]),
    ] {
        let (status, answer) = admin.switch(body).await;
        let error = answer["error"].as_str().unwrap();
        assert_eq!(status, 400);
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
    assert_eq!(admin.shown().await, json!([]));
}

#[tokio::test]
async fn what_happens_once_is_answered_when_it_has_happened() {
    let admin = Admin::new().await;
    let (channel, lab) = (admin.lab.seed.channel("general"), &admin.lab);
    lab.say("alice", "general", "one").await;
    let (_socket, _) = lab.listen("openclaw").await;
    assert_eq!(admin.switch(json!({ "fault": "cut_sockets" })).await, (200, json!([])));
    assert_eq!(lab.sim.sockets(), 0);
    let purge = json!({ "fault": "purge", "channel_id": channel, "keep": 0 });
    assert_eq!(admin.switch(purge).await, (200, json!([])));
    assert_eq!(lab.sim.posts(channel), []);
    let restart = json!({ "fault": "restart", "down_ms": 50, "version": "5.16" });
    assert_eq!(admin.switch(restart).await, (200, json!([])));
    assert_eq!(lab.get("openclaw", "/config/client?format=old").await.body["Version"], "5.16.0");
    assert_eq!(admin.switch(json!({ "fault": "restart" })).await, (200, json!([])));
    assert_eq!(lab.get("openclaw", "/config/client?format=old").await.body["Version"], "5.16.0");
}

#[tokio::test]
async fn without_the_option_there_is_no_admin_api() {
    let lab = Lab::new().await;
    let answer = http_client().get(format!("{}/_sim/faults", lab.sim.url())).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 404);
}
