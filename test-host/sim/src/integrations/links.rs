//! Links and names in the way of Slack, which answers of integrations may have.

use crate::{ids::Id, state::World};

/// `<url|text>` as Markdown.
pub(super) fn to_markdown(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        made.push_str(before);
        let link = from[1..].find(['|', '<']).and_then(|bar| {
            let (url, after) = from[1..].split_at(bar);
            let words = after.strip_prefix('|')?;
            let end = words.find('>')?;
            (!url.is_empty() && end > 0).then(|| (url, &words[..end], &words[end + 1..]))
        });
        match link {
            Some((url, words, after)) => {
                made.extend(["[", words, "](", url, ")"]);
                rest = after;
            }
            None => {
                made.push('<');
                rest = &from[1..];
            }
        }
    }
    made.push_str(rest);
    made
}

/// Announcements (`<!here>`) and users (`<@id>`) as Mattermost writes them.
pub(super) fn named(world: &World, text: &str) -> String {
    let mut made = text.to_owned();
    for name in ["channel", "here", "all"] {
        made = made.replace(&format!("<!{name}>"), &format!("@{name}"));
    }
    let mut at = 0;
    while let Some(found) = made[at..].find("<@") {
        let from = at + found;
        let id = made[from + 2..].find('>').map(|end| made[from + 2..from + 2 + end].to_owned());
        let user = id.as_deref().and_then(Id::parse).and_then(|id| world.users.get(&id));
        match (id, user) {
            (Some(id), Some(user)) => {
                let name = format!("@{}", user.username);
                made.replace_range(from..=from + 2 + id.len(), &name);
                at = from + name.len();
            }
            _ => at = from + 2,
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_markdown_and_other_brackets_stay() {
        let cases = [
            ("see <https://a.example|the page> now", "see [the page](https://a.example) now"),
            ("<https://a.example>", "<https://a.example>"),
            ("1 < 2 | 3 > 2", "1 [ 3 ]( 2 ) 2"),
            ("<<a|b>", "<[b](a)"),
            ("<a|>", "<a|>"),
            ("a < b", "a < b"),
        ];
        for (text, made) in cases {
            assert_eq!(to_markdown(text), made, "{text}");
        }
    }
}
