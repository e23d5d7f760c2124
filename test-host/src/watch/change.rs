//! One thing that happened to a post.

use mattermost_client::model::Post;
use serde_json::{Value, json};
use std::time::Duration;

/// Characters of a text that are shown in its line: of a longer one its beginning, and more of what is new in it.
const BEGINNING: usize = 24;
const NEWS: usize = 48;

/// What happened to a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It was written.
    Posted,
    /// It changed.
    Edited,
    /// It was deleted.
    Deleted,
}

impl What {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
        }
    }
}

/// Something that happened to a post.
#[derive(Clone, Debug)]
pub struct Change {
    /// When, since whatever the watcher counts from.
    pub at: Duration,
    /// What.
    pub what: What,
    /// Whose post it is: `@name`, or the id while nothing was heard of the name.
    pub who: String,
    /// The post as it was then.
    pub post: Post,
    /// Its text before, if it was seen.
    pub before: Option<String>,
}

impl Change {
    /// One line for a person.
    pub fn line(&self) -> String {
        let seconds = format!("t+{:.2} s", self.at.as_secs_f64());
        let thread = if self.post.root_id.is_empty() { "" } else { "(in a thread) " };
        format!(
            "  {seconds:>10}  {:<8} {:<12} {thread}{}",
            self.what.word(),
            self.who,
            one_line(&self.post.message, self.before.as_deref().unwrap_or_default())
        )
        .trim_end()
        .to_owned()
    }

    /// The same for a program, with the whole text.
    pub fn json(&self) -> Value {
        json!({
            "at_ms": u64::try_from(self.at.as_millis()).unwrap_or(u64::MAX),
            "event": self.what.word(),
            "user": self.who.trim_start_matches('@'),
            "user_id": self.post.user_id,
            "post_id": self.post.id,
            "channel_id": self.post.channel_id,
            "root_id": self.post.root_id,
            "text": self.post.message,
        })
    }
}

/// A text in one line; what would move the cursor of a terminal is not shown. Of a long one what differs from `before` is
/// what counts.
fn one_line(text: &str, before: &str) -> String {
    let shown: Vec<char> = text
        .chars()
        .map(|c| match c {
            '\n' => '⏎',
            c if c.is_control() => '·',
            c => c,
        })
        .collect();
    if shown.len() <= BEGINNING + NEWS + 3 {
        return shown.into_iter().collect();
    }
    // What stands at the end as it did before is not new; without anything new the end is as good as another part.
    let same = text.chars().rev().zip(before.chars().rev()).take_while(|(new, old)| new == old).count();
    let end = if same >= shown.len() { shown.len() } else { (shown.len() - same).max(BEGINNING + NEWS) };
    let part = |from: usize, to: usize| shown.get(from..to).unwrap_or_default().iter().collect::<String>();
    let start = end - NEWS;
    let gap = if start > BEGINNING { " … " } else { "" };
    let rest = if end < shown.len() { " …" } else { "" };
    format!("{}{gap}{}{rest}", part(0, BEGINNING), part(start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(text: &str) -> Change {
        let post = Post { message: text.to_owned(), ..Post::default() };
        Change {
            at: Duration::from_millis(1_234),
            what: What::Edited,
            who: "@bot".to_owned(),
            post,
            before: None,
        }
    }

    #[test]
    fn a_line_has_time_event_author_and_text() {
        assert_eq!(change("one\ntwo\u{1b}[2J").line(), "    t+1.23 s  edited   @bot         one⏎two·[2J");
        assert_eq!(change("").line(), "    t+1.23 s  edited   @bot");
    }

    #[test]
    fn of_a_long_text_that_grows_before_its_end_the_new_part_is_shown() {
        let (old, new, end) = ("a".repeat(100), "news here", "z".repeat(60));
        let mut change = change(&format!("{old}{new}{end}"));
        change.before = Some(format!("{old}{end}"));
        assert!(
            change.line().ends_with("a … aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaanews here …"),
            "{}",
            change.line()
        );
        // New at its very beginning, and nothing new at all.
        change.before = Some(change.post.message.chars().skip(1).collect());
        assert!(change.line().contains(&"a".repeat(BEGINNING + NEWS)), "{}", change.line());
        change.before = Some(change.post.message.clone());
        assert!(change.line().ends_with("zzz"), "{}", change.line());
    }

    #[test]
    fn of_a_long_text_the_beginning_and_the_end_are_shown() {
        let text = format!("begin{}end", "é".repeat(500));
        let line = change(&text).line();
        assert!(line.contains("begin") && line.contains(" … ") && line.ends_with("end"), "{line}");
        assert!(line.chars().count() < 120, "{line}");
        assert_eq!(change(&text).json()["text"], text);
    }
}
