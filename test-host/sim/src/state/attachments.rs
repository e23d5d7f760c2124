//! Message attachments: their full form, and what stands behind their buttons.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Post;
use crate::ids::Id;

/// The text fields that every attachment has.
const TEXTS: [&str; 13] = [
    "fallback",
    "color",
    "pretext",
    "author_name",
    "author_link",
    "author_icon",
    "title",
    "title_link",
    "text",
    "image_url",
    "thumb_url",
    "footer",
    "footer_icon",
];

/// Where a click goes, which is the server's business alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Integration {
    /// What is called.
    pub(crate) url: String,
    /// What it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<Map<String, Value>>,
}

/// The integrations of a post's actions, by the place of the attachment and of the action in it.
pub(crate) type Integrations = BTreeMap<(usize, usize), Integration>;

/// A button or menu with what stands behind it.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    /// `button`, `select` or what the author wrote.
    pub(crate) kind: String,
    /// Where the options of a menu come from: `users`, `channels` or nothing.
    pub(crate) data_source: String,
    pub(crate) integration: Integration,
}

/// Props in the form in which clients see them, and what was taken out of them.
pub(super) fn split(mut props: Map<String, Value>, modern: bool) -> (Map<String, Value>, Integrations) {
    let mut integrations = Integrations::new();
    if let Some(Value::Array(attachments)) = props.get_mut("attachments") {
        let attachments = attachments.iter_mut().filter_map(Value::as_object_mut);
        for (at, attachment) in attachments.enumerate() {
            complete(attachment);
            for (place, action) in actions(attachment).enumerate() {
                if let Some(integration) = reduce(action, modern) {
                    integrations.insert((at, place), integration);
                }
            }
        }
    }
    (props, integrations)
}

fn actions(attachment: &mut Map<String, Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    let actions = attachment.get_mut("actions").and_then(Value::as_array_mut);
    actions.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Gives an attachment the fields that all have.
pub(crate) fn complete(attachment: &mut Map<String, Value>) {
    for name in TEXTS {
        attachment.entry(name).or_insert_with(|| json!(""));
    }
    attachment.entry("id").or_insert_with(|| json!(0));
    attachment.entry("ts").or_insert(Value::Null);
    let fields = attachment.entry("fields").or_insert(Value::Null);
    for field in fields.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        field.entry("title").or_insert_with(|| json!(""));
        field.entry("value").or_insert(Value::Null);
        field.entry("short").or_insert_with(|| json!(false));
    }
}

/// Leaves of an action what a server knows, without empty fields and without its integration, which is returned.
fn reduce(action: &mut Map<String, Value>, modern: bool) -> Option<Integration> {
    if action.get("id").and_then(Value::as_str).unwrap_or_default().is_empty() {
        action.insert("id".to_owned(), json!(Id::new()));
    }
    let integration = action.remove("integration").filter(|value| !value.is_null());
    action.retain(|name, value| {
        let known = match name.as_str() {
            "id" | "type" | "name" | "disabled" | "data_source" | "options" | "default_option" => true,
            // Later servers have more colours than one.
            "style" => modern,
            _ => false,
        };
        let empty = match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => false,
        };
        known && !empty
    });
    serde_json::from_value(integration?).ok()
}

impl Post {
    /// The first action with this id, if something stands behind it.
    pub(crate) fn action(&self, id: &str) -> Option<Action> {
        let attachments = self.props.get("attachments")?.as_array()?.iter().filter_map(Value::as_object);
        for (at, attachment) in attachments.enumerate() {
            let actions = attachment.get("actions").and_then(Value::as_array).into_iter().flatten();
            for (place, action) in actions.filter_map(Value::as_object).enumerate() {
                if text(action, "id") == id {
                    let integration = self.integrations.get(&(at, place))?.clone();
                    return Some(Action {
                        kind: text(action, "type").to_owned(),
                        data_source: text(action, "data_source").to_owned(),
                        integration,
                    });
                }
            }
        }
        None
    }

    /// The props as the server stores them, with what stands behind buttons.
    pub(crate) fn stored_props(&self) -> Map<String, Value> {
        let mut props = self.props.clone();
        self.each_action(&mut props, |action, integration| {
            action.insert("integration".to_owned(), json!(integration));
        });
        props
    }

    /// Shows at each action with an integration what `seal` makes of it, because nothing of this post will be stored.
    pub(super) fn seal_actions(&mut self, seal: impl Fn(&Action) -> Option<String>) {
        let mut props = std::mem::take(&mut self.props);
        self.each_action(&mut props, |action, integration| {
            let sealed = seal(&Action {
                kind: text(action, "type").to_owned(),
                data_source: text(action, "data_source").to_owned(),
                integration: integration.clone(),
            });
            action.extend(sealed.map(|cookie| ("cookie".to_owned(), json!(cookie))));
        });
        self.props = props;
    }

    /// What a button of an ephemeral post carries.
    pub(crate) fn cookie(&self, id: &str) -> Option<String> {
        let attachments = self.props.get("attachments")?.as_array()?.iter();
        let actions = attachments.filter_map(|attachment| attachment.get("actions")?.as_array()).flatten();
        let action = actions.filter_map(Value::as_object).find(|action| text(action, "id") == id)?;
        Some(text(action, "cookie").to_owned())
    }

    fn each_action(
        &self,
        props: &mut Map<String, Value>,
        mut change: impl FnMut(&mut Map<String, Value>, &Integration),
    ) {
        let Some(Value::Array(attachments)) = props.get_mut("attachments") else { return };
        for (at, attachment) in attachments.iter_mut().filter_map(Value::as_object_mut).enumerate() {
            for (place, action) in actions(attachment).enumerate() {
                if let Some(integration) = self.integrations.get(&(at, place)) {
                    change(action, integration);
                }
            }
        }
    }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}
