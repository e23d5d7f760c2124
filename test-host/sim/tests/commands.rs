//! Registering slash commands, and who may.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::{Lab, integration::Integration};
use mattermost_sim::{Options, Version};
use serde_json::{Value, json};

const FORBIDDEN: (u16, &str) = (403, "api.context.permissions.app_error");
const NO_COMMAND: (u16, &str) = (404, "store.sql_command.save.get.app_error");

async fn lab() -> (Lab, Integration) {
    (Lab::new().await, Integration::new().await)
}

#[tokio::test]
async fn a_command_is_registered_shown_changed_and_deleted() {
    let (lab, there) = lab().await;
    let made = lab.post("admin", "/commands", there.command(&lab.seed, "OC_Status")).await;
    assert_eq!(
        (made.status, &made.body["trigger"], &made.body["plugin_id"]),
        (201, &json!("oc_status"), &json!(""))
    );
    let token = made.body["token"].as_str().unwrap();
    assert_eq!(token.len(), 26);
    let path = format!("/commands/{}", made.id());
    assert_eq!(lab.get("admin", &path).await.body, made.body);
    let mut changed = made.body.clone();
    changed["description"] = json!("what it does");
    changed["token"] = json!("chosen by the caller");
    let changed = lab.put("admin", &path, changed).await;
    assert_eq!((changed.status, &changed.body["description"]), (200, &json!("what it does")));
    assert_eq!(changed.body["token"], token);
    let regenerated = lab.put("admin", &format!("{path}/regen_token"), Value::Null).await;
    assert_ne!(regenerated.body["token"], token);
    assert_eq!(lab.sim.commands(&lab.seed.team_id)[0].token, regenerated.body["token"]);
    assert_eq!(lab.delete("admin", &path).await.body, json!({ "status": "OK" }));
    assert_eq!(lab.get("admin", &path).await.error(), NO_COMMAND);
    assert!(lab.sim.commands(&lab.seed.team_id).is_empty());
}

#[tokio::test]
async fn who_waits_for_commands_sees_them_come_and_go() {
    let (lab, there) = lab().await;
    let team = &lab.seed.team_id;
    let come = lab.sim.wait_for_commands(team, |commands| commands.len() == 2, common::PATIENCE);
    let register = async {
        for trigger in ["oc_one", "oc_two"] {
            lab.post("admin", "/commands", there.command(&lab.seed, trigger)).await;
        }
    };
    let (commands, ()) = tokio::join!(come, register);
    let commands = commands.unwrap();
    assert_eq!(
        commands.iter().map(|command| command.trigger.as_str()).collect::<Vec<_>>(),
        ["oc_one", "oc_two"]
    );
    let path = format!("/commands/{}", commands[0].id);
    let go = lab.sim.wait_for_commands(team, |commands| commands.len() == 1, common::PATIENCE);
    let (left, _) = tokio::join!(go, lab.delete("admin", &path));
    assert_eq!(left.unwrap()[0].trigger, "oc_two");
}

#[tokio::test]
async fn a_trigger_is_free_in_a_team_only_once() {
    let (lab, there) = lab().await;
    let taken = (400, "api.command.duplicate_trigger.app_error");
    let first = lab.post("admin", "/commands", there.command(&lab.seed, "oc_one")).await;
    assert_eq!(lab.post("admin", "/commands", there.command(&lab.seed, "oc_ONE")).await.error(), taken);
    assert_eq!(lab.post("admin", "/commands", there.command(&lab.seed, "join")).await.error(), taken);
    let mut second = lab.post("admin", "/commands", there.command(&lab.seed, "oc_two")).await.body;
    second["trigger"] = json!("oc_one");
    let path = format!("/commands/{}", second["id"].as_str().unwrap());
    assert_eq!(lab.put("admin", &path, second).await.error(), taken);
    let path = format!("/commands/{}", first.id());
    assert_eq!(lab.put("admin", &path, first.body.clone()).await.status, 200);
    let other = lab.sim.team("other", "Other").unwrap();
    let elsewhere = json!({ "team_id": other, "trigger": "oc_one", "method": "P", "url": there.url() });
    assert_eq!(lab.post("admin", "/commands", elsewhere).await.status, 201);
}

#[tokio::test]
async fn what_is_wrong_with_a_command_is_named() {
    let (lab, there) = lab().await;
    let cases = [
        (json!({ "trigger": "" }), "trigger"),
        (json!({ "trigger": "/slash" }), "trigger"),
        (json!({ "trigger": "two words" }), "trigger"),
        (json!({ "trigger": "x".repeat(129) }), "trigger"),
        (json!({ "url": "" }), "url"),
        (json!({ "url": "ftp://example.com" }), "url_http"),
        (json!({ "method": "POST" }), "method"),
        (json!({ "display_name": "x".repeat(65) }), "display_name"),
        (json!({ "description": "x".repeat(129) }), "description"),
    ];
    for (wrong, field) in cases {
        let mut body = there.command(&lab.seed, "oc_fine");
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let error = lab.post("admin", "/commands", body).await;
        let id = format!("model.command.is_valid.{field}.app_error");
        assert_eq!(error.error(), (400, id.as_str()), "{wrong}");
    }
    assert!(lab.sim.commands(&lab.seed.team_id).is_empty());
}

#[tokio::test]
async fn a_plain_bot_registers_nothing_until_it_may() {
    let (lab, there) = lab().await;
    let list = format!("/commands?team_id={}&custom_only=true", lab.seed.team_id);
    let register = |trigger| lab.post("openclaw", "/commands", there.command(&lab.seed, trigger));
    assert_eq!(register("oc_one").await.error(), FORBIDDEN);
    assert_eq!(lab.get("openclaw", &list).await.error(), FORBIDDEN);
    lab.sim.set_slash_permission(true);
    assert_eq!(register("oc_one").await.status, 201);
    assert_eq!(lab.get("openclaw", &list).await.body.as_array().unwrap().len(), 1);
    lab.sim.set_slash_permission(false);
    assert_eq!(register("oc_two").await.error(), FORBIDDEN);
    assert_eq!(lab.get("openclaw", &list).await.error(), FORBIDDEN);
    let id = &lab.sim.commands(&lab.seed.team_id)[0].id;
    assert_eq!(lab.get("openclaw", &format!("/commands/{id}")).await.error(), NO_COMMAND);
    assert_eq!(lab.delete("openclaw", &format!("/commands/{id}")).await.error(), NO_COMMAND);
    assert_eq!(lab.sim.commands(&lab.seed.team_id).len(), 1);
    lab.sim.set_team_admin(&lab.seed.team_id, lab.seed.user_id("openclaw"), true).unwrap();
    assert_eq!(register("oc_two").await.status, 201);
}

#[tokio::test]
async fn the_commands_of_others_are_for_admins_of_the_team() {
    let lab = Lab::with(Options::default().own_commands(true)).await;
    let there = Integration::new().await;
    let made = lab.post("openclaw", "/commands", there.command(&lab.seed, "oc_one")).await;
    let path = format!("/commands/{}", made.id());
    let list = format!("/commands?team_id={}&custom_only=true", lab.seed.team_id);
    assert_eq!(lab.get("alice", &list).await.body, json!([]));
    assert_eq!(lab.get("alice", &path).await.error(), NO_COMMAND);
    assert_eq!(lab.put("alice", &path, made.body.clone()).await.error(), FORBIDDEN);
    assert_eq!(lab.put("alice", &format!("{path}/regen_token"), Value::Null).await.error(), FORBIDDEN);
    assert_eq!(lab.delete("alice", &path).await.error(), FORBIDDEN);
    let mut for_another = there.command(&lab.seed, "oc_two");
    for_another["creator_id"] = json!(lab.seed.user_id("openclaw"));
    assert_eq!(lab.post("alice", "/commands", for_another.clone()).await.error(), FORBIDDEN);
    let roles = format!("/teams/{}/members/{}/roles", lab.seed.team_id, lab.seed.user_id("alice"));
    let roles_body = json!({ "roles": "team_user team_admin" });
    assert_eq!(lab.put("bob", &roles, roles_body.clone()).await.error(), FORBIDDEN);
    assert_eq!(lab.put("admin", &roles, roles_body).await.status, 200);
    assert_eq!(lab.get("alice", &list).await.body.as_array().unwrap().len(), 1);
    let theirs = lab.post("alice", "/commands", for_another).await;
    assert_eq!(theirs.body["creator_id"], lab.seed.user_id("openclaw"));
    assert_eq!(lab.delete("alice", &path).await.status, 200);
}

#[tokio::test]
async fn others_see_of_a_command_only_what_suggestions_need() {
    let (lab, there) = lab().await;
    let mut body = there.command(&lab.seed, "oc_shown");
    body["auto_complete"] = json!(true);
    lab.post("admin", "/commands", body).await;
    lab.post("admin", "/commands", there.command(&lab.seed, "oc_hidden")).await;
    for path in [
        format!("/commands?team_id={}", lab.seed.team_id),
        format!("/teams/{}/commands/autocomplete", lab.seed.team_id),
    ] {
        let shown = lab.get("alice", &path).await.body;
        let [command] = shown.as_array().unwrap().as_slice() else { panic!("{shown}") };
        assert_eq!(
            (&command["trigger"], &command["token"], &command["url"]),
            (&json!("oc_shown"), &json!(""), &json!(""))
        );
    }
    let stranger = lab.sim.person("stranger").unwrap();
    let token = lab.sim.create_token(&stranger).unwrap();
    let list = format!("/commands?team_id={}", lab.seed.team_id);
    assert_eq!(lab.get(&token, &list).await.error(), FORBIDDEN);
}

#[tokio::test]
async fn an_old_server_lets_everybody_register_and_shows_no_single_command() {
    let lab = Lab::with(Options::version(Version::V5_16)).await;
    let there = Integration::new().await;
    let made = lab.post("openclaw", "/commands", there.command(&lab.seed, "oc_one")).await;
    assert_eq!((made.status, made.body.get("plugin_id")), (201, None));
    let path = format!("/commands/{}", made.id());
    assert_eq!(lab.get("openclaw", &path).await.error(), (404, "api.context.404.app_error"));
    assert_eq!(lab.put("openclaw", &path, made.body.clone()).await.status, 200);
    assert_eq!(lab.delete("openclaw", &path).await.status, 200);
}

#[tokio::test]
async fn the_permission_is_given_and_taken_over_http() {
    let lab = Lab::with(Options::default().admin_api(true)).await;
    let there = Integration::new().await;
    let http = common::http_client();
    let settings = format!("{}/_sim/settings", lab.sim.url());
    let change = |value: Value| {
        let request = http.post(&settings).json(&value);
        async move { request.send().await.unwrap() }
    };
    let all: Value = http.get(&settings).send().await.unwrap().json().await.unwrap();
    assert_eq!(all["manage_own_slash_commands"], Value::Null);
    let changed: Value = change(json!({ "manage_own_slash_commands": true })).await.json().await.unwrap();
    assert_eq!(changed["manage_own_slash_commands"], true);
    assert_eq!(changed["enable_post_action_integration"], all["enable_post_action_integration"]);
    assert_eq!(lab.post("openclaw", "/commands", there.command(&lab.seed, "oc_one")).await.status, 201);
    change(json!({ "manage_own_slash_commands": null })).await;
    assert_eq!(
        lab.post("openclaw", "/commands", there.command(&lab.seed, "oc_two")).await.error(),
        FORBIDDEN
    );
    let refused = change(json!({ "manage_own_slash_command": true })).await;
    assert_eq!(refused.status().as_u16(), 400);
    assert!(refused.text().await.unwrap().contains("manage_own_slash_command"));
}
