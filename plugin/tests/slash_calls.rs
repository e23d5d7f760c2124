//! What a call of a slash command has to be before it is obeyed, and what becomes of it.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{AccountRef, HandleRequest, HttpAnswer, HttpRequest, LogLevel};
use mattermost_sim::{Instead, Options, Version};
use serde_json::json;
use std::time::{Duration, Instant};
use support::{BUILT_IN, COMMANDS, World};

const REFUSED: &str = "Unauthorized: invalid command token.";

/// How often the server was asked about commands.
fn lookups(world: &World) -> usize {
    world.sim.requests().iter().filter(|one| one.method == "GET" && one.path.contains("/commands")).count()
}

// covers: S08
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_refused_before_the_server_is_asked() {
    let mut world = World::commanding(json!({})).await;
    let (command, general) = (world.command("oc_new"), world.channel("general"));
    world.sim.clear_requests();
    let form = world.form(&command, "alice", &general);
    for wrong in ["", "x", "0000000000000000000000000x", &command.token[1..]] {
        let called = world.calls(&form.replace(&command.token, wrong)).await;
        let expected =
            if wrong.is_empty() { (400, "Invalid slash command payload.") } else { (401, REFUSED) };
        assert_eq!((called.status, called.ephemeral().as_str()), expected, "{wrong:?}");
    }
    assert_eq!(lookups(&world), 0);
    world.hears_nothing().await;
}

// covers: S09
#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_another_command_is_refused() {
    let mut world = World::commanding(json!({})).await;
    let (new, help, general) = (world.command("oc_new"), world.command("oc_help"), world.channel("general"));
    world.sim.clear_requests();
    let called = world.calls(&world.form(&new, "alice", &general).replace(&new.token, &help.token)).await;
    assert_eq!((called.status, called.ephemeral().as_str()), (401, REFUSED));
    let elsewhere = world.sim.team("labs", "Labs").unwrap();
    let called = world.calls(&world.form(&new, "alice", &general).replace(&new.team_id, &elsewhere)).await;
    assert_eq!((called.status, called.ephemeral().as_str()), (401, REFUSED));
    assert_eq!(lookups(&world), 0);
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_may_stand_in_the_header_the_field_or_both_alike() {
    let mut world = World::commanding(json!({})).await;
    let (command, general, http) = (world.command("oc_new"), world.channel("general"), world.http());
    let header = format!("Token {}", command.token);
    let without = |form: String| form.replace(&command.token, "");
    for (name, authorization, form) in [
        ("header", header.as_str(), without(world.form(&command, "alice", &general))),
        ("field", "Bearer of-an-outgoing-connection", world.form(&command, "alice", &general)),
        ("both", header.as_str(), world.form(&command, "alice", &general)),
    ] {
        let called = http.form(COMMANDS, &[("Authorization", authorization)], &form).await;
        assert_eq!((called.status, called.ephemeral().as_str()), (200, "Processing..."), "{name}");
        assert_eq!(world.hears().await.text, "/new", "{name}");
    }
    let other = format!("Token {}", world.command("oc_help").token);
    let form = world.form(&command, "alice", &general);
    let called = http.form(COMMANDS, &[("Authorization", &other)], &form).await;
    assert_eq!((called.status, called.ephemeral().as_str()), (401, REFUSED));
}

// covers: S10
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_gone_or_has_another_token_is_refused_and_comes_back() {
    let mut world = World::commanding(json!({})).await;
    let (command, general) = (world.command("oc_new"), world.channel("general"));
    let form = world.form(&command, "alice", &general);
    world.rest("admin").delete_command(&command.id).await.unwrap();
    world.sim.clear_requests();
    for _ in 0..3 {
        let called = world.calls(&form).await;
        assert_eq!((called.status, called.ephemeral().as_str()), (401, REFUSED));
    }
    assert!(lookups(&world) <= 3, "a refusal holds for a moment: {}", lookups(&world));
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_asked_leaves_a_command_without_effect() {
    let mut world = World::commanding(json!({})).await;
    let (command, general) = (world.command("oc_new"), world.channel("general"));
    let one = format!("/commands/{}", command.id);
    let faults = world.sim.faults();
    for trouble in [Instead::Status(500), Instead::Silence] {
        faults.instead(&one, &[trouble]);
        faults.instead("/commands", &[trouble]);
        let called = world.calls(&world.form(&command, "alice", &general)).await;
        assert_eq!(called.status, 200);
        assert!(called.ephemeral().contains("could not be checked"), "{called:?}");
    }
    // The list stands in for a question that old servers do not know.
    faults.instead(&one, &[Instead::Status(404)]);
    assert_eq!(world.calls(&world.form(&command, "alice", &general)).await.ephemeral(), "Processing...");
    assert_eq!(world.hears().await.text, "/new");
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_lost_the_right_to_commands_still_answers_them() {
    let mut world = World::commanding(json!({})).await;
    let general = world.channel("general");
    world.sim.set_slash_permission(false);
    assert_eq!(world.gives("alice", &general, "", "/oc_status").await, "Processing...");
    assert_eq!(world.hears().await.text, "/status");
    // Whoever looks is told.
    world.sim.join_team(&world.sim.team("labs", "Labs").unwrap(), &world.id("openclaw")).unwrap();
    world.life.logs.until(LogLevel::Warn, "manage_own_slash_commands").await;
    let slash = world.status().await.slash.unwrap();
    assert!(slash.problem.is_some());
    assert_eq!(slash.commands, BUILT_IN as u64);
    assert_eq!(world.gives("alice", &general, "", "/oc_status").await, "Processing...");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_calls_of_one_command_are_not_looked_up() {
    let world = World::commanding(json!({})).await;
    let (command, general) = (world.command("oc_new"), world.channel("general"));
    let mut refused = 0;
    let begun = Instant::now();
    for _ in 0..40 {
        let called = world.calls(&world.form(&command, "alice", &general)).await;
        refused += usize::from(called.ephemeral().contains("could not be checked"));
    }
    let refilled = begun.elapsed().as_millis() as usize / 500;
    assert!(refused >= 19 - refilled.min(19), "{refused} of 40 in {:?}", begun.elapsed());
    assert_eq!(world.life.logs.count(LogLevel::Warn, "validation lookup rate-limited").min(1), 1);
}

// covers: S11
#[tokio::test(flavor = "multi_thread")]
async fn another_method_than_post_is_405_whether_or_not_an_account_runs() {
    let mut world = World::before_commanding(Options::default().own_commands(true), json!({})).await;
    for running in [false, true] {
        for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
            let called = world.http().call(method, COMMANDS, &[], "").await;
            assert_eq!(
                (called.status, called.body.as_str()),
                (405, "Method Not Allowed"),
                "{method} {running}"
            );
            assert!(called.head.contains("allow: post"), "{called:?}");
        }
        if !running {
            world.start().await;
            world.until_commands(BUILT_IN as u64).await;
        }
    }
}

// covers: S12
#[tokio::test(flavor = "multi_thread")]
async fn before_the_commands_are_registered_and_after_the_end_it_is_503() {
    let mut world = World::before_commanding(Options::default().own_commands(true), json!({})).await;
    let called = world.http().form(COMMANDS, &[], "x=y").await;
    assert_eq!(called.status, 503);
    assert!(called.ephemeral().contains("not initialised"), "{called:?}");
    world.start().await;
    world.until_commands(BUILT_IN as u64).await;
    let form = world.form(&world.command("oc_new"), "alice", &world.channel("general"));
    assert_eq!(world.calls(&form).await.status, 200);
    world.instance.handle(&HandleRequest::AccountStop(AccountRef::default())).await.unwrap();
    assert_eq!(world.calls(&form).await.status, 503);
}

// covers: S13
#[tokio::test(flavor = "multi_thread")]
async fn a_payload_that_is_none_is_400() {
    let world = World::commanding(json!({})).await;
    let (command, general, http) = (world.command("oc_new"), world.channel("general"), world.http());
    let form = world.form(&command, "alice", &general);
    let without_team = form.replace(&format!("team_id={}", command.team_id), "x=y");
    let twice = format!("{form}&user_id={}", world.id("bob"));
    for bad in [without_team.as_str(), twice.as_str(), "", "nonsense", "%", "{}"] {
        let called = http.form(COMMANDS, &[], bad).await;
        assert_eq!(
            (called.status, called.ephemeral().as_str()),
            (400, "Invalid slash command payload."),
            "{bad}"
        );
    }
    let json = [("Content-Type", "application/json")];
    assert_eq!(http.call("POST", COMMANDS, &json, &form).await.status, 400);
    let good = json!({
        "token": command.token, "team_id": command.team_id, "channel_id": general, "user_id": world.id("alice"),
        "command": "/oc_new", "text": "",
    });
    assert_eq!(http.call("POST", COMMANDS, &json, &good.to_string()).await.ephemeral(), "Processing...");
}

// covers: S14
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_two_accounts_have_is_409() {
    let world = World::commanding(json!({})).await;
    let (token, url) = (world.seed.token("openclaw"), world.sim.url());
    let account = json!({ "botToken": token, "baseUrl": url });
    let config = world.changed(json!({ "botToken": null, "accounts": { "one": account, "two": account } }));
    world.reconfigure(config).await.unwrap();
    world.instance.handle(&HandleRequest::AccountStart(AccountRef::default())).await.unwrap();
    let registered = async {
        while world
            .accounts()
            .await
            .iter()
            .filter_map(|one| one.slash.as_ref())
            .map(|slash| slash.commands)
            .sum::<u64>()
            != 2 * BUILT_IN as u64
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(support::PATIENCE, registered).await.unwrap();
    let (command, general) = (world.command("oc_new"), world.channel("general"));
    let form = world.form(&command, "alice", &general);
    let called = world.calls(&form).await;
    assert_eq!(called.status, 409, "{called:?}");
    assert!(called.ephemeral().contains("token"), "{called:?}");
    let called = world.calls(&form.replace(&command.token, "rotated")).await;
    assert_eq!(called.status, 409);
    assert!(!called.ephemeral().contains("token"), "{called:?}");
    assert_eq!(world.life.logs.count(LogLevel::Warn, "matched multiple accounts"), 2);
}

// covers: S15
#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_have_64_kib_and_take_five_seconds_and_eight_may_be_open() {
    let world = World::commanding(json!({})).await;
    let http = world.http();
    let head = |more: &str, length: usize| {
        format!(
            "POST {COMMANDS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}Content-Length: {length}\r\n\r\n"
        )
    };
    let called = http.form(COMMANDS, &[], &"x".repeat(65_537)).await;
    assert_eq!((called.status, called.body.as_str()), (413, "Payload Too Large"));
    assert_eq!(http.form(COMMANDS, &[], &"x".repeat(65_536)).await.status, 400);
    let begun = Instant::now();
    let slow = http.raw(&head("", 10)).await;
    assert!(slow.starts_with("HTTP/1.1 408") && slow.ends_with("Request body timeout"), "{slow}");
    assert!(begun.elapsed() >= Duration::from_secs(5), "{:?}", begun.elapsed());

    // Eight whose bodies are on their way.
    let first =
        HttpRequest { method: "POST".to_owned(), path: COMMANDS.to_owned(), ..HttpRequest::default() };
    let mut open = Vec::new();
    for _ in 0..8 {
        let HttpAnswer::ReadBody(wanted) = step(&world, first.clone()).await else { panic!("refused") };
        assert_eq!((wanted.max_bytes, wanted.timeout_ms), (65_536, 5_000));
        open.push(wanted.ticket);
    }
    let ninth = http.form(COMMANDS, &[], "x=y").await;
    assert_eq!((ninth.status, ninth.body.as_str()), (429, "Too Many Requests"));
    assert!(ninth.head.contains("connection: close"), "{ninth:?}");
    // A server that proves itself in the header has places of its own.
    let command = world.command("oc_new");
    let token = format!("Token {}", command.token);
    let form = world.form(&command, "alice", &world.channel("general"));
    let called = http.form(COMMANDS, &[("Authorization", &token)], &form).await;
    assert_eq!(called.ephemeral(), "Processing...");
    for ticket in open {
        let second = HttpRequest { body: Some("x=y".to_owned()), ticket: Some(ticket), ..first.clone() };
        let HttpAnswer::Respond(response) = step(&world, second).await else { panic!("asked twice") };
        assert_eq!(response.status, 400);
    }
    assert_eq!(http.form(COMMANDS, &[], "x=y").await.status, 400, "the places are free again");
}

/// One step of a request, as a host hands it over.
async fn step(world: &World, request: HttpRequest) -> HttpAnswer {
    let answer = world.instance.handle(&HandleRequest::HttpRequest(request)).await.unwrap();
    serde_json::from_value(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn old_servers_which_show_no_single_command_are_served_too() {
    let mut world = World::before_commanding(Options::version(Version::V5_16), json!({})).await;
    world.start().await;
    world.until_commands(BUILT_IN as u64).await;
    let general = world.channel("general");
    assert_eq!(world.gives("alice", &general, "", "/oc_think high").await, "Processing...");
    assert_eq!(world.hears().await.text, "/think high");
    let command = world.command("oc_new");
    world.rest("admin").delete_command(&command.id).await.unwrap();
    assert_eq!(world.calls(&world.form(&command, "alice", &general)).await.status, 401);
}
