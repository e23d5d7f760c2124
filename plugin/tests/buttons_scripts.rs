//! Buttons of other programs, and what agents are told of buttons: pure questions, and the script of the documentation.
#![allow(clippy::unwrap_used)]

mod judges;
mod support;
mod wire;

use host_sdk::protocol::{Error, ErrorCode, QueryRequest};
use mattermost_client::Token;
use openclaw_mattermost::buttons::{Button, ButtonAttachments, Signer, build_button_attachments};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use support::{config, library};
use wire::Wire;

fn configured() -> Value {
    config(json!({
        "baseUrl": "https://chat.example.com",
        "botToken": "test-bot-token",
        "capabilities": ["inlineButtons"],
        "accounts": {"default": {}, "alerts": {"botToken": "other-token", "capabilities": [],
                     "interactions": {"callbackBaseUrl": "https://gw.example.com"}}},
    }))
}

fn build(account: Option<&str>, url: Option<&str>, buttons: Value, channel: Option<&str>) -> QueryRequest {
    QueryRequest::ButtonsBuild {
        config: configured(),
        env: Some(BTreeMap::new()),
        account_id: account.map(str::to_owned),
        callback_url: url.map(str::to_owned),
        buttons,
        text: String::new(),
        channel_id: channel.map(str::to_owned),
    }
}

fn approve() -> Value {
    json!([{"id": "mybutton01", "name": "Approve", "style": "primary", "context": {"action": "approve"}}])
}

// covers: B25
#[test]
fn the_attachments_of_a_script_are_those_that_the_official_builder_makes() {
    let url = "https://gateway.example.com/mattermost/interactions/default";
    let answer = library().query(&build(None, Some(url), approve(), None)).unwrap();
    let expected = json!([{ "text": "", "actions": [{
        "id": "mybutton01", "type": "button", "name": "Approve", "style": "primary",
        "integration": { "url": url, "context": {
            "action_id": "mybutton01", "action": "approve",
            "_token": "0acfa571485b629a77b08e8c73cf4ef10551f7b6d54d0a689230a2cb3c6006dc",
        } },
    }] }]);
    assert_eq!(answer, json!({ "attachments": expected, "callback_url": url }));

    // The same in Rust; what is not whole is left out.
    let context = json!({"action": "approve"}).as_object().unwrap().clone();
    let style = openclaw_mattermost::buttons::Style::Primary;
    let button = Button { value: "mybutton01".into(), name: "Approve".into(), style, context };
    let buttons = [button, Button { name: "Nameless".into(), ..Button::default() }];
    let asked = ButtonAttachments { callback_url: url, buttons: &buttons, ..ButtonAttachments::default() };
    let built = build_button_attachments(&Token::new("test-bot-token").unwrap(), &asked).unwrap();
    assert_eq!(built, expected);
    let none = ButtonAttachments { callback_url: url, ..ButtonAttachments::default() };
    assert_eq!(build_button_attachments(&Token::new("t").unwrap(), &none).unwrap(), json!([]));
}

// covers: B11, B13
#[test]
fn each_account_signs_with_its_own_token_and_is_called_at_its_own_address() {
    let context = |account: &str, channel: Option<&str>| -> Map<String, Value> {
        let rows = json!([[{"text": "Yes", "callback_data": "y-e_s"}]]);
        let answer = library().query(&build(Some(account), None, rows, channel)).unwrap();
        let integration = answer.pointer("/attachments/0/actions/0/integration").unwrap();
        assert_eq!(integration["url"], answer["callback_url"]);
        let base = if account == "alerts" { "https://gw.example.com" } else { "http://localhost:18789" };
        assert_eq!(answer["callback_url"], format!("{base}/mattermost/interactions/{account}"));
        integration["context"].as_object().unwrap().clone()
    };
    let signer = |token: &str| Signer::of_token(&Token::new(token).unwrap());
    let (ours, theirs) = (context("default", None), context("alerts", Some("c")));
    assert_eq!((&ours["action_id"], &ours["callback_data"]), (&json!("yes"), &json!("y-e_s")));
    assert_eq!((ours.get("__openclaw_channel_id"), &theirs["__openclaw_channel_id"]), (None, &json!("c")));
    assert!(signer("test-bot-token").verify(&ours).is_ok() && signer("other-token").verify(&theirs).is_ok());
    assert!(signer("other-token").verify(&ours).is_err());
}

#[test]
fn a_context_can_be_signed_by_itself() {
    let sign = |context: Value, account: Option<&str>| {
        let account_id = account.map(str::to_owned);
        library().query(&QueryRequest::ButtonsSign { config: configured(), env: None, account_id, context })
    };
    let answer =
        sign(json!({"action_id": "mybutton01", "action": "approve", "_token": "old"}), None).unwrap();
    let token = "0acfa571485b629a77b08e8c73cf4ef10551f7b6d54d0a689230a2cb3c6006dc";
    assert_eq!(answer["token"], token);
    assert_eq!(answer["context"], json!({"action_id": "mybutton01", "action": "approve", "_token": token}));
    assert!(!answer.to_string().contains("test-bot-token"));
    assert_eq!(sign(json!(["no object"]), None).unwrap_err().field.as_deref(), Some("context"));
    assert_eq!(sign(json!({}), Some("nobody")).unwrap_err().field.as_deref(), Some("account_id"));
}

#[test]
fn what_cannot_be_built_says_what_is_wrong() {
    let error = |request: QueryRequest| -> Error { library().query(&request).unwrap_err() };
    assert_eq!(
        error(build(None, Some("gateway:18789"), approve(), None)).field.as_deref(),
        Some("callback_url")
    );
    let white = json!([[{"text": "Yes"}]]);
    let told = error(build(None, None, white, None));
    assert!(told.message.contains("buttons[0][0] has no callback_data"), "{told}");
    let bare = QueryRequest::ButtonsSign {
        config: json!({}),
        env: Some(BTreeMap::new()),
        account_id: None,
        context: json!({}),
    };
    assert_eq!(error(bare).code, ErrorCode::Config);
}

// covers: B06
#[test]
fn an_agent_is_told_of_buttons_where_its_account_has_the_capability() {
    let hints = |config: Value, account: Option<&str>| {
        let account_id = account.map(str::to_owned);
        let question = QueryRequest::AgentHints { config, env: Some(BTreeMap::new()), account_id };
        library().query(&question).unwrap()["hints"].as_array().unwrap().clone()
    };
    let told = hints(configured(), None);
    assert_eq!(told.len(), 1);
    let text = told[0].as_str().unwrap();
    assert!(["callback_data", "text", "danger", "buttons"].iter().all(|word| text.contains(word)), "{text}");
    assert_eq!(hints(configured(), Some("alerts")), [json!(null); 0]);
    assert_eq!(hints(config(json!({})), None), [json!(null); 0]);
    // It has an effect now, so nobody is warned of it.
    let checked = library().query(&QueryRequest::ConfigValidate { config: configured() }).unwrap();
    assert!(!checked["warnings"].to_string().contains("capabilities"), "{checked}");
}

// covers: B24
#[tokio::test(flavor = "multi_thread")]
async fn the_script_of_the_documentation_posts_buttons_that_are_recognised() {
    if Command::new("python3").arg("--version").output().is_err() {
        return judges::missing("there is no python3");
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/buttons.md");
    let text = std::fs::read_to_string(docs).unwrap();
    let script = text.split_once("```python\n").unwrap().1.split_once("\n```").unwrap().0.to_owned();
    let wire = Wire::new().await;
    let general = wire.channel("general");
    let (server, token) =
        (wire.config["channels"]["mattermost"]["baseUrl"].clone(), wire.seed.token("openclaw").to_owned());
    let mut python = Command::new("python3");
    python.args(["-c", &script]).env("MATTERMOST_URL", server.as_str().unwrap());
    python.env("MATTERMOST_BOT_TOKEN", &token).env("CHANNEL_ID", &general);
    python.env("GATEWAY_URL", "https://gateway.example.com");
    let output = tokio::task::spawn_blocking(move || python.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let post = wire.sim.posts(&general).pop().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), post.id);
    let shown = post.props["attachments"][0]["actions"].as_array().unwrap();
    assert_eq!(shown.iter().map(|action| action["name"].clone()).collect::<Vec<_>>(), ["Approve", "Reject"]);
    let signer = Signer::of_token(&Token::new(token).unwrap());
    for action in wire.actions(0) {
        let integration = &action["integration"];
        assert_eq!(integration["url"], "https://gateway.example.com/mattermost/interactions/default");
        let context = integration["context"].as_object().unwrap();
        assert_eq!((signer.verify(context), &context["build"]), (Ok(()), &json!(7)));
        assert_eq!(context["action_id"], action["id"]);
    }
}

#[test]
fn buttons_that_would_call_an_address_that_is_none_are_refused_with_the_key() {
    let config = config(json!({
        "baseUrl": "https://chat.example.com",
        "botToken": "test-bot-token",
        "interactions": {"callbackBaseUrl": "https://me:s3cret@gw.example.com"},
    }));
    let QueryRequest::ButtonsBuild { env, buttons, .. } = build(None, None, approve(), None) else {
        unreachable!()
    };
    let question = |callback_url: Option<&str>| QueryRequest::ButtonsBuild {
        config: config.clone(),
        env: env.clone(),
        account_id: None,
        callback_url: callback_url.map(str::to_owned),
        buttons: buttons.clone(),
        text: String::new(),
        channel_id: None,
    };
    let error = library().query(&question(None)).unwrap_err();
    assert_eq!(error.code, ErrorCode::Config);
    assert_eq!(error.field.as_deref(), Some("channels.mattermost.interactions.callbackBaseUrl"));
    assert!(
        error.message.contains("user name or password") && !error.message.contains("s3cret"),
        "{error:?}"
    );
    // Where the caller says another address, it counts.
    assert!(
        library().query(&question(Some("https://gw.example.com/mattermost/interactions/default"))).is_ok()
    );
}
