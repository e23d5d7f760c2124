//! The questions of `channels add`, with answers fed to them.

#![allow(clippy::unwrap_used)]

use super::*;
use serde_json::json;
use std::collections::VecDeque;

#[derive(Default)]
struct Fed {
    answers: VecDeque<&'static str>,
    said: Vec<String>,
    asked_secretly: usize,
}

impl Asker for Fed {
    fn say(&mut self, text: &str) {
        self.said.push(text.to_owned());
    }

    fn line(&mut self, question: &str) -> Result<String, Failure> {
        self.said.push(question.to_owned());
        self.answers
            .pop_front()
            .map(str::to_owned)
            .ok_or_else(|| Failure::bare(format!("no answer to {question}")))
    }

    fn secret(&mut self, question: &str) -> Result<String, Failure> {
        self.asked_secretly += 1;
        self.line(question)
    }
}

fn options() -> Add {
    Add {
        channel: "mattermost".to_owned(),
        bot_token: None,
        http_url: None,
        use_env: false,
        name: None,
        account: None,
        dm_policy: None,
        allow_private_network: false,
        yes: false,
    }
}

fn draft(
    options: &Add,
    config: &Value,
    env: bool,
    answers: &[&'static str],
) -> (Result<Draft, Failure>, Fed) {
    let mut fed = Fed { answers: answers.iter().copied().collect(), ..Fed::default() };
    let variable = |_: &str| env.then(|| "x".to_owned());
    let draft = ask(&mut fed, options, config, &variable);
    (draft, fed)
}

fn given(token: Option<&str>, url: Option<&str>) -> Credentials {
    Credentials::Configuration { token: token.map(str::to_owned), url: url.map(str::to_owned) }
}

// covers: S25
#[test]
fn a_first_account_is_asked_for_token_url_and_policy() {
    let (draft, fed) = draft(&options(), &json!({}), false, &[" t0k \n", "https://x/api/v4/", ""]);
    let draft = draft.unwrap();
    assert_eq!(
        (draft.account.as_str(), draft.credentials),
        ("default", given(Some("t0k"), Some("https://x")))
    );
    assert_eq!((draft.dm_policy, fed.asked_secretly), (Some(DmPolicy::Pairing), 1));
    assert!(
        fed.said.iter().any(|said| said.contains("needs a token and the server's URL")),
        "{:?}",
        fed.said
    );
}

#[test]
fn a_wrong_answer_is_asked_again_and_not_forever() {
    let (draft, fed) =
        draft(&options(), &json!({}), false, &["", "a b", "t0k", "x", "https://x", "all", "open"]);
    let draft = draft.unwrap();
    assert_eq!(draft.credentials, given(Some("t0k"), Some("https://x")));
    assert_eq!(draft.dm_policy, Some(DmPolicy::Open));
    assert!(fed.said.iter().any(|said| said.contains("no blanks")), "{:?}", fed.said);
    let (failed, _) = self::draft(&options(), &json!({}), false, &["", "", "", ""]);
    assert!(failed.unwrap_err().what.contains("no usable answer"));
}

#[test]
fn the_environment_is_offered_where_it_can_be_used() {
    let (draft, _) = draft(&options(), &json!({}), true, &["", ""]);
    assert_eq!(draft.unwrap().credentials, Credentials::Environment);
    let (draft, _) = self::draft(&options(), &json!({}), true, &["n", "t0k", "https://x", ""]);
    assert_eq!(draft.unwrap().credentials, given(Some("t0k"), Some("https://x")));
    let named = Add { account: Some("Alerts".to_owned()), ..options() };
    let (draft, _) = self::draft(&named, &json!({}), true, &["t0k", "https://x", ""]);
    assert_eq!(draft.unwrap().account, "alerts");
}

#[test]
fn what_is_configured_can_be_kept() {
    let config = json!({ "channels": { "mattermost": {
        "botToken": { "source": "env", "provider": "default", "id": "T" }, "baseUrl": "https://old", "dmPolicy": "open",
    } } });
    let (draft, fed) = draft(&options(), &config, false, &["", "y", ""]);
    let draft = draft.unwrap();
    assert_eq!((draft.credentials, draft.dm_policy), (given(None, None), None));
    assert!(fed.said.iter().any(|said| said.contains("[https://old]")), "{:?}", fed.said);
}

#[test]
fn what_the_options_say_is_not_asked() {
    let said = Add {
        bot_token: Some("t".to_owned()),
        http_url: Some("https://x".to_owned()),
        dm_policy: Some(DmPolicy::Open),
        ..options()
    };
    let (draft, _) = draft(&said, &json!({}), true, &[]);
    assert_eq!(draft.unwrap().credentials, given(Some("t"), Some("https://x")));
}

#[test]
fn a_second_account_has_a_token_of_its_own_and_mostly_the_same_server() {
    let config = json!({ "channels": { "mattermost": {
        "botToken": "first", "baseUrl": "https://one", "dmPolicy": "open",
    } } });
    let (draft, fed) = draft(&options(), &config, true, &["Alerts", "second", ""]);
    let draft = draft.unwrap();
    assert_eq!(draft.account, "alerts");
    assert_eq!(draft.credentials, given(Some("second"), Some("https://one")));
    assert_eq!((draft.dm_policy, fed.asked_secretly), (None, 1));
}
