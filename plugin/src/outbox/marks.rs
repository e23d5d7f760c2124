//! What marks a post as part of a delivery: for the server, for a while, and for us, for ever.

use hmac::{Hmac, KeyInit, Mac};
use mattermost_client::Token;
use mattermost_client::model::{Post, Props};
use sha2::Sha256;
use std::fmt;

/// The property of a post that carries the mark.
const PROP: &str = "openclaw_delivery";
/// Events that one mark names at most.
const MOST_EVENTS: usize = 32;

/// Makes and reads marks. They are keyed hashes: nobody else can make one, and they tell a reader nothing.
///
/// - The `pending_post_id`: for about 30 seconds a server answers a second post with the same id by the first one, so
///   that a repeated request makes no second post. The server's memory is shared by all users: whoever could guess the
///   id could take the place of our post.
/// - The property: stays with the post, so that what was sent before a crash, or long ago, is found again.
#[derive(Clone)]
pub struct Marks {
    key: [u8; 32],
}

/// The mark of a post of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The delivery that it is part of.
    pub delivery: String,
    /// Which part, from 0.
    pub part: usize,
    /// How many parts there are.
    pub parts: usize,
    /// The posts that the delivery answers.
    pub answers: Vec<String>,
}

impl Marks {
    /// Marks under a key that outlives the process.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// Marks of a process that keeps nothing: the key is made from the token.
    #[must_use]
    pub fn of_token(token: &Token) -> Self {
        Self { key: mac(b"openclaw-mattermost-pending-post", token.expose().as_bytes()) }
    }

    fn hash<const N: usize>(&self, purpose: &str, parts: &[&str]) -> String {
        let mut text = purpose.to_owned();
        for part in parts {
            // Lengths keep ("a", "bc") and ("ab", "c") apart.
            text.push_str(&format!("\n{}:{part}", part.len()));
        }
        hex(mac(&self.key, text.as_bytes()).get(..N).unwrap_or_default())
    }

    /// The `pending_post_id` of one part of a delivery.
    #[must_use]
    pub fn pending_post_id(&self, account_id: &str, delivery_id: &str, part: usize) -> String {
        self.hash::<16>("pending", &[account_id, delivery_id, &part.to_string()])
    }

    /// What a mark calls a delivery.
    #[must_use]
    pub fn delivery(&self, account_id: &str, delivery_id: &str) -> String {
        self.hash::<16>("delivery", &[account_id, delivery_id])
    }

    /// What a mark calls a post that is answered.
    #[must_use]
    pub fn answer(&self, account_id: &str, post_id: &str) -> String {
        self.hash::<8>("answer", &[account_id, post_id])
    }

    /// The properties of one part of a delivery that answers these posts.
    #[must_use]
    pub fn props(
        &self,
        account_id: &str,
        delivery_id: &str,
        (part, parts): (usize, usize),
        answers: &[String],
    ) -> Props {
        let answers: Vec<String> =
            answers.iter().rev().take(MOST_EVENTS).map(|id| self.answer(account_id, id)).collect();
        let delivery = self.delivery(account_id, delivery_id);
        let mark = format!("1.{delivery}.{part}.{parts}.{}", answers.join("-"));
        Props::from_iter([(PROP.to_owned(), mark.into())])
    }
}

impl Mark {
    /// The mark of a post, if it has one.
    #[must_use]
    pub fn of(post: &Post) -> Option<Self> {
        if cfg!(feature = "mutate-lookup") {
            return None;
        }
        let mut fields = post.props.get(PROP)?.as_str()?.split('.');
        let version = fields.next()?;
        let mark = Self {
            delivery: fields.next()?.to_owned(),
            part: fields.next()?.parse().ok()?,
            parts: fields.next()?.parse().ok()?,
            answers: fields.next()?.split('-').filter(|hash| !hash.is_empty()).map(str::to_owned).collect(),
        };
        (version == "1" && mark.part < mark.parts).then_some(mark)
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Marks(..)")
    }
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length.
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .unwrap_or_else(|_| <Hmac<Sha256> as KeyInit>::new(&Default::default()));
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Mark, Marks};
    use mattermost_client::Token;
    use mattermost_client::model::Post;

    #[test]
    fn the_same_part_of_the_same_delivery_has_the_same_id_and_nothing_else_has() {
        let marks = |token: &str| Marks::of_token(&Token::new(token).unwrap());
        let (ours, theirs) = (marks("token-one"), marks("token-two"));
        let id = ours.pending_post_id("a", "turn-1", 0);
        assert_eq!(id, ours.pending_post_id("a", "turn-1", 0));
        assert_eq!(id.len(), 32);
        assert_ne!(id, ours.pending_post_id("a", "turn-1", 1));
        assert_ne!(id, ours.pending_post_id("a", "turn-2", 0));
        assert_ne!(id, ours.pending_post_id("b", "turn-1", 0));
        assert_ne!(id, theirs.pending_post_id("a", "turn-1", 0));
    }

    #[test]
    #[cfg_attr(feature = "mutate-lookup", ignore)]
    fn a_mark_is_read_as_it_was_written_and_nothing_else_is() {
        let marks = Marks::new([7; 32]);
        let post = |props| Post { props, ..Post::default() };
        let answers = ["p1".to_owned(), "p2".to_owned()];
        let mark = Mark::of(&post(marks.props("a", "d", (1, 3), &answers))).unwrap();
        assert_eq!((mark.part, mark.parts), (1, 3));
        assert_eq!(mark.delivery, marks.delivery("a", "d"));
        assert_eq!(mark.answers, [marks.answer("a", "p2"), marks.answer("a", "p1")]);
        assert_eq!(Mark::of(&post(marks.props("a", "d", (0, 1), &[]))).unwrap().answers, [""; 0]);
        for strange in ["", "1.x.0", "2.x.0.1.", "1.x.1.1.", "1.x.-1.1."] {
            let props =
                mattermost_client::model::Props::from_iter([(super::PROP.to_owned(), strange.into())]);
            assert_eq!(Mark::of(&post(props)), None, "{strange}");
        }
    }
}
