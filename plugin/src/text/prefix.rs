//! What answers begin with.

use host_sdk::protocol::Speaker;

/// The text behind the prefix, unless it begins with it already. Variables that are not known stay as they are written.
#[must_use]
pub fn prefixed(prefix: &str, names: &Speaker, text: &str) -> String {
    let prefix = match (prefix.trim(), &names.name) {
        ("auto", Some(name)) => format!("[{name}]"),
        ("auto", None) => String::new(),
        _ => filled(prefix, names),
    };
    let prefix = prefix.trim_end();
    if prefix.is_empty() || text.trim().is_empty() || text.starts_with(prefix) {
        return text.to_owned();
    }
    // What begins with a fence, a table or a list would be none behind a prefix.
    let gap = if plain_start(text) { " " } else { "\n\n" };
    format!("{prefix}{gap}{text}")
}

fn filled(prefix: &str, names: &Speaker) -> String {
    let mut filled = String::with_capacity(prefix.len());
    let mut rest = prefix;
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        let known = behind.split_once('}').and_then(|(name, behind)| Some((value(name, names)?, behind)));
        if let Some((value, behind)) = known {
            filled.push_str(value);
            rest = behind;
        } else {
            filled.push('{');
            rest = behind;
        }
    }
    filled + rest
}

fn value<'a>(name: &str, names: &'a Speaker) -> Option<&'a str> {
    let value = match name.trim().to_lowercase().as_str() {
        "identity.name" | "identityname" => &names.name,
        "model" => &names.model,
        "provider" => &names.provider,
        "thinkinglevel" => &names.thinking_level,
        _ => return None,
    };
    value.as_deref()
}

/// As much of a text tells what it begins with.
const BEGINNING: usize = 2_000;

/// Does a text begin with a paragraph?
fn plain_start(text: &str) -> bool {
    let end = text.char_indices().nth(BEGINNING).map_or(text.len(), |(end, _)| end);
    let document = super::blocks::Document::parse(text.get(..end).unwrap_or_default());
    document
        .leaves
        .first()
        .is_some_and(|leaf| leaf.containers.is_empty() && matches!(leaf.kind, super::blocks::Kind::Paragraph))
}

#[cfg(test)]
mod tests {
    use super::{Speaker, prefixed};

    #[test]
    fn known_variables_are_filled_in_and_others_stay() {
        let names =
            Speaker { name: Some("Molty".to_owned()), model: Some("m-1".to_owned()), ..Speaker::default() };
        for (prefix, text, expected) in [
            ("🦞", "hello", "🦞 hello"),
            ("🦞 ", "hello", "🦞 hello"),
            ("auto", "hello", "[Molty] hello"),
            ("[{identity.name}/{model}]", "hello", "[Molty/m-1] hello"),
            ("{Model} {provider} {else} {", "hello", "m-1 {provider} {else} { hello"),
            ("🦞", "🦞 hello", "🦞 hello"),
            ("🦞", "```\ncode\n```", "🦞\n\n```\ncode\n```"),
            ("🦞", "- item", "🦞\n\n- item"),
            ("🦞", " ", " "),
        ] {
            assert_eq!(prefixed(prefix, &names, text), expected);
        }
        assert_eq!(prefixed("auto", &Speaker::default(), "hello"), "hello");
    }
}
