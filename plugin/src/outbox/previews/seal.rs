//! The preview becomes the answer, where nothing speaks against that.

use super::super::retry::Retry;
use super::draft::Ended;
use crate::brake::Brake;
use host_sdk::protocol::{Error, Outbound};
use mattermost_client::model::{Post, Props};
use mattermost_client::{Client, PostPatch};
use std::collections::HashSet;

/// The preview of an answer on its way.
#[derive(Debug, Default)]
pub(in super::super) struct Preview {
    ended: Option<Ended>,
    became: bool,
}

impl Preview {
    /// A preview that ended like this.
    pub(in super::super) fn of(ended: Ended) -> Self {
        Self { ended: Some(ended), became: false }
    }

    /// What was sent with another token, or to another address, may still change it.
    pub(in super::super) fn distrust(&mut self) {
        if let Some(Ended::Posted { post, .. }) = &self.ended {
            let (channel_id, post_id) = (Some(post.channel_id.clone()), Some(post.id.clone()));
            self.ended = Some(Ended::Doubtful { channel_id, post_id });
        }
    }

    /// The post that may become the first post of an answer.
    pub(in super::super) fn fits(&self, answer: &Answer<'_>) -> Option<Post> {
        self.ended.as_ref().and_then(|ended| answer.fits(ended)).cloned()
    }

    /// It became the answer: it must not be removed.
    pub(in super::super) fn became(&mut self) {
        self.became = true;
    }

    /// It became the answer.
    pub(in super::super) fn became_the_answer(&self) -> bool {
        self.became
    }

    /// How it ended.
    pub(in super::super) fn into_ended(self) -> Ended {
        self.ended.unwrap_or(Ended::Absent)
    }
}

/// The answer, as far as it decides about its preview.
pub(in super::super) struct Answer<'a> {
    /// What the host sent.
    pub message: &'a Outbound,
    /// The text of its first post.
    pub first: &'a str,
    /// Its posts.
    pub parts: usize,
    /// Where it goes.
    pub channel_id: &'a str,
    /// The thread that it goes to.
    pub root_id: &'a str,
    /// Only one person reads it.
    pub direct: bool,
}

impl Answer<'_> {
    /// The post that may become the first post of this answer.
    pub(in super::super) fn fits<'a>(&self, preview: &'a Ended) -> Option<&'a Post> {
        let Ended::Posted { post, first } = preview else { return None };
        let message = self.message;
        let plain = message.media.is_empty()
            && !message.failure
            && message.buttons.is_none()
            && message.presentation.is_none();
        let here = post.channel_id == self.channel_id && post.root_id == self.root_id;
        // Who has read more than the answer says would see it shrink. A preview that ends in an ellipsis was cut.
        let shrinks =
            self.parts == 1 && post.message.len() > self.first.len() && post.message.starts_with(self.first);
        // An edit wakes nobody.
        let wakes = !self.direct && !names(self.first).is_subset(&names(first));
        (plain && here && !shrinks && !wakes && !self.first.trim().is_empty()).then_some(post)
    }
}

/// Make a post say this, and carry these properties besides those that it has. `None`: the server does not let it be
/// changed, because it was deleted, or may not be edited any more.
///
/// # Errors
/// As [`Retry::after`]. It may be said already.
pub(in super::super) async fn seal(
    client: &Client,
    brake: &Brake,
    retry: &mut Retry<'_>,
    post: &Post,
    (text, parts): (&str, usize),
    props: Props,
) -> Result<Option<Post>, Error> {
    // What is said already only gets its mark, which no reader sees. Without it the post would still be a preview to
    // everybody who has lost the journal, or has an older one: it would be removed.
    let said = post.message == text;
    let mut all = post.props.clone();
    all.extend(props);
    let message = (!said).then(|| text.to_owned());
    let patch = PostPatch { message, props: Some(all), ..PostPatch::default() };
    loop {
        brake.ready().await;
        let error = match client.patch_post(&post.id, &patch).await {
            Ok(post) => return Ok(Some(post)),
            Err(error) => error,
        };
        brake.heed(&error);
        if error.is_refusal() && !matches!(error.status(), Some(401 | 429)) {
            if said && parts == 1 && !error.is_not_found() {
                // It stands there, although it may not be marked any more.
                return Ok(Some(post.clone()));
            }
            tracing::debug!("preview final edit failed, the answer is posted anew: {error}");
            return Ok(None);
        }
        retry.after(&error).await?;
    }
}

/// The names that a text calls.
fn names(text: &str) -> HashSet<&str> {
    let mut before = ' ';
    let mut names = HashSet::new();
    for (at, character) in text.char_indices() {
        if character == '@' && !before.is_alphanumeric() {
            let rest = text.get(at + 1..).unwrap_or_default();
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
            let name = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            let name = name.trim_end_matches(['.', '-', '_']);
            if !name.is_empty() {
                names.insert(name);
            }
        }
        before = character;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{Answer, Ended, names};
    use host_sdk::protocol::Outbound;
    use mattermost_client::model::Post;

    fn fits(shown: &str, first: &str, message: &Outbound, text: &str) -> bool {
        let post = Post { channel_id: "c".to_owned(), message: shown.to_owned(), ..Post::default() };
        let preview = Ended::Posted { post: Box::new(post), first: first.to_owned() };
        let answer = Answer { message, first: text, parts: 1, channel_id: "c", root_id: "", direct: false };
        answer.fits(&preview).is_some()
    }

    #[test]
    fn a_preview_becomes_the_answer_unless_something_would_be_lost() {
        let plain = Outbound::default();
        assert!(fits("Hel", "Hel", &plain, "Hello"));
        assert!(fits("Thinking…", "Thinking…", &plain, "Hello"));
        assert!(!fits("Hello, and more", "Hel", &plain, "Hello"), "it would shrink");
        assert!(!fits("Hel", "Hel", &plain, "Hello @alice"), "an edit wakes nobody");
        assert!(fits("Hello @alice", "Hello @alice", &plain, "Hello @alice!"));
        assert!(!fits("Hel", "Hel", &Outbound { failure: true, ..Outbound::default() }, "Hello"));
        let media = Outbound { media: vec!["file".to_owned()], ..Outbound::default() };
        assert!(!fits("Hel", "Hel", &media, "Hello"));
        let elsewhere = Ended::Posted {
            post: Box::new(Post { channel_id: "d".to_owned(), ..Post::default() }),
            first: String::new(),
        };
        let answer =
            Answer { message: &plain, first: "x", parts: 1, channel_id: "c", root_id: "", direct: true };
        assert!(answer.fits(&elsewhere).is_none());
        assert!(answer.fits(&Ended::Absent).is_none());
    }

    #[test]
    fn names_are_words_after_an_at_sign() {
        let found = names("hi @alice, @bob.smith. mail a@b.example @ @-");
        assert_eq!(found, std::collections::HashSet::from(["alice", "bob.smith"]));
    }
}
