//! One thing that happened to a post.

use mattermost_client::model::Post;
use serde_json::{Value, json};
use std::time::Duration;

/// Characters of a text that are shown in its line: of a longer one its beginning and, because a text that is written
/// bit by bit changes there, more of its end.
const BEGINNING: usize = 24;
const END: usize = 48;

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
            one_line(&self.post.message)
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

/// A text in one line; what would move the cursor of a terminal is not shown.
fn one_line(text: &str) -> String {
    let shown: Vec<char> = text
        .chars()
        .map(|c| match c {
            '\n' => '⏎',
            c if c.is_control() => '·',
            c => c,
        })
        .collect();
    if shown.len() <= BEGINNING + END + 3 {
        return shown.into_iter().collect();
    }
    let end: String = shown.iter().skip(shown.len() - END).collect();
    shown.iter().take(BEGINNING).chain(&[' ', '…', ' ']).collect::<String>() + &end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(text: &str) -> Change {
        let post = Post { message: text.to_owned(), ..Post::default() };
        Change { at: Duration::from_millis(1_234), what: What::Edited, who: "@bot".to_owned(), post }
    }

    #[test]
    fn a_line_has_time_event_author_and_text() {
        assert_eq!(change("one\ntwo\u{1b}[2J").line(), "    t+1.23 s  edited   @bot         one⏎two·[2J");
        assert_eq!(change("").line(), "    t+1.23 s  edited   @bot");
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
