//! Buttons as the server takes them: a message attachment with actions.
//!
//! <https://developers.mattermost.com/integrate/plugins/interactive-messages/>

use super::ids::{ids, long_ids};
use super::keys::{ACTION_ID, CHANNEL_ID, DELIVERY, EXPIRES_AT, RESERVED, TOKEN};
use super::sign::Signer;
use host_sdk::protocol::Error;
use mattermost_client::Token;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Buttons that one message may have. The server has no limit; people have one.
pub const MOST_BUTTONS: usize = 50;
/// Characters that may stand on a button.
pub const LONGEST_LABEL: usize = 100;
/// Bytes of JSON that a button may bring back.
pub const MOST_CONTEXT: usize = 4_096;

/// What a button looks like. Other words are taken as [`Style::Default`]: a look is no reason to refuse a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// `default`, `secondary`.
    #[default]
    Default,
    /// `primary`.
    Primary,
    /// `success`.
    Success,
    /// `danger`.
    Danger,
}

impl Style {
    /// The style of this name.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word.trim() {
            "primary" => Self::Primary,
            "success" => Self::Success,
            "danger" => Self::Danger,
            _ => Self::Default,
        }
    }

    /// Its name on the server.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Primary => "primary",
            Self::Success => "success",
            Self::Danger => "danger",
        }
    }
}

/// A button.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Button {
    /// What its id is made of, see [`ids`].
    pub value: String,
    /// What stands on it.
    pub name: String,
    /// What it looks like.
    pub style: Style,
    /// What a click brings back besides what the plugin puts there.
    pub context: Map<String, Value>,
}

impl Button {
    /// Is it one that a server shows, and that a click can bring back?
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, at this field.
    pub fn check(&self, at: &str) -> Result<(), Error> {
        let length = self.name.chars().count();
        if length > LONGEST_LABEL {
            let told =
                format!("{at} has a text of {length} characters; a button shows at most {LONGEST_LABEL}");
            return Err(Error::invalid(told).at(at));
        }
        let bytes = serde_json::to_string(&self.context).map_or(0, |json| json.len()) + self.value.len();
        if bytes > MOST_CONTEXT {
            let told = format!(
                "{at} brings back {bytes} bytes; a button brings back at most {MOST_CONTEXT}: give it a short \
                 callback_data and keep the rest"
            );
            return Err(Error::invalid(told).at(at));
        }
        Ok(())
    }
}

/// What a button is bound to: a click that does not fit is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The channel that it is posted to.
    pub channel_id: Option<&'a str>,
    /// The delivery that its post is part of, as its mark names it.
    pub delivery: Option<&'a str>,
    /// When it is too old to be clicked, in milliseconds since 1970 UTC.
    pub expires_at: Option<i64>,
    /// The server takes only ids of 26 characters, see [`long_ids`].
    pub long_ids: bool,
}

/// The value of `props.attachments` for these buttons; an empty list when there are none.
#[must_use]
pub fn attachments(
    buttons: &[Button],
    text: &str,
    (callback_url, signer): (&str, &Signer),
    binding: Binding<'_>,
) -> Value {
    if buttons.is_empty() {
        return json!([]);
    }
    let values: Vec<&str> = buttons.iter().map(|button| button.value.as_str()).collect();
    let ids = if binding.long_ids { long_ids(&values) } else { ids(&values) };
    let actions: Vec<Value> = ids
        .into_iter()
        .zip(buttons)
        .map(|(id, button)| {
            let context = button.context.iter().filter(|(key, _)| !RESERVED.contains(&key.as_str()));
            let mut context: Map<String, Value> =
                context.map(|(key, value)| (key.clone(), value.clone())).collect();
            context.insert(ACTION_ID.to_owned(), id.clone().into());
            let bound = [
                (CHANNEL_ID, binding.channel_id.map(Value::from)),
                (DELIVERY, binding.delivery.map(Value::from)),
                (EXPIRES_AT, binding.expires_at.map(Value::from)),
            ];
            context.extend(bound.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
            let token = signer.sign(&context);
            context.insert(TOKEN.to_owned(), token.into());
            json!({
                "id": id,
                "type": "button",
                "name": button.name,
                "style": button.style.name(),
                "integration": { "url": callback_url, "context": context },
            })
        })
        .collect();
    json!([{ "text": text, "actions": actions }])
}

/// Buttons for a post that a program makes by itself, over the server's REST API or a webhook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ButtonAttachments<'a> {
    /// Where clicks arrive: `<gateway>/mattermost/interactions/<account>`.
    pub callback_url: &'a str,
    /// The buttons. Those without a value or a name are left out.
    pub buttons: &'a [Button],
    /// What stands above them.
    pub text: &'a str,
    /// The channel that they are for; a click in another one is refused. `None`: any channel.
    pub channel_id: Option<&'a str>,
}

/// The value of `props.attachments` of a post with these buttons, signed as the gateway of this bot expects it.
///
/// This is the function that OpenClaw's page on Mattermost calls `buildButtonAttachments()`.
///
/// # Errors
/// `INVALID_ARGUMENT` for a button that no server would show, or that brings back too much.
///
/// ```
/// use openclaw_mattermost::buttons::{Button, ButtonAttachments, build_button_attachments};
///
/// let token = mattermost_client::Token::new("test-bot-token").unwrap();
/// let context = serde_json::json!({"action": "approve"}).as_object().unwrap().clone();
/// let buttons = [Button { value: "mybutton01".into(), name: "Approve".into(), context, ..Button::default() }];
/// let asked = ButtonAttachments {
///     callback_url: "https://gateway.example.com/mattermost/interactions/default",
///     buttons: &buttons,
///     ..ButtonAttachments::default()
/// };
/// let attachments = build_button_attachments(&token, &asked).unwrap();
/// assert_eq!(
///     attachments[0]["actions"][0]["integration"]["context"]["_token"],
///     "0acfa571485b629a77b08e8c73cf4ef10551f7b6d54d0a689230a2cb3c6006dc"
/// );
/// ```
pub fn build_button_attachments(token: &Token, asked: &ButtonAttachments<'_>) -> Result<Value, Error> {
    let whole = |button: &&Button| !button.value.trim().is_empty() && !button.name.trim().is_empty();
    let buttons: Vec<Button> = asked.buttons.iter().filter(whole).cloned().collect();
    check_all(&buttons)?;
    let binding = Binding { channel_id: asked.channel_id, ..Binding::default() };
    Ok(attachments(&buttons, asked.text, (asked.callback_url, &Signer::of_token(token)), binding))
}

/// Are these buttons of one message?
///
/// # Errors
/// `INVALID_ARGUMENT` for the first that is not.
pub fn check_all(buttons: &[Button]) -> Result<(), Error> {
    if buttons.len() > MOST_BUTTONS {
        let told = format!(
            "the message has {} buttons; at most {MOST_BUTTONS} are sent: let people choose in steps",
            buttons.len()
        );
        return Err(Error::invalid(told).at("buttons"));
    }
    buttons.iter().enumerate().try_for_each(|(index, button)| button.check(&format!("buttons[{index}]")))
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "tests read better")]
mod tests {
    use super::{Binding, Button, Style, attachments, check_all};
    use crate::buttons::sign::Signer;
    use mattermost_client::Token;
    use serde_json::{Value, json};

    fn signer() -> Signer {
        Signer::of_token(&Token::new("test-bot-token").unwrap())
    }

    fn button(value: &str, name: &str, context: Value) -> Button {
        let context = context.as_object().unwrap().clone();
        Button { value: value.to_owned(), name: name.to_owned(), context, ..Button::default() }
    }

    // covers: B10
    #[test]
    fn buttons_are_one_attachment_whose_actions_carry_a_signed_context() {
        let buttons =
            [Button { style: Style::Primary, ..button("yes", "Yes", json!({"callback_data": "yes"})) }];
        let channel = "c".repeat(26);
        let binding = Binding { channel_id: Some(&channel), ..Binding::default() };
        let built = attachments(&buttons, "", ("http://localhost:1/x", &signer()), binding);
        assert_eq!(
            built,
            json!([{ "text": "", "actions": [{
                "id": "yes", "type": "button", "name": "Yes", "style": "primary",
                "integration": { "url": "http://localhost:1/x", "context": {
                    "action_id": "yes", "callback_data": "yes", "__openclaw_channel_id": channel,
                    "_token": "792ceaef584b4490e849cd8057b924e85a972fb1b31061d109b6fa1ad4bc1e38",
                } },
            }] }])
        );
        assert_eq!(attachments(&[], "text", ("u", &signer()), binding), json!([]));
    }

    #[test]
    fn nobody_sets_the_keys_that_bind_a_button() {
        let context = json!({"action_id": "other", "_token": "x", "__openclaw_channel_id": "mine",
                             "__openclaw_delivery": "mine", "__openclaw_expires_at": 0, "mine": 1});
        let binding = Binding { delivery: Some("d"), expires_at: Some(7), ..Binding::default() };
        let built = attachments(&[button("a-b", "A", context)], "", ("u", &signer()), binding);
        let context = built.pointer("/0/actions/0/integration/context").unwrap().as_object().unwrap();
        let mut plain = context.clone();
        plain.remove("_token");
        assert_eq!(
            Value::Object(plain),
            json!({"action_id": "ab", "mine": 1, "__openclaw_delivery": "d", "__openclaw_expires_at": 7})
        );
        assert_eq!(signer().verify(context), Ok(()));
    }

    #[test]
    fn what_no_button_can_be_is_refused_with_its_place() {
        let field = |buttons: &[Button]| check_all(buttons).unwrap_err().field.unwrap();
        let sound = button("a", "A", json!({}));
        assert_eq!(field(&[sound.clone(), button("b", &"é".repeat(101), json!({}))]), "buttons[1]");
        assert_eq!(field(&[button(&"v".repeat(5_000), "A", json!({}))]), "buttons[0]");
        assert_eq!(field(&vec![sound.clone(); 51]), "buttons");
        assert_eq!(check_all(&[sound]), Ok(()));
        assert_eq!(Style::of(" danger "), Style::Danger);
        assert_eq!(Style::of("purple"), Style::Default);
    }
}
