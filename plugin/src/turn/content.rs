//! What a post says: its text, and the text of the cards that integrations attach.

use mattermost_client::model::Post;
use serde_json::Value;

/// Bytes of the cards of one post; the rest is cut.
const MOST_BYTES: usize = 16 * 1024;
/// Cards, and fields of a card, that are read.
const MOST_PARTS: usize = 50;

/// Whether people, bots or integrations say something with posts of this type. Other types are the server's remarks:
/// somebody joined, the header changed.
#[must_use]
pub fn says_something(type_: &str) -> bool {
    matches!(type_, "" | "me" | "slack_attachment") || type_.starts_with("custom_")
}

/// The text of a post and of its cards (`props.attachments`).
#[must_use]
pub fn text(post: &Post) -> String {
    let cards = cards(post);
    match (post.message.trim().is_empty(), cards.is_empty()) {
        (_, true) => post.message.clone(),
        (true, false) => cards,
        (false, false) => format!("{}\n\n{cards}", post.message),
    }
}

fn cards(post: &Post) -> String {
    let Some(cards) = post.props.get("attachments").and_then(Value::as_array) else { return String::new() };
    let mut text = cards
        .iter()
        .take(MOST_PARTS)
        .map(card)
        .filter(|card| !card.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n");
    if text.len() > MOST_BYTES {
        let end = (0..=MOST_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
    text
}

fn card(card: &Value) -> String {
    let part =
        |key: &str| card.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let mut lines: Vec<String> = Vec::new();
    lines.extend(part("pretext").map(str::to_owned));
    lines.extend(part("author_name").map(str::to_owned));
    match (part("title"), part("title_link")) {
        (Some(title), Some(link)) => lines.push(format!("{title} ({link})")),
        (title, _) => lines.extend(title.map(str::to_owned)),
    }
    lines.extend(part("text").map(str::to_owned));
    let fields = card.get("fields").and_then(Value::as_array).into_iter().flatten().take(MOST_PARTS);
    for field in fields {
        let title = field.get("title").and_then(Value::as_str).unwrap_or_default();
        let value = match field.get("value") {
            Some(Value::String(text)) => text.clone(),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            _ => String::new(),
        };
        match (title.is_empty(), value.is_empty()) {
            (false, false) => lines.push(format!("{title}: {value}")),
            (true, false) => lines.push(value),
            (false, true) => lines.push(title.to_owned()),
            (true, true) => {}
        }
    }
    lines.extend(part("footer").map(str::to_owned));
    if lines.is_empty() {
        lines.extend(part("fallback").map(str::to_owned));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{says_something, text};
    use mattermost_client::model::Post;
    use serde_json::json;

    fn post(message: &str, attachments: serde_json::Value) -> Post {
        let mut post = Post { message: message.to_owned(), ..Post::default() };
        post.props.insert("attachments".to_owned(), attachments);
        post
    }

    #[test]
    fn a_card_is_read_as_people_see_it() {
        let card = json!([{ "fallback": "not shown", "pretext": "Build", "title": "#41 failed", "title_link": "https://ci/41",
            "text": "2 tests", "fields": [{ "title": "Branch", "value": "main" }, { "title": "Runs", "value": 3 }] }]);
        assert_eq!(
            text(&post("@bot look", card)),
            "@bot look\n\nBuild\n#41 failed (https://ci/41)\n2 tests\nBranch: main\nRuns: 3"
        );
        assert_eq!(text(&post("", json!([{ "fallback": "only this" }]))), "only this");
    }

    #[test]
    fn what_is_no_card_says_nothing() {
        for strange in [json!(null), json!("x"), json!([1, null, "x", {}, { "text": 5, "fields": 7 }])] {
            assert_eq!(text(&post("hi", strange)), "hi");
        }
        assert!(text(&post("", json!([{ "text": "é".repeat(100_000) }]))).len() < 17_000);
    }

    #[test]
    fn the_servers_remarks_are_no_messages() {
        for type_ in ["", "me", "slack_attachment", "custom_zoom"] {
            assert!(says_something(type_), "{type_}");
        }
        for type_ in ["system_join_channel", "add_bot_teams_channels", "reminder", "system_"] {
            assert!(!says_something(type_), "{type_}");
        }
    }
}
