//! The props of posts: message attachments in their full form, buttons without their secrets.

use serde_json::{Map, Value, json};

use crate::ids::Id;

/// The text fields that every attachment has.
const ATTACHMENT_TEXTS: [&str; 13] = [
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

/// Brings props into the form in which clients see them.
pub(super) fn shown(mut props: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Array(attachments)) = props.get_mut("attachments") {
        attachments.iter_mut().filter_map(Value::as_object_mut).for_each(complete_attachment);
    }
    props
}

fn complete_attachment(attachment: &mut Map<String, Value>) {
    for name in ATTACHMENT_TEXTS {
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
    let Some(Value::Array(actions)) = attachment.get_mut("actions") else { return };
    for action in actions.iter_mut().filter_map(Value::as_object_mut) {
        if action.get("id").and_then(Value::as_str).unwrap_or_default().is_empty() {
            action.insert("id".to_owned(), json!(Id::new()));
        }
        // Where a click goes is the server's business alone.
        action.remove("integration");
    }
}
