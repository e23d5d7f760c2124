//! Buttons for the posts of other programs, and what agents are told of buttons.

use super::attachment::{Button, check_all};
use super::author::{self, scalar, style, wrong};
use super::keys::TOKEN;
use super::sign::Signer;
use super::{ButtonAttachments, build_button_attachments};
use crate::callbacks::Urls;
use crate::config::AccountConfig;
use host_sdk::protocol::Error;
use mattermost_client::Token;
use serde_json::{Map, Value, json};

const FORM: &str = "write [{\"id\": \"approve\", \"name\": \"Approve\", \"context\": {\"action\": \"approve\"}}] or rows of \
                    {\"text\", \"callback_data\"}";

/// What a program asks for.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// Where clicks arrive; `None`: where the configuration says.
    pub callback_url: Option<&'a str>,
    /// Buttons as agents write them, or `[{"id", "name", "style"?, "context"?}]`.
    pub buttons: &'a Value,
    /// What stands above them.
    pub text: &'a str,
    /// The channel that they are for.
    pub channel_id: Option<&'a str>,
}

impl Script<'_> {
    /// The attachments, and the address that they call: `{"attachments": [...], "callback_url": url}`.
    ///
    /// # Errors
    /// `CONFIG` when the account has no token; `INVALID_ARGUMENT` naming the field.
    pub fn build(&self, account: &AccountConfig) -> Result<Value, Error> {
        let token = token(account)?;
        let buttons = read(self.buttons)?;
        if let (None, Some(problem)) = (self.callback_url, account.interactions.problem()) {
            return Err(Error::config("channels.mattermost.interactions.callbackBaseUrl", problem));
        }
        let derived = || Urls::default().interactions(account);
        let callback_url = self.callback_url.map_or_else(derived, str::to_owned);
        if !["http://", "https://"].iter().any(|scheme| callback_url.starts_with(scheme)) {
            let told = "callback_url is no URL: it begins with http:// or https://, as the server reaches the gateway";
            return Err(Error::invalid(told).at("callback_url"));
        }
        let asked = ButtonAttachments {
            callback_url: &callback_url,
            buttons: &buttons,
            text: self.text,
            channel_id: self.channel_id,
        };
        Ok(json!({
            "attachments": build_button_attachments(token, &asked)?,
            "callback_url": callback_url,
        }))
    }
}

/// A context with its signature: `{"token": hex, "context": {..., "_token": hex}}`.
///
/// # Errors
/// `CONFIG` when the account has no token; `INVALID_ARGUMENT` for a context that is no object.
pub fn sign(account: &AccountConfig, context: &Value) -> Result<Value, Error> {
    let token = token(account)?;
    let Value::Object(context) = context else {
        return Err(wrong("context", context, "write an object: {\"action_id\": \"approve\"}"));
    };
    let signature = Signer::of_token(token).sign(context);
    let mut signed = context.clone();
    signed.insert(TOKEN.to_owned(), signature.clone().into());
    Ok(json!({ "token": signature, "context": signed }))
}

/// What the agent of an account is told, for its system prompt: nothing unless `capabilities` has `inlineButtons`.
#[must_use]
pub fn hints(account: &AccountConfig) -> Vec<String> {
    if !account.capabilities.iter().any(|capability| capability == CAPABILITY) {
        return Vec::new();
    }
    vec![HINT.to_owned()]
}

/// What `capabilities` calls buttons.
const CAPABILITY: &str = "inlineButtons";
const HINT: &str = "Mattermost messages can have buttons. Where people choose between a few answers, give the message \
`buttons`, a list of rows: [[{\"text\": \"Yes\", \"callback_data\": \"yes\", \"style\": \"primary\"}, {\"text\": \"No\", \
\"callback_data\": \"no\"}]]. `text` is what stands on the button, `callback_data` the value that comes back to you; both are \
required. `style` is \"default\", \"primary\" or \"danger\". After a click all buttons of the message are replaced by a line \
that names the choice, and you get the choice as a message.";

fn token(account: &AccountConfig) -> Result<&Token, Error> {
    account.token.as_ref().ok_or_else(|| {
        let problem = account.problem.clone();
        let missing = || {
            let told = format!(
                "the Mattermost account \"{}\" has no bot token to sign with: set botToken",
                account.id
            );
            Error::config("botToken", told)
        };
        problem.unwrap_or_else(missing)
    })
}

fn read(written: &Value) -> Result<Vec<Button>, Error> {
    let parsed = author::parsed(written, "buttons")?;
    let whole = parsed.as_ref().unwrap_or(written);
    let named = |value: &Value| value.get("name").is_some() || value.get("id").is_some();
    let (buttons, left_out) = match whole {
        Value::Array(list) if list.iter().any(named) => (scripted(list)?, Vec::new()),
        other => author::read(other)?,
    };
    if let Some(left_out) = left_out.first() {
        return Err(Error::invalid(left_out.replace(" and is left out", "")).at("buttons"));
    }
    check_all(&buttons)?;
    Ok(buttons)
}

/// As a script names buttons: by id and name, with a context of its own.
fn scripted(list: &[Value]) -> Result<Vec<Button>, Error> {
    list.iter()
        .enumerate()
        .map(|(index, value)| {
            let at = format!("buttons[{index}]");
            let Value::Object(fields) = value else { return Err(wrong(&at, value, FORM)) };
            let field = |key: &str| {
                fields.get(key).and_then(scalar).ok_or_else(|| {
                    Error::invalid(format!("{at} has no {key}; {FORM}")).at(format!("{at}.{key}"))
                })
            };
            let context = match fields.get("context") {
                None | Some(Value::Null) => Map::new(),
                Some(Value::Object(context)) => context.clone(),
                Some(other) => return Err(wrong(&format!("{at}.context"), other, FORM)),
            };
            Ok(Button { value: field("id")?, name: field("name")?, style: style(fields), context })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::json;

    #[test]
    fn a_script_names_buttons_by_id_or_as_agents_do() {
        let own = json!([{"id": "my-button_01", "name": "Approve", "style": "primary", "context": {"action": "approve"}}]);
        let read_own = read(&own).unwrap();
        assert_eq!((read_own[0].value.as_str(), read_own[0].name.as_str()), ("my-button_01", "Approve"));
        assert_eq!(
            read(&json!([[{"text": "A", "callback_data": "a"}]])).unwrap()[0].context["callback_data"],
            "a"
        );
        for (written, field) in [
            (json!([{"id": "a"}]), "buttons[0].name"),
            (json!([{"name": "A"}]), "buttons[0].id"),
            (json!([{"id": "a", "name": "A", "context": 7}]), "buttons[0].context"),
            (json!([[{"text": "A"}]]), "buttons"),
            (json!("nonsense"), "buttons"),
        ] {
            assert_eq!(read(&written).unwrap_err().field.as_deref(), Some(field), "{written}");
        }
    }
}
