//! Buttons on the command line and of the host's own agents.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use mattermost_sim::PostRecord;
use serde_json::{Value, json};
use support::gateway::World;

const ROWS: &str = r#"[[{"text": "Yes", "callback_data": "yes"}, {"text": "No", "callback_data": "no"}]]"#;

fn names(post: &PostRecord) -> Vec<Value> {
    let actions = post.props.get("attachments").and_then(|cards| cards.pointer("/0/actions"));
    let actions = actions.and_then(Value::as_array).cloned().unwrap_or_default();
    actions.iter().map(|action| action["name"].clone()).collect()
}

/// The command line itself is wrong.
fn misused(said: &support::Said, words: &str) {
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains(words), "{}", said.stderr);
}

fn send(world: &World, more: &[&str]) -> support::Said {
    let mut arguments = vec!["message", "send", "--channel", "mattermost", "--target", "#general"];
    arguments.extend(more);
    world.home.run(&arguments)
}

// covers: B07
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_sent_with_buttons_in_either_form() {
    let world = World::new().await;
    let general = world.seed.channel("general").to_owned();
    send(&world, &["--message", "Ship it?", "--buttons", ROWS, "--attachment-text", "above"]).ok();
    let post = world.hear(&general, "Ship it?").await;
    assert_eq!(
        (names(&post), &post.props["attachments"][0]["text"]),
        (vec![json!("Yes"), json!("No")], &json!("above"))
    );

    let file = world.home.write(
        "presentation.json",
        &json!({"title": "Deploy", "blocks": [
        {"type": "buttons", "buttons": [{"label": "Go", "value": "go"}]}]})
        .to_string(),
    );
    send(&world, &["--presentation", &format!("@{}", file.display())]).ok();
    let post = world.hear(&general, "Deploy\n\n- Go").await;
    assert_eq!(names(&post), ["Go"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_shows_the_buttons() {
    let world = World::new().await;
    let said = send(&world, &["--message", "Ship it?", "--buttons", ROWS, "--dry-run"]).ok();
    assert!(said.stdout.ends_with("Ship it?\nbuttons: [Yes] [No]\n"), "{}", said.stdout);
    let sent = send(&world, &["--buttons", ROWS, "--dry-run", "--json"]).ok().json();
    assert_eq!(sent["buttons"], json!(["Yes", "No"]));
    assert_eq!(world.said_by_bot(world.seed.channel("general")).len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buttons_that_are_none_are_refused_with_their_place() {
    let world = World::new().await;
    send(&world, &["--message", "x", "--buttons", r#"[["Yes"]]"#]).failed(&["buttons[0][0]", "--buttons"]);
    send(&world, &["--buttons", r#"[[{"text": "Yes"}]]"#]).failed(&["buttons[0][0] has no callback_data"]);
    send(&world, &["--presentation", r#"{"blocks": [{"type": "butons"}]}"#])
        .failed(&["presentation.blocks[0] has the type butons", "check --presentation"]);
    misused(&send(&world, &["--message", "x", "--buttons", "@/no/such/file"]), "/no/such/file");
    misused(&send(&world, &["--message", "x", "--buttons", "Yes"]), "not JSON");
    misused(&send(&world, &[]), "--message");
}

// covers: B25
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_gets_its_attachments_signed_and_never_the_token() {
    let world = World::new().await;
    let run = |arguments: &[&str]| world.home.run(&[&["buttons", "sign"], arguments].concat());
    let said = run(&[
        "--button",
        "Approve it=approve",
        "--button",
        "Reject=re_ject",
        "--context",
        r#"{"build": 7}"#,
    ])
    .ok();
    let attachments = said.json();
    let actions = attachments[0]["actions"].as_array().unwrap();
    assert_eq!((&actions[0]["name"], &actions[1]["id"]), (&json!("Approve it"), &json!("reject")));
    let context = &actions[1]["integration"]["context"];
    assert_eq!((&context["callback_data"], &context["build"]), (&json!("re_ject"), &json!(7)));
    let url = "http://localhost:18789/mattermost/interactions/default";
    assert_eq!(actions[0]["integration"]["url"], url);
    assert!(said.stderr.contains(url), "{}", said.stderr);

    let mut plain = context.clone();
    let token = plain.as_object_mut().unwrap().remove("_token").unwrap();
    let alone = run(&["--context", &plain.to_string()]).ok();
    assert_eq!(alone.stdout.trim(), token);
    assert!(!alone.stderr.contains("action_id"), "{}", alone.stderr);
    let bare = run(&["--context", r#"{"build": 7}"#]).ok();
    assert!(bare.stderr.contains("has no action_id"), "{}", bare.stderr);
    let whole = run(&["--button", "A=a", "--callback-url", "https://gw/x", "--channel-id", "c", "--json"])
        .ok()
        .json();
    assert_eq!(whole["callbackUrl"], "https://gw/x");
    assert_eq!(
        whole.pointer("/attachments/0/actions/0/integration/context/__openclaw_channel_id"),
        Some(&json!("c"))
    );
    let secret = world.seed.token("openclaw");
    assert!(!format!("{}{}{}", said.stdout, said.stderr, alone.stdout).contains(secret));

    misused(&run(&[]), "--button");
    misused(&run(&["--button", "Approve"]), "Approve=approve");
    run(&["--button", "A=a", "--callback-url", "nowhere"]).failed(&["--callback-url"]);
    run(&["--button", "A=a", "--account", "nobody"]).failed(&["--account"]);
}

/// Answers with what it is told of buttons, and asks for two.
#[cfg(unix)]
const AGENT: &str = r#"exec:python3 -c "import json,sys; d=json.load(sys.stdin); print(len(d.get('hints', [])), 'hints'); print('buttons=' + json.dumps([[{'text':'Yes','callback_data':'y'}]]))""#;

// covers: B06
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_told_of_buttons_may_give_its_answer_some() {
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["mattermost"]["capabilities"] = json!(["inlineButtons"]);
    world.home.config(&config);
    let _gateway = world.gateway(&["--agent", AGENT]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "ship it?", "");
    assert_eq!(names(&world.hear(&direct, "2 hints").await), ["Yes"]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_capability_nothing_is_told_and_the_line_is_text() {
    let world = World::new().await;
    let _gateway = world.gateway(&["--agent", AGENT]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "ship it?", "");
    let text = "0 hints\nbuttons=[[{\"text\": \"Yes\", \"callback_data\": \"y\"}]]";
    assert_eq!(names(&world.hear(&direct, text).await), [json!(null); 0]);
}
