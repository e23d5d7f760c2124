//! Slash commands on the server: which stand there, in which teams, whose they are, and that they go.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{
    AccountRef, Event, HandleRequest, HostAnswer, LogLevel, Question, Skill, SkillList,
};
use mattermost_client::CommandSpec;
use mattermost_sim::Options;
use serde_json::{Value, json};
use std::time::Duration;
use support::{BUILT_IN, COMMANDS, World};

/// A command that `who` makes beside ours.
async fn makes(world: &World, who: &str, trigger: &str, url: &str) -> String {
    let spec = CommandSpec {
        team_id: world.seed.team_id.clone(),
        trigger: trigger.to_owned(),
        method: "P".to_owned(),
        url: url.to_owned(),
        ..CommandSpec::default()
    };
    world.rest(who).create_command(&spec).await.unwrap().id
}

/// The calls that changed commands.
fn changes(world: &World) -> Vec<(String, String)> {
    let requests = world.sim.requests();
    let about = requests.iter().filter(|one| one.path.contains("/commands") && one.method != "GET");
    about.map(|one| (one.method.clone(), one.path.clone())).collect()
}

/// Answer the host's next question about skills.
async fn offers(world: &mut World, skills: &[(&str, &str)]) {
    loop {
        let Event::HostRequest(request) = world.next().await else { continue };
        assert!(matches!(request.question, Question::Skills(_)), "{request:?}");
        let skills =
            skills.iter().map(|(name, about)| Skill { name: (*name).into(), description: (*about).into() });
        world.reply(&request, HostAnswer::Skills(SkillList { skills: skills.collect() })).await;
        return;
    }
}

// covers: S01
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_registered_unless_it_is_switched_on() {
    for native in [Value::Null, json!("auto"), json!(false)] {
        let commands = json!({ "commands": { "native": native, "nativeSkills": true } });
        let world = World::with(Options::default().own_commands(true), commands).await;
        world.caught_up().await;
        assert_eq!((world.triggers().len(), changes(&world).len()), (0, 0), "{native}");
        assert_eq!(world.status().await.slash, None);
    }
}

// covers: S02
#[tokio::test(flavor = "multi_thread")]
async fn the_commands_stand_in_every_team_of_the_bot() {
    let options = Options::default().own_commands(true);
    let mut world = World::before_commanding(options, json!({})).await;
    let other = world.sim.team("labs", "Labs").unwrap();
    world.sim.join_team(&other, &world.id("openclaw")).unwrap();
    let foreign = world.sim.team("theirs", "Theirs").unwrap();
    world.start().await;
    world.until_commands(2 * BUILT_IN as u64).await;
    let status = world.status().await.slash.unwrap();
    assert_eq!((status.enabled, status.teams, &status.problem), (true, 2, &None));
    assert_eq!(status.callback_url.unwrap(), format!("http://localhost:{}{COMMANDS}", world.http().port()));
    let triggers: Vec<String> = world.sim.commands(&other).into_iter().map(|one| one.trigger).collect();
    assert_eq!(triggers.len(), BUILT_IN);
    assert!(triggers.iter().all(|trigger| trigger.starts_with("oc_")), "{triggers:?}");
    assert!(world.sim.commands(&foreign).is_empty());
    let model = world.command("oc_model");
    assert_eq!((model.method.as_str(), model.creator_id.as_str()), ("P", world.id("openclaw").as_str()));
    assert_eq!(model.auto_complete_hint, "[model-name] [--runtime runtime]");
    assert!(model.auto_complete && model.description.len() <= 128);
    let logs = &world.life.logs;
    assert_eq!(logs.count(LogLevel::Info, "slash commands activated for account default"), 1);
    assert_eq!(logs.count(LogLevel::Info, "slash commands registered (18 commands across 2 teams"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_that_the_bot_joins_later_has_them_too() {
    let world = World::commanding(json!({})).await;
    let other = world.sim.team("labs", "Labs").unwrap();
    world.sim.join_team(&other, &world.id("openclaw")).unwrap();
    world.until_commands(2 * BUILT_IN as u64).await;
    assert_eq!(world.sim.commands(&other).len(), BUILT_IN);
}

// covers: S03
#[tokio::test(flavor = "multi_thread")]
async fn each_skill_of_the_host_is_a_command() {
    let options = Options::default().own_commands(true);
    let keys = json!({ "commands": { "native": true, "nativeSkills": true } });
    let mut world = World::before_commanding(options, keys).await;
    let start = HandleRequest::AccountStart(AccountRef::default());
    world.instance.handle(&start).await.unwrap();
    offers(&mut world, &[("deploy", "Deploy the site"), ("oc_night", ""), (" ", "")]).await;
    world.until_commands(BUILT_IN as u64 + 2).await;
    assert_eq!(world.command("oc_deploy").description, "Deploy the site");
    let (general, gives) = (world.channel("general"), "/oc_deploy  now, please ");
    assert_eq!(world.gives("alice", &general, "", gives).await, "Processing...");
    let heard = world.hears().await;
    assert_eq!(heard.text, "/deploy now, please");
    world.command("oc_night");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_does_not_list_its_skills_has_the_other_commands() {
    let options = Options::default().own_commands(true);
    let keys = json!({ "commands": { "native": true, "nativeSkills": true } });
    let mut world = World::before_commanding(options, keys).await;
    let start = HandleRequest::AccountStart(AccountRef::default());
    world.instance.handle(&start).await.unwrap();
    let request = world.asked().await;
    world.reply(&request, HostAnswer::Failed { reason: "not now".to_owned() }).await;
    world.until_commands(BUILT_IN as u64).await;
    assert_eq!(world.life.logs.count(LogLevel::Error, "the host does not list its skills"), 1);
    // It is asked again, and then they are there.
    offers(&mut world, &[("deploy", "")]).await;
    world.until_commands(BUILT_IN as u64 + 1).await;
}

// covers: S04
#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_told_the_configured_address_or_the_one_that_follows_from_the_host() {
    let world =
        World::commanding(json!({ "commands": { "native": true, "callbackPath": "hooks/slash" } })).await;
    let port = world.http().port();
    assert_eq!(world.command("oc_new").url, format!("http://localhost:{port}/hooks/slash"));
    // Both paths are answered, and no other.
    for (path, status) in [("/hooks/slash", 405), (COMMANDS, 405), ("/hooks", 404)] {
        assert_eq!(world.http().call("GET", path, &[], "").await.status, status, "{path}");
    }

    let url = "https://gateway.example.com/slash";
    let world = World::commanding(json!({ "commands": { "native": true, "callbackUrl": url } })).await;
    assert_eq!(world.command("oc_new").url, url);
    assert_eq!(world.status().await.slash.unwrap().callback_url.as_deref(), Some(url));
    assert_eq!(world.http().call("GET", "/slash", &[], "").await.status, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_no_server_can_call_is_told_and_nothing_is_registered() {
    let commands =
        json!({ "commands": { "native": true, "callbackUrl": "https://me:secret@gw.example.com/c" } });
    let mut world = World::before_commanding(Options::default().own_commands(true), commands).await;
    world.start().await;
    world.life.logs.until(LogLevel::Warn, "commands.callbackUrl holds a user name or password").await;
    world.caught_up().await;
    assert!(!world.life.logs.everything().contains("secret@"));
    assert_eq!(world.triggers().len(), 0);
    let problem = world.status().await.slash.and_then(|slash| slash.problem).unwrap();
    assert!(problem.contains("commands.callbackUrl"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_travel_in_clear_text_are_told_once() {
    let url = "http://gateway.lan/slash";
    let world = World::commanding(json!({ "commands": { "native": true, "callbackUrl": url } })).await;
    assert_eq!(world.life.logs.count(LogLevel::Warn, "in clear text"), 1);
    // The server of a test is on this machine, and so is a derived address.
    let world = World::commanding(json!({})).await;
    assert_eq!(world.life.logs.count(LogLevel::Warn, "slash commands"), 0);
}

// covers: S05
#[tokio::test(flavor = "multi_thread")]
async fn an_account_overrides_what_the_section_says() {
    let options = Options::default().own_commands(true);
    let world = World::before_commanding(
        options,
        json!({ "commands": { "native": true, "callbackPath": "/section" } }),
    )
    .await;
    let (bot, other, url) = (world.seed.token("openclaw"), world.seed.token("alerts"), world.sim.url());
    let config = world.changed(json!({ "botToken": null, "accounts": {
        "one": { "botToken": bot, "baseUrl": url, "commands": { "callbackPath": "/own" } },
        "two": { "botToken": other, "baseUrl": url, "commands": { "native": false } },
    } }));
    world.reconfigure(config).await.unwrap();
    world.instance.handle(&HandleRequest::AccountStart(AccountRef::default())).await.unwrap();
    world.until_connected(2).await;
    world.until_triggers(|triggers| triggers.len() == BUILT_IN).await;
    assert!(world.command("oc_new").url.ends_with("/own"));
    assert!(world.commands().iter().all(|command| command.creator_id == world.id("openclaw")));
}

// covers: S06
#[tokio::test(flavor = "multi_thread")]
async fn the_trigger_of_somebody_else_is_left_alone() {
    for version_that_shows_it in [true, false] {
        let mut world = World::before_commanding(Options::default().own_commands(true), json!({})).await;
        makes(&world, "admin", "oc_status", "http://127.0.0.1:9/theirs").await;
        let before = world.command("oc_status");
        if version_that_shows_it {
            // Team admins see everybody's; others learn of it by the refusal.
            world.sim.set_team_admin(&world.seed.team_id, &world.id("openclaw"), true).unwrap();
        }
        world.start().await;
        world.until_commands(BUILT_IN as u64 - 1).await;
        assert_eq!(world.command("oc_status"), before);
        world.life.logs.until(LogLevel::Warn, "/oc_status is already used by non-OpenClaw").await;
        let stopped = world.stop().await;
        assert_eq!(stopped.sim.commands(&stopped.seed.team_id), [before]);
    }
}

// covers: S07
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_differs_is_changed_and_where_that_fails_made_anew() {
    let mut world = World::before_commanding(Options::default().own_commands(true), json!({})).await;
    let old = makes(&world, "openclaw", "oc_new", "http://127.0.0.1:9/old").await;
    let stubborn = makes(&world, "openclaw", "oc_help", "http://127.0.0.1:9/old").await;
    let lunch = makes(&world, "openclaw", "lunch", "http://127.0.0.1:9/lunch").await;
    let refuses = format!("/commands/{stubborn}");
    world.sim.faults().instead(&refuses, &[mattermost_sim::Instead::Status(500)]);
    world.start().await;
    world.until_commands(BUILT_IN as u64).await;
    let (changed, anew) = (world.command("oc_new"), world.command("oc_help"));
    assert_eq!(changed.id, old);
    assert_ne!(anew.id, stubborn);
    for command in [&changed, &anew] {
        assert!(command.url.ends_with(COMMANDS), "{command:?}");
        assert!(!command.description.is_empty());
    }
    assert_eq!(world.life.logs.count(LogLevel::Info, "exists with different callback settings"), 2);
    assert_eq!(world.command("lunch").id, lunch, "the bot's, but none of ours");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_not_wanted_any_more_goes() {
    let mut world = World::before_commanding(Options::default().own_commands(true), json!({})).await;
    makes(&world, "openclaw", "oc_of_a_skill_of_before", &format!("http://old.example.com{COMMANDS}")).await;
    makes(&world, "openclaw", "oc_of_something_else", "http://old.example.com/else").await;
    world.start().await;
    world.until_commands(BUILT_IN as u64).await;
    world.until_triggers(|triggers| !triggers.contains(&"oc_of_a_skill_of_before".to_owned())).await;
    world.command("oc_of_something_else");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_bot_has_no_right_to_it_that_is_told_once_and_everything_else_works() {
    let mut world = World::before_commanding(Options::default(), json!({})).await;
    world.start().await;
    world.life.logs.until(LogLevel::Warn, "manage_own_slash_commands").await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "hello", "");
    let heard = world.hears().await;
    world.echo(&heard).await;
    world.sees(&dm, "echo: hello").await;
    let slash = world.status().await.slash.unwrap();
    let problem = slash.problem.unwrap();
    assert!(problem.contains("admin of the team") && problem.contains("System Console"), "{problem}");
    assert_eq!((slash.enabled, slash.commands), (true, 0));
    assert_eq!(world.life.logs.count(LogLevel::Warn, "manage_own_slash_commands"), 1);
    // Once somebody gave it the right, the next look finds that.
    world.sim.set_team_admin(&world.seed.team_id, &world.id("openclaw"), true).unwrap();
    let other = world.sim.team("labs", "Labs").unwrap();
    world.sim.join_team(&other, &world.id("openclaw")).unwrap();
    world.until_commands(BUILT_IN as u64).await;
    assert_eq!(world.triggers().len(), BUILT_IN);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_team_that_fails_does_not_stop_the_others() {
    let mut world = World::before_commanding(Options::default().own_commands(true), json!({})).await;
    let other = world.sim.team("labs", "Labs").unwrap();
    world.sim.join_team(&other, &world.id("openclaw")).unwrap();
    world.sim.faults().instead("/commands", &[mattermost_sim::Instead::Status(500)]);
    world.start().await;
    world.until_commands(BUILT_IN as u64).await;
    world.life.logs.until(LogLevel::Error, "completed with 1 team error").await;
    assert!(world.status().await.slash.unwrap().problem.is_some());
    // And the one that failed is tried again.
    world.until_commands(2 * BUILT_IN as u64).await;
    assert_eq!(world.status().await.slash.unwrap().problem, None);
}

// covers: S18
#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_is_removed_at_the_end_and_what_was_there_before_stays() {
    let mut world = World::before_commanding(Options::default().own_commands(true), json!({})).await;
    let before = makes(&world, "openclaw", "oc_new", "http://127.0.0.1:9/old").await;
    world.start().await;
    world.until_commands(BUILT_IN as u64).await;
    let stopped = world.stop().await;
    let left: Vec<String> =
        stopped.sim.commands(&stopped.seed.team_id).into_iter().map(|one| one.id).collect();
    assert_eq!(left, [before]);
    let world = stopped.start().await;
    world.until_commands(BUILT_IN as u64).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_dies_finds_its_commands_again_and_removes_them_at_its_end() {
    let world = World::commanding(json!({})).await;
    let before = world.commands();
    world.instance.handle(&HandleRequest::StatusGet(Default::default())).await.unwrap();
    // What is recorded is durable after this.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let stopped = world.crash();
    assert_eq!(stopped.sim.commands(&stopped.seed.team_id), before, "a crash removes nothing");
    stopped.sim.clear_requests();
    let world = stopped.start().await;
    world.until_commands(BUILT_IN as u64).await;
    assert_eq!(world.commands(), before);
    assert_eq!(changes(&world), [], "they stand there as they should");
    let stopped = world.stop().await;
    assert!(stopped.sim.commands(&stopped.seed.team_id).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_removed_is_removed_by_the_next_start_that_may() {
    let world = World::commanding(json!({})).await;
    world.sim.set_slash_permission(false);
    let logs = world.life.logs.clone();
    let mut stopped = world.stop().await;
    assert_eq!(stopped.sim.commands(&stopped.seed.team_id).len(), BUILT_IN);
    assert_eq!(logs.count(LogLevel::Error, "slash cleanup failed"), 1);
    // Meanwhile it was switched off.
    stopped.sim.set_slash_permission(true);
    stopped.life.config["channels"]["mattermost"]["commands"]["native"] = json!(false);
    let world = stopped.start().await;
    world.until_triggers(<[String]>::is_empty).await;
    assert_eq!(world.status().await.slash, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_does_not_hold_up_the_end() {
    let world = World::commanding(json!({})).await;
    world.sim.faults().stall(true);
    let begun = std::time::Instant::now();
    let stopped = world.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    stopped.sim.faults().clear();
    assert_eq!(stopped.sim.commands(&stopped.seed.team_id).len(), BUILT_IN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_configuration_moves_them() {
    let world = World::commanding(json!({})).await;
    let config = world.changed(json!({ "commands": { "native": true, "callbackPath": "/moved" } }));
    world.reconfigure(config).await.unwrap();
    world.until_triggers(|triggers| triggers.len() == BUILT_IN).await;
    let moved = async {
        while !world.commands().iter().all(|command| command.url.ends_with("/moved"))
            || world.commands().len() < BUILT_IN
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(support::PATIENCE, moved).await.unwrap();
    let config = world.changed(json!({ "commands": { "native": false } }));
    world.reconfigure(config).await.unwrap();
    world.until_triggers(<[String]>::is_empty).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_gets_another_name_keeps_its_commands_and_removes_them_at_its_end() {
    let mut world = World::commanding(json!({})).await;
    let (token, url) = (world.seed.token("openclaw"), world.sim.url());
    let account = json!({ "botToken": token, "baseUrl": url });
    let config =
        world.changed(json!({ "botToken": null, "baseUrl": null, "accounts": { "renamed": account } }));
    world.reconfigure(config).await.unwrap();
    world.instance.handle(&HandleRequest::AccountStart(AccountRef::default())).await.unwrap();
    world.until_commands(BUILT_IN as u64).await;
    let general = world.channel("general");
    let told = world.gives("alice", &general, "", "/oc_status").await;
    assert_eq!(told, "Processing...");
    assert_eq!(world.hears().await.account_id, "renamed");
    assert_eq!(world.triggers().len(), BUILT_IN);
    let stopped = world.stop().await;
    assert!(stopped.sim.commands(&stopped.seed.team_id).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tokens_of_commands_are_in_no_log_and_no_answer() {
    let world = World::commanding(json!({})).await;
    let tokens: Vec<String> = world.commands().into_iter().map(|command| command.token).collect();
    let told =
        world.instance.handle(&HandleRequest::StatusGet(Default::default())).await.unwrap().to_string();
    let logs = world.life.logs.everything();
    assert!(tokens.iter().all(|token| !logs.contains(token.as_str()) && !told.contains(token.as_str())));
}
