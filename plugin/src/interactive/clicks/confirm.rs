//! What stands in the place of the buttons after a click.

use mattermost_client::model::{Post, Props};
use serde_json::{Value, json};

/// Whether a post has buttons.
pub(super) fn has_buttons(post: &Post) -> bool {
    cards(post).is_some_and(|cards| cards.iter().any(has_actions))
}

fn cards(post: &Post) -> Option<&Vec<Value>> {
    post.props.get("attachments")?.as_array()
}

fn has_actions(card: &Value) -> bool {
    card.get("actions").and_then(Value::as_array).is_some_and(|actions| !actions.is_empty())
}

/// What stands on a button of a post.
pub(super) fn label(post: &Post, action_id: &str) -> Option<String> {
    let actions = cards(post)?.iter().filter_map(|card| card.get("actions")?.as_array()).flatten();
    let mut named = actions.filter(|action| action.get("id").and_then(Value::as_str) == Some(action_id));
    let name = named.next()?.get("name")?.as_str()?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The line that says who chose what.
pub(super) fn line(label: &str, username: &str) -> String {
    format!("✓ **{}** selected by @{username}", quiet(label))
}

/// The properties of a post with this line in the place of all its buttons. What else it has stays.
pub(super) fn props(post: &Post, line: &str) -> Props {
    let mut props = post.props.clone();
    let others = cards(post).into_iter().flatten().filter(|card| !has_actions(card)).cloned();
    let mut shown: Vec<Value> = others.collect();
    shown.push(json!({ "text": line }));
    props.insert("attachments".to_owned(), Value::Array(shown));
    props
}

/// A label without what breaks a line, or turns the direction of what stands beside it.
pub(super) fn one_line(label: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    label.chars().filter(|c| !turns(*c)).map(|c| if breaks(c) { ' ' } else { c }).collect()
}

/// A label that is no markup.
pub(super) fn quiet(label: &str) -> String {
    let mut text = String::with_capacity(label.len());
    for c in one_line(label).chars() {
        if matches!(c, '\\' | '*' | '`' | '~' | '[' | ']' | '|' | '<') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{has_buttons, label, line, props};
    use mattermost_client::model::Post;
    use serde_json::json;

    fn post() -> Post {
        let mut post = Post::default();
        post.props.insert("openclaw_delivery".to_owned(), json!("1.d.0.1."));
        post.props.insert(
            "attachments".to_owned(),
            json!([{ "text": "a chart" }, { "text": "", "actions": [{ "id": "yes", "name": "Yes" }, { "id": "no", "name": " " }] }]),
        );
        post
    }

    #[test]
    fn the_buttons_become_one_line_and_the_rest_of_the_post_stays() {
        let (before, line) = (post(), line("Yes", "alice"));
        assert!(has_buttons(&before));
        let after = Post { props: props(&before, &line), ..Post::default() };
        assert_eq!(
            after.props["attachments"],
            json!([{ "text": "a chart" }, { "text": "✓ **Yes** selected by @alice" }])
        );
        assert_eq!(after.props["openclaw_delivery"], "1.d.0.1.");
        assert!(!has_buttons(&after));
    }

    #[test]
    fn a_button_is_known_by_its_id_and_a_name() {
        assert_eq!(label(&post(), "yes").as_deref(), Some("Yes"));
        assert_eq!(label(&post(), "no"), None);
        assert_eq!(label(&post(), "maybe"), None);
        assert_eq!(label(&Post::default(), "yes"), None);
    }

    #[test]
    fn a_label_is_no_markup() {
        assert_eq!(line("\u{202e}a\nb\u{2028}c", "bob"), "✓ **a b c** selected by @bob");
        assert_eq!(line("a**b`\n[x](y)", "bob"), "✓ **a\\*\\*b\\` \\[x\\](y)** selected by @bob");
    }
}
