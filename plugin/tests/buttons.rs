//! Messages with buttons: what is posted, and what stands behind it.
#![allow(clippy::unwrap_used)]

mod support;
mod wire;

use host_sdk::protocol::{ErrorCode, Outbound};
use mattermost_client::Token;
use mattermost_sim::{Options, Version};
use openclaw_mattermost::buttons::{Signer, keys};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use wire::Wire;

fn to(channel: &str, text: &str, buttons: Value) -> Outbound {
    Outbound {
        target: format!("channel:{channel}"),
        text: text.to_owned(),
        buttons: Some(buttons),
        ..Outbound::default()
    }
}

fn presented(channel: &str, text: &str, presentation: Value) -> Outbound {
    Outbound { buttons: None, presentation: Some(presentation), ..to(channel, text, Value::Null) }
}

fn choice() -> Value {
    json!([[{"text": "Yes", "callback_data": "yes"}, {"text": "No", "callback_data": "no", "style": "danger"}]])
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

/// The buttons as readers see them: id, name, style.
fn shown(props: &serde_json::Map<String, Value>) -> Vec<String> {
    let actions = props.get("attachments").and_then(|cards| cards.pointer("/0/actions"));
    let text = |action: &Value, key: &str| action[key].as_str().unwrap().to_owned();
    actions
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|action| ["id", "name", "style"].map(|key| text(action, key)).join(" "))
        .collect()
}

// covers: B07, B10
#[tokio::test(flavor = "multi_thread")]
async fn the_buttons_of_a_message_are_one_attachment_of_its_post() {
    let wire = Wire::new().await;
    let general = wire.channel("general");
    let message =
        Outbound { attachment_text: Some("Please choose:".to_owned()), ..to(&general, "Ship it?", choice()) };
    let receipt = wire.instance.send(&message).await.unwrap();
    assert_eq!(receipt.buttons, ["Yes", "No"]);

    let posted = wire.posted();
    assert_eq!((posted.len(), &posted[0]["message"]), (1, &json!("Ship it?")));
    assert_eq!(posted[0].get("attachments"), None, "the server ignores them there");
    let card = &posted[0]["props"]["attachments"];
    assert_eq!((card.as_array().unwrap().len(), &card[0]["text"]), (1, &json!("Please choose:")));
    let action = &card[0]["actions"][1];
    let fields = |action: &Value| action.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(action), ["id", "integration", "name", "style", "type"]);
    assert_eq!(action["type"], "button");
    assert_eq!(fields(&action["integration"]), ["context", "url"]);
    let context = &action["integration"]["context"];
    assert_eq!((&context["action_id"], &context["callback_data"]), (&json!("no"), &json!("no")));

    let post = wire.sim.posts(&general).pop().unwrap();
    assert_eq!(shown(&post.props), ["yes Yes default", "no No danger"]);
}

// covers: B11
#[tokio::test(flavor = "multi_thread")]
async fn a_button_is_signed_and_bound_to_its_channel_its_post_and_a_month() {
    let wire = Wire::new().await;
    let general = wire.channel("general");
    let receipt = wire.instance.send(&to(&general, "Ship it?", choice())).await.unwrap();
    let context = wire.context();
    let token = Token::new(wire.seed.token("openclaw")).unwrap();
    assert_eq!(Signer::of_token(&token).verify(&context), Ok(()));
    assert!(Signer::of_token(&Token::new("another").unwrap()).verify(&context).is_err());
    assert_eq!(context[keys::CHANNEL_ID], json!(general));
    let post = wire.sim.posts(&general).into_iter().find(|post| post.id == receipt.message_id).unwrap();
    let mark = post.props["openclaw_delivery"].as_str().unwrap();
    assert_eq!(mark.split('.').nth(1), context[keys::DELIVERY].as_str());
    let life = context[keys::EXPIRES_AT].as_i64().unwrap() - now_ms();
    assert!((0..60_000).contains(&(30 * 24 * 3_600_000 - life)), "{life}");
    let keys: Vec<&str> = context.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "__openclaw_channel_id",
            "__openclaw_delivery",
            "__openclaw_expires_at",
            "_token",
            "action_id",
            "callback_data",
        ]
    );
}

// covers: B13, B14
#[tokio::test(flavor = "multi_thread")]
async fn clicks_come_back_to_the_account_that_posted_at_the_address_that_is_configured() {
    let address = async |section: Value, around: Value, account: Option<&str>| {
        let wire = Wire::with(section, around).await;
        let message = to(&wire.channel("general"), "?", choice());
        let account_id = account.map(str::to_owned);
        wire.instance.send(&Outbound { account_id, ..message }).await.unwrap();
        wire.actions(0)[0].pointer("/integration/url").unwrap().as_str().unwrap().to_owned()
    };
    let base = |url: &str| json!({ "interactions": { "callbackBaseUrl": url } });
    for (section, around, account, expected) in [
        (json!({}), json!({}), None, "http://localhost:18789/mattermost/interactions/default"),
        (
            base("https://gateway.example.com/"),
            json!({}),
            None,
            "https://gateway.example.com/mattermost/interactions/default",
        ),
        (
            json!({}),
            json!({"gateway": {"port": 4000, "customBindHost": "10.0.0.7"}}),
            None,
            "http://10.0.0.7:4000/mattermost/interactions/default",
        ),
        (
            json!({"accounts": {"alerts": base("http://alerts.example.com")}, "interactions": {"callbackBaseUrl": "http://x"}}),
            json!({}),
            Some("alerts"),
            "http://alerts.example.com/mattermost/interactions/alerts",
        ),
    ] {
        assert_eq!(address(section, around, account).await, expected);
    }
}

// covers: B07
#[tokio::test(flavor = "multi_thread")]
async fn a_presentation_lists_its_buttons_in_the_text_too() {
    let wire = Wire::new().await;
    let general = wire.channel("general");
    let presentation = json!({"title": "Deploy", "blocks": [
        {"type": "text", "text": "Canary is ready."},
        {"type": "divider"},
        {"type": "buttons", "buttons": [
            {"label": "Approve", "value": "deploy:approve", "style": "success"},
            {"label": "Notes", "url": "https://example.com"},
        ]},
    ]});
    let receipt = wire.instance.send(&presented(&general, "News:", presentation)).await.unwrap();
    let text = "News:\n\nDeploy\n\nCanary is ready.\n\n- Approve\n- Notes: https://example.com";
    assert_eq!((receipt.text.as_str(), receipt.buttons), (text, vec!["Approve".to_owned()]));
    let post = wire.sim.posts(&general).pop().unwrap();
    assert_eq!(post.message, text);
    let buttons = shown(&post.props);
    assert!(
        buttons[0].starts_with("deployapprove") && buttons[0].ends_with(" Approve success"),
        "{buttons:?}"
    );
    assert_eq!(wire.context()["callback_data"], "deploy:approve");

    let said = json!({"textMode": "fallback", "blocks": [
        {"type": "buttons", "buttons": [{"label": "Yes", "value": "yes"}]}]});
    let receipt = wire.instance.send(&presented(&general, "Yes or no?", said)).await.unwrap();
    assert_eq!((receipt.text.as_str(), receipt.buttons.len()), ("Yes or no?", 1));
}

// covers: B26
#[tokio::test(flavor = "multi_thread")]
async fn answers_to_a_question_bring_back_the_question_and_the_option() {
    let wire = Wire::new().await;
    let option = |label: &str| json!({"label": label, "action": {"type": "question", "questionId": "q1", "optionValue": label}});
    let asked = json!({"blocks": [{"type": "buttons", "buttons": [option("Red"), option("Blue")]}]});
    wire.instance.send(&presented(&wire.channel("general"), "Which one?", asked)).await.unwrap();
    let actions = wire.actions(0);
    assert_eq!(actions[1]["id"], "question1");
    let context = actions[1]["integration"]["context"].clone();
    assert_eq!(
        ["oc_question", "question_id", "option_index", "action_id"].map(|key| context[key].clone()),
        [json!(true), json!("q1"), json!(1), json!("question1")]
    );
    assert_eq!(context.get("callback_data"), None);
}

// covers: B08, B09
#[tokio::test(flavor = "multi_thread")]
async fn a_button_that_is_not_whole_is_left_out_and_ids_are_cleaned() {
    let wire = Wire::new().await;
    let general = wire.channel("general");
    let buttons = json!([[{"text": "Nothing"}, {"callback_data": "nameless"}],
                         [{"text": "Go", "callback_data": "my_btn-1"}, {"text": "Went", "callback_data": "mybtn1"}]]);
    wire.instance.send(&to(&general, "Choose", buttons)).await.unwrap();
    let actions = wire.actions(0);
    let of =
        |path: &str| actions.iter().map(|action| action.pointer(path).unwrap().clone()).collect::<Vec<_>>();
    assert_eq!(of("/name"), ["Go", "Went"]);
    assert_eq!(of("/id"), of("/integration/context/action_id"));
    assert_eq!(of("/id")[1], "mybtn1");
    assert!(of("/id")[0].as_str().unwrap().starts_with("mybtn1"), "{actions:?}");
    assert_eq!(of("/integration/context/callback_data"), ["my_btn-1", "mybtn1"]);
    wire.instance
        .send(&to(&general, "Go?", json!([[{"text": "Go", "callback_data": "my_btn-1"}]])))
        .await
        .unwrap();
    assert_eq!(wire.actions(1)[0]["id"], "mybtn1");

    let receipt = wire.instance.send(&to(&general, "Only text", json!([[{"text": "A"}]]))).await.unwrap();
    assert_eq!(receipt.buttons, [""; 0]);
    assert_eq!(wire.posted()[2]["props"].get("attachments"), None);
    let error = wire.instance.send(&to(&general, " ", json!([[{"text": "A"}]]))).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::InvalidArgument, Some("buttons")));
    assert!(error.message.contains("buttons[0][0] has no callback_data"), "{}", error.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_button_is_refused_before_anything_is_posted() {
    let wire = Wire::new().await;
    let general = wire.channel("general");
    let many: Vec<Value> = (0..51).map(|n| json!({"text": n, "callback_data": n})).collect();
    for (buttons, field) in [
        (json!("Yes or No"), "buttons"),
        (json!({"text": "Yes"}), "buttons"),
        (json!([["Yes"]]), "buttons[0][0]"),
        (json!([[{"text": "x".repeat(101), "callback_data": "x"}]]), "buttons[0][0]"),
        (json!([[{"text": "x", "callback_data": "x".repeat(5_000)}]]), "buttons[0][0]"),
        (json!([many]), "buttons"),
    ] {
        let error = wire.instance.send(&to(&general, "text", buttons)).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::InvalidArgument, Some(field)));
    }
    let error = wire.instance.send(&presented(&general, "text", json!({"blocks": 7}))).await.unwrap_err();
    assert_eq!(error.field.as_deref(), Some("presentation.blocks"));
    assert_eq!(wire.posted(), [json!(null); 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_message_has_its_buttons_on_the_first_post_and_an_empty_one_is_a_card() {
    let wire = Wire::with(json!({ "textChunkLimit": 100 }), json!({})).await;
    let general = wire.channel("general");
    let receipt = wire.instance.send(&to(&general, &"word ".repeat(60), choice())).await.unwrap();
    assert!(receipt.message_ids.len() > 2);
    let posts = wire.sim.posts(&general);
    let with: Vec<bool> = receipt
        .message_ids
        .iter()
        .map(|id| !shown(&posts.iter().find(|post| post.id == *id).unwrap().props).is_empty())
        .collect();
    assert!(with[0] && with[1..].iter().all(|buttons| !buttons), "{with:?}");

    wire.instance.send(&to(&general, "", choice())).await.unwrap();
    let post = wire.sim.posts(&general).pop().unwrap();
    assert_eq!((post.message.as_str(), shown(&post.props).len()), ("", 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_files_turn_the_buttons_of_a_presentation_into_text() {
    let wire = Wire::new().await;
    let folder = tempfile::tempdir().unwrap();
    let media: Vec<String> = ["a.txt", "b.txt"]
        .iter()
        .map(|name| {
            let path = folder.path().join(name);
            std::fs::write(&path, name).unwrap();
            path.to_str().unwrap().to_owned()
        })
        .collect();
    let general = wire.channel("general");
    let asked = json!({"blocks": [{"type": "buttons", "buttons": [{"label": "Yes", "value": "yes"}]}]});
    let one = Outbound { media: media[..1].to_vec(), ..presented(&general, "one", asked.clone()) };
    wire.instance.send(&one).await.unwrap();
    wire.instance.send(&Outbound { media, ..presented(&general, "two", asked) }).await.unwrap();
    let posts = wire.sim.posts(&general);
    let of = |text: &str| posts.iter().find(|post| post.message == text).unwrap();
    let (one, two) = (of("one\n\n- Yes"), of("two\n\n- Yes"));
    assert_eq!((shown(&one.props).len(), one.file_ids.len()), (1, 1));
    assert_eq!((shown(&two.props).len(), two.file_ids.len()), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_the_buttons_and_posts_nothing() {
    let wire = Wire::new().await;
    let message = Outbound { dry_run: true, ..to(&wire.channel("general"), "Ship it?", choice()) };
    let receipt = wire.instance.send(&message).await.unwrap();
    assert_eq!((receipt.dry_run, receipt.buttons.join(" ")), (true, "Yes No".to_owned()));
    assert_eq!(wire.posted(), [json!(null); 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bots_token_stands_on_no_button() {
    let wire = Wire::new().await;
    let token = wire.seed.token("openclaw").to_owned();
    let buttons = json!([[{"text": format!("My token is {token}"), "callback_data": token}]]);
    let message =
        Outbound { attachment_text: Some(token.clone()), ..to(&wire.channel("general"), "psst", buttons) };
    wire.instance.send(&message).await.unwrap();
    let posted = wire.posted();
    assert_eq!(wire.actions(0).len(), 1);
    assert!(!posted[0].to_string().contains(&token), "{posted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_buttons_can_be_clicked_is_configured_for_all_accounts_and_for_one() {
    let own = |config: Value| json!({"plugins": {"entries": {"mattermost": {"config": config}}}});
    for (config, hours) in [
        (json!({"buttonsExpireHours": 2}), Some(2)),
        (json!({"buttonsExpireHours": 2, "accounts": {"default": {"buttonsExpireHours": 5}}}), Some(5)),
        (json!({"buttonsExpireHours": 0}), None),
    ] {
        let wire = Wire::with(json!({}), own(config)).await;
        wire.instance.send(&to(&wire.channel("general"), "?", choice())).await.unwrap();
        let context = wire.context();
        let expires = context.get(keys::EXPIRES_AT).and_then(Value::as_i64);
        let left = expires.map(|at| ((at - now_ms()) as f64 / 3_600_000.0).round() as i64);
        assert_eq!(left, hours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_server_gets_ids_as_long_as_its_own() {
    let mut old = Options::default();
    old.version = Version::V5_16;
    let wire = Wire::on(old, json!({}), json!({})).await;
    wire.instance.send(&to(&wire.channel("general"), "Ship it?", choice())).await.unwrap();
    let actions = wire.actions(0);
    let ids: Vec<&str> = actions.iter().map(|action| action["id"].as_str().unwrap()).collect();
    assert!(ids[0].starts_with("yes") && ids[1].starts_with("no"), "{ids:?}");
    for (action, id) in actions.iter().zip(&ids) {
        // What a server of this version calls an id.
        assert!(id.len() == 26 && id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
        assert_eq!(action.pointer("/integration/context/action_id"), Some(&json!(id)));
    }
    assert_eq!(actions[0].pointer("/integration/context/callback_data"), Some(&json!("yes")));
}
