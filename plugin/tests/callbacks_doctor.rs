//! What the doctor says of the addresses that the server is told to call.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{Finding, FindingLevel, HandleRequest};
use mattermost_sim::Seed;
use serde_json::{Value, json};
use support::World;

async fn examine(world: &World, check: &str) -> Vec<Finding> {
    let answer = world.instance.handle(&HandleRequest::AccountDoctor(Default::default())).await.unwrap();
    let findings: Vec<Finding> = serde_json::from_value(answer).unwrap();
    findings.into_iter().filter(|finding| finding.check == check).collect()
}

async fn world(keys: impl FnOnce(&Seed) -> Value) -> World {
    World::reachable(false, |seed| (keys(seed), json!({}))).await
}

#[tokio::test]
async fn an_address_that_leads_here_is_told_by_its_405() {
    let world = world(|_| json!({})).await;
    let found = examine(&world, "buttons").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].level, FindingLevel::Ok);
    assert!(found[0].message.contains("405"), "{found:?}");
}

#[tokio::test]
async fn an_address_that_leads_elsewhere_is_named_with_the_way_out() {
    // The server itself, which has no such path.
    let world = World::reachable(false, |_| (json!({}), json!({}))).await;
    let elsewhere = world.sim.url();
    let world =
        World::reachable(false, |_| (json!({ "interactions": { "callbackBaseUrl": elsewhere } }), json!({})))
            .await;
    let found = examine(&world, "buttons").await;
    assert_eq!(found[0].level, FindingLevel::Warning);
    assert!(found[0].message.contains("404"), "{found:?}");
    assert!(found[0].way_out.as_ref().unwrap().contains("reverse proxy"));

    let nobody = World::reachable(false, |_| {
        (json!({ "interactions": { "callbackBaseUrl": "http://127.0.0.1:9" } }), json!({}))
    })
    .await;
    let found = examine(&nobody, "buttons").await;
    assert!(found[0].message.contains("cannot be reached"), "{found:?}");
}

#[tokio::test]
async fn an_address_that_nobody_can_call_is_told_by_what_is_wrong_and_its_password_is_not_shown() {
    let wrong = "https://me:s3cret@gw.example.com";
    let world = world(|_| {
        json!({
            "interactions": { "callbackBaseUrl": wrong },
            "commands": { "native": true, "callbackUrl": format!("{wrong}/command") },
        })
    })
    .await;
    for (check, key) in
        [("buttons", "interactions.callbackBaseUrl"), ("slash commands", "commands.callbackUrl")]
    {
        let found = examine(&world, check).await;
        assert!(!format!("{found:?}").contains("s3cret"), "{found:?}");
        let refused = found.iter().find(|finding| finding.message.contains("user name or password")).unwrap();
        assert_eq!(refused.level, FindingLevel::Error);
        assert!(refused.message.contains(key) && refused.way_out.as_ref().unwrap().contains(key));
    }
}

#[tokio::test]
async fn entries_that_are_no_addresses_are_named() {
    let world = world(|_| {
        json!({ "interactions": { "allowedSourceIps": ["127.0.0.1", "chat.example.com", "10.0.0.0/99"] } })
    })
    .await;
    let found = examine(&world, "buttons").await;
    let warned = found.iter().find(|finding| finding.level == FindingLevel::Warning).unwrap();
    assert!(warned.message.contains("allowedSourceIps"), "{warned:?}");
    assert!(warned.message.ends_with(": chat.example.com, 10.0.0.0/99"), "{warned:?}");
}

// covers: S27
#[tokio::test]
async fn what_the_server_hides_is_told_as_what_an_admin_has_to_check() {
    let world = world(|_| json!({})).await;
    let found = examine(&world, "server settings").await;
    let message = &found[0].message;
    assert!(message.contains("EnablePostActionIntegration"), "{message}");
    assert!(message.contains("AllowedUntrustedInternalConnections has localhost"), "{message}");
}

#[tokio::test]
async fn a_bot_that_may_not_register_slash_commands_is_told_the_permission_and_two_ways_to_get_it() {
    let world = world(|_| json!({ "commands": { "native": true } })).await;
    world.sim.set_slash_permission(false);
    let found = examine(&world, "slash commands").await;
    let refused = found.iter().find(|finding| finding.level == FindingLevel::Error).unwrap();
    let way_out = refused.way_out.as_ref().unwrap();
    assert!(refused.message.contains("lab"), "{found:?}");
    for words in ["manage_own_slash_commands", "team admin", "System Console"] {
        assert!(way_out.contains(words), "{way_out}");
    }
    world.sim.set_slash_permission(true);
    let found = examine(&world, "slash commands").await;
    assert!(found.iter().all(|finding| finding.level != FindingLevel::Error), "{found:?}");
}
