//! What the buttons of a picker do, and what they bring back. Pure.

use crate::buttons::{Button, Style};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// `true`: the button belongs to a picker.
const PICKER: &str = "oc_model_picker";
/// What it does.
const ACTION: &str = "action";
/// The user who may use it.
const OWNER: &str = "ownerUserId";
const PROVIDER: &str = "provider";
const PAGE: &str = "page";
const MODEL: &str = "model";

/// Hexadecimal digits of a hash in a button's id.
const DIGITS: usize = 12;

/// What a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Show the providers.
    Providers,
    /// Show them again.
    Back,
    /// Show a page of a provider's models.
    List { provider: String, page: usize },
    /// Choose a model. The page is the one that it was chosen on.
    Select { provider: String, page: usize, model: String },
}

/// A button's state, in the order in which its id is made of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct State<'a> {
    action: &'static str,
    owner_user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
}

impl Action {
    /// What its button's id begins with, and its word.
    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Providers => ("mdlprov", "providers"),
            Self::Back => ("mdlback", "back"),
            Self::List { .. } => ("mdllist", "list"),
            Self::Select { .. } => ("mdlsel", "select"),
        }
    }

    fn state<'a>(&'a self, owner: &'a str) -> State<'a> {
        let (provider, page, model) = match self {
            Self::Providers | Self::Back => (None, None, None),
            Self::List { provider, page } => (Some(provider), Some(*page), None),
            Self::Select { provider, page, model } => (Some(provider), Some(*page), Some(model)),
        };
        State {
            action: self.words().1,
            owner_user_id: owner,
            provider: provider.map(String::as_str),
            page,
            model: model.map(String::as_str),
        }
    }

    /// The id of its button: the same for the same state, as OpenClaw makes it.
    pub(super) fn id(&self, owner: &str) -> String {
        // A struct of texts and a number: it always becomes JSON.
        let state = serde_json::to_string(&self.state(owner)).unwrap_or_default();
        let hash: String = Sha256::digest(state).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}{}", self.words().0, hash.get(..DIGITS).unwrap_or_default())
    }

    /// A button that does it, for this user.
    pub(super) fn button(&self, owner: &str, name: String, style: Style) -> Button {
        let mut context = Map::new();
        if let Ok(Value::Object(state)) = serde_json::to_value(self.state(owner)) {
            context.extend(state);
        }
        context.insert(PICKER.to_owned(), Value::Bool(true));
        Button { value: self.id(owner), name, style, context }
    }

    /// What a click brought back, and for whom the picker is. `None`: it is no button of a picker.
    pub(super) fn read(context: &Map<String, Value>) -> Option<(Self, &str)> {
        if context.get(PICKER) != Some(&Value::Bool(true)) {
            return None;
        }
        let text = |key: &str| context.get(key).and_then(Value::as_str);
        let provider = || text(PROVIDER).map(str::to_owned);
        // The server may store a whole number with a point.
        let page = || {
            let page = context.get(PAGE)?;
            let whole = page.as_f64().filter(|page| page.fract() == 0.0 && *page >= 1.0 && *page < 1e9);
            page.as_u64()
                .or_else(|| whole.map(|page| page as u64))
                .and_then(|page| usize::try_from(page).ok())
        };
        let action = match text(ACTION)? {
            "providers" => Self::Providers,
            "back" => Self::Back,
            "list" => Self::List { provider: provider()?, page: page()? },
            "select" => Self::Select { provider: provider()?, page: page()?, model: text(MODEL)?.to_owned() },
            _ => return None,
        };
        Some((action, text(OWNER)?))
    }
}

#[cfg(test)]
mod tests {
    use super::Action;
    use crate::buttons::Style;
    use serde_json::json;

    fn all() -> [Action; 4] {
        let (provider, model) = ("openai".to_owned(), "gpt-5".to_owned());
        [
            Action::Providers,
            Action::Back,
            Action::List { provider: provider.clone(), page: 1 },
            Action::Select { provider, page: 1, model },
        ]
    }

    #[test]
    fn a_button_has_the_id_that_openclaw_gives_it() {
        let ids = all().map(|action| action.id("u1"));
        assert_eq!(
            ids,
            ["mdlproved50977c893c", "mdlback75c655a2ce0c", "mdllist5c0c904bd2e6", "mdlseld54d5044f8da"]
        );
    }

    #[test]
    fn what_a_button_brings_back_is_what_it_was_made_of() {
        for action in all() {
            let button = action.button("u1", "name".to_owned(), Style::Default);
            assert_eq!(Action::read(&button.context), Some((action, "u1")), "{:?}", button.context);
        }
    }

    #[test]
    fn what_is_no_whole_state_is_no_button_of_a_picker() {
        for context in [
            json!({}),
            json!({ "action": "back", "ownerUserId": "u1" }),
            json!({ "oc_model_picker": "true", "action": "back", "ownerUserId": "u1" }),
            json!({ "oc_model_picker": true, "action": "back" }),
            json!({ "oc_model_picker": true, "action": "burn", "ownerUserId": "u1" }),
            json!({ "oc_model_picker": true, "action": "list", "ownerUserId": "u1", "page": 1 }),
            json!({ "oc_model_picker": true, "action": "list", "ownerUserId": "u1", "provider": "a", "page": 1.5 }),
            json!({ "oc_model_picker": true, "action": "list", "ownerUserId": "u1", "provider": "a", "page": -1 }),
            json!({ "oc_model_picker": true, "action": "select", "ownerUserId": "u1", "provider": "a", "page": 1 }),
        ] {
            assert_eq!(Action::read(context.as_object().unwrap()), None, "{context}");
        }
        let stored = json!({ "oc_model_picker": true, "action": "list", "ownerUserId": "u1", "provider": "a", "page": 2.0 });
        let list = Action::List { provider: "a".to_owned(), page: 2 };
        assert_eq!(Action::read(stored.as_object().unwrap()), Some((list, "u1")));
    }
}
