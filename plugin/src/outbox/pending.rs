//! Ids by which a server recognises a repeated post.

use hmac::{Hmac, KeyInit, Mac};
use mattermost_client::Token;
use sha2::Sha256;
use std::fmt::Write as _;

/// Separates this use of the token from others.
const PURPOSE: &[u8] = b"openclaw-mattermost-pending-post";

/// The `pending_post_id` of one part of a delivery.
///
/// For about 30 seconds a server answers a second post with the same id by the first one, so that a repeated request
/// makes no second post. The server's memory is shared by all users: whoever knows the id could take the place of our
/// post, so it is a keyed hash that only the bot can compute.
#[must_use]
pub fn pending_post_id(token: &Token, delivery_id: &str, part: usize) -> String {
    let mac = |key: &[u8], message: &[u8]| {
        // HMAC takes keys of any length.
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap_or_else(|_| unreachable_key());
        mac.update(message);
        mac.finalize().into_bytes()
    };
    let key = mac(PURPOSE, token.expose().as_bytes());
    let digest = mac(&key, format!("{part}:{delivery_id}").as_bytes());
    digest.iter().take(16).fold(String::with_capacity(32), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn unreachable_key() -> Hmac<Sha256> {
    <Hmac<Sha256> as KeyInit>::new(&Default::default())
}

#[cfg(test)]
mod tests {
    use super::pending_post_id;
    use mattermost_client::Token;

    #[test]
    fn the_same_part_of_the_same_delivery_has_the_same_id_and_nothing_else_has() {
        let (ours, theirs) = (Token::new("token-one").unwrap(), Token::new("token-two").unwrap());
        let id = pending_post_id(&ours, "turn-1", 0);
        assert_eq!(id, pending_post_id(&ours, "turn-1", 0));
        assert_eq!(id.len(), 32);
        assert_ne!(id, pending_post_id(&ours, "turn-1", 1));
        assert_ne!(id, pending_post_id(&ours, "turn-2", 0));
        assert_ne!(id, pending_post_id(&theirs, "turn-1", 0));
    }
}
