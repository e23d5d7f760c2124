//! The lists of people, channels and groups, and what the server says of an account.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{
    AccountRef, Directory, DirectoryEntry, DirectoryKind, DirectoryMembers, DirectoryQuery, Error, ErrorCode,
    HandleRequest, Outbound, Probe, StatusProbe,
};
use mattermost_sim::{Instead, Options, Version};
use serde_json::{Value, json};
use support::World;

async fn ask(world: &World, request: HandleRequest) -> Result<Directory, Error> {
    Ok(serde_json::from_value(world.instance.handle(&request).await?).unwrap())
}

async fn peers(world: &World, query: &str, limit: Option<u32>) -> Directory {
    let query = Some(query.to_owned());
    ask(world, HandleRequest::DirectoryPeers(DirectoryQuery { query, limit, account_id: None }))
        .await
        .unwrap()
}

async fn groups(world: &World, query: &str, limit: Option<u32>) -> Directory {
    let query = Some(query.to_owned());
    ask(world, HandleRequest::DirectoryGroups(DirectoryQuery { query, limit, account_id: None }))
        .await
        .unwrap()
}

fn names(found: &Directory) -> Vec<&str> {
    found.entries.iter().map(|entry| entry.name.as_str()).collect()
}

fn asked(world: &World, words: &str) -> usize {
    world.sim.requests().iter().filter(|one| one.path.contains(words)).count()
}

/// Nothing but the test asks the server anything from now on.
async fn stop(world: &World) {
    world.instance.handle(&HandleRequest::AccountStop(AccountRef::default())).await.unwrap();
    world.sim.clear_requests();
}

/// Two accounts: the bot `openclaw`, and another one as given.
async fn two_accounts(other: Value) -> World {
    World::knowing(move |seed| {
        let token = seed.token("openclaw");
        let mut accounts = json!({ "one": { "botToken": token }, "two": other });
        if accounts["two"]["botToken"] == "same" {
            accounts["two"]["botToken"] = json!(token);
        }
        if accounts["two"]["botToken"] == "alerts" {
            accounts["two"]["botToken"] = json!(seed.token("alerts"));
        }
        json!({ "botToken": null, "accounts": accounts })
    })
    .await
}

// covers: S21
#[tokio::test(flavor = "multi_thread")]
async fn channels_of_all_teams_are_listed_and_what_is_listed_is_a_target() {
    for version in [Version::V11_6, Version::V5_16] {
        let world = World::with(Options::version(version), json!({})).await;
        let (bot, team) = (world.id("openclaw"), world.sim.team("field", "Field Work").unwrap());
        world.sim.join_team(&team, &bot).unwrap();
        world.sim.channel(&team, "trips", "Trips & Travel", true, &[&bot]).unwrap();
        let gone = world.sim.channel(&team, "gone", "Gone", false, &[&bot]).unwrap();
        world.sim.archive(&gone).unwrap();
        world.sim.channel(&team, "foreign", "Foreign", false, &[]).unwrap();
        // Direct and group messages are found by their people.
        world.dm("alice");
        world.sim.group_channel(&[&bot, &world.id("alice"), &world.id("bob")]).unwrap();

        let all = groups(&world, "", None).await;
        let expected =
            ["general", "off-topic", "off-topic", "ops", "secret", "town-square", "town-square", "trips"];
        assert_eq!(names(&all), expected, "{version:?}");
        let found = groups(&world, "  #TRAVEL ", None).await;
        let [trips] = &found.entries[..] else { panic!("{found:?}") };
        assert_eq!((trips.kind, trips.handle.as_deref()), (DirectoryKind::Group, Some("Trips & Travel")));
        assert_eq!((&trips.teams, &trips.accounts), (&vec!["field".to_owned()], &vec!["default".to_owned()]));
        let message = Outbound { target: trips.id.clone(), text: "hi".to_owned(), ..Outbound::default() };
        let receipt = world.instance.send(&message).await.unwrap();
        assert_eq!(format!("channel:{}", receipt.channel_id), trips.id);
        let first = groups(&world, "", Some(2)).await;
        assert_eq!((names(&first), first.more), (vec!["general", "off-topic"], true));
    }
}

// covers: S20, S21
#[tokio::test(flavor = "multi_thread")]
async fn people_of_all_teams_are_listed_once_without_the_bot_and_those_who_left() {
    let world = World::new().await;
    let (bot, team) = (world.id("openclaw"), world.sim.team("field", "Field Work").unwrap());
    let carol = world.sim.person("carol").unwrap();
    world.sim.call(&carol, "Carol", "Jones").unwrap();
    for user in [&bot, &carol, &world.id("alice")] {
        world.sim.join_team(&team, user).unwrap();
    }
    world.sim.set_active(&world.id("mallory"), false).unwrap();
    let all = peers(&world, "", None).await;
    assert_eq!(names(&all), ["admin", "alerts", "alice", "bob", "carol"]);
    let of = |name: &str| all.entries.iter().find(|entry| entry.name == name).unwrap();
    assert_eq!(of("alice").teams, ["field", "lab"]);
    assert_eq!((of("carol").handle.as_deref(), of("alerts").is_bot), (Some("Carol Jones"), true));
    // By any name, in any case, with the sign that people write.
    for query in ["@CAROL", " jones", "carol"] {
        assert_eq!(names(&peers(&world, query, None).await), ["carol"], "{query}");
    }
    assert!(peers(&world, "mallory", None).await.entries.is_empty());
    let carol = &peers(&world, "carol", None).await.entries[0].id;
    let message = Outbound { target: carol.clone(), text: "hi".to_owned(), ..Outbound::default() };
    world.instance.send(&message).await.unwrap();
}

// covers: S21
#[tokio::test(flavor = "multi_thread")]
async fn members_are_read_page_by_page_and_no_further_than_asked_for() {
    let world = World::new().await;
    for number in 0..230 {
        let person = world.sim.person(&format!("person{number:03}")).unwrap();
        world.sim.join_team(&world.seed.team_id, &person).unwrap();
    }
    stop(&world).await;
    assert_eq!(peers(&world, "", None).await.entries.len(), 235);
    assert_eq!((asked(&world, "/members?"), asked(&world, "/users/ids")), (2, 2));
    world.sim.clear_requests();
    let some = peers(&world, "", Some(10)).await;
    assert_eq!((some.entries.len(), some.more), (10, true));
    assert_eq!((asked(&world, "/members?"), asked(&world, "/users/ids")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_in_a_channel_is_listed() {
    let world = World::new().await;
    let members = |group: &str| {
        HandleRequest::DirectoryMembers(DirectoryMembers {
            group: group.to_owned(),
            ..DirectoryMembers::default()
        })
    };
    let found = ask(&world, members("#secret")).await.unwrap();
    assert_eq!(names(&found), ["admin", "alerts", "alice", "bob", "mallory"]);
    let error = ask(&world, members("@alice")).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::InvalidArgument, Some("group")));
    let error = ask(&world, members("#no-such-channel")).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::NotFound, Some("group")));
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_one_bot_are_asked_once_and_both_are_named() {
    let world = two_accounts(json!({ "botToken": "same" })).await;
    stop(&world).await;
    let found = groups(&world, "secret", None).await;
    assert_eq!(found.entries[0].accounts, ["one", "two"]);
    assert_eq!(asked(&world, "/users/me/channels"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_bots_see_is_listed_once() {
    let world = two_accounts(json!({ "botToken": "alerts" })).await;
    let found = groups(&world, "", None).await;
    assert_eq!(names(&found), ["general", "off-topic", "ops", "secret", "town-square"]);
    assert!(found.entries.iter().all(|entry| entry.accounts == ["one", "two"]));
    // Each bot is a peer of the other one, and nobody's own.
    let bots: Vec<DirectoryEntry> =
        peers(&world, "", None).await.entries.into_iter().filter(|entry| entry.is_bot).collect();
    let seen: Vec<(&str, &str)> =
        bots.iter().map(|bot| (bot.name.as_str(), bot.accounts[0].as_str())).collect();
    assert_eq!(seen, [("alerts", "one"), ("openclaw", "two")]);
    let found = ask(&world, HandleRequest::DirectorySelf(AccountRef::default())).await.unwrap();
    assert_eq!(names(&found), ["alerts", "openclaw"]);
    assert_eq!(found.entries[1].id, format!("user:{}", world.id("openclaw")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_fails_is_named_and_is_no_empty_list() {
    let world = two_accounts(json!({ "botToken": "wrongwrongwrongwrongwrong1" })).await;
    let found = groups(&world, "", None).await;
    assert_eq!(found.entries.len(), 5);
    let [failure] = &found.failures[..] else { panic!("{found:?}") };
    assert_eq!((failure.account_id.as_str(), failure.error.code), ("two", ErrorCode::Auth));
    let query = DirectoryQuery { account_id: Some("two".to_owned()), ..DirectoryQuery::default() };
    let error = ask(&world, HandleRequest::DirectoryPeers(query)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Auth);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_no_account_answers_the_request_fails() {
    let world = World::new().await;
    stop(&world).await;
    world.sim.faults().instead("/users/me/channels", &[Instead::Status(500)]);
    let request = HandleRequest::DirectoryGroups(DirectoryQuery::default());
    let error = ask(&world, request).await.unwrap_err();
    assert_eq!((error.http_status, error.retryable), (Some(500), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_are_switched_off_are_not_asked_unless_they_are_named() {
    let world = two_accounts(json!({ "botToken": "alerts", "enabled": false })).await;
    let found = groups(&world, "secret", None).await;
    assert_eq!((found.entries[0].accounts.clone(), found.failures.len()), (vec!["one".to_owned()], 0));
    let query = DirectoryQuery { account_id: Some("two".to_owned()), ..DirectoryQuery::default() };
    let error = ask(&world, HandleRequest::DirectoryGroups(query)).await.unwrap_err();
    assert!(error.message.contains("switched off"), "{}", error.message);
}

// covers: S23
#[tokio::test(flavor = "multi_thread")]
async fn a_probe_with_a_bad_token_is_answered_with_what_the_server_said() {
    let world = two_accounts(json!({ "botToken": "wrongwrongwrongwrongwrong1" })).await;
    let probes = world.instance.handle(&HandleRequest::StatusProbe(StatusProbe::default())).await.unwrap();
    let probes: Vec<Probe> = serde_json::from_value(probes).unwrap();
    let of = |id: &str| probes.iter().find(|probe| probe.account_id == id).unwrap();
    assert_eq!((of("two").ok, of("two").status), (false, Some(401)));
    assert!(!of("two").error.as_ref().unwrap().message.contains("wrongwrong"));
    assert_eq!((of("one").ok, of("one").status), (true, Some(200)));
    assert_eq!(of("one").bot.as_ref().unwrap().username, "openclaw");
}
