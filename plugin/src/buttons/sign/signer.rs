//! Makes and checks the signature of a button's context.

use super::candidates::{few, styles};
use super::canonical::OURS;
use crate::buttons::keys::TOKEN;
use hmac::{Hmac, KeyInit, Mac};
use mattermost_client::Token;
use serde_json::{Map, Value};
use sha2::Sha256;
use std::fmt;
use thiserror::Error;

/// What the secret of an account is made with. OpenClaw's own word.
const PURPOSE: &[u8] = b"openclaw-mattermost-interactions";
/// Ways of writing a context that are tried at most.
const MOST_CANDIDATES: usize = 256;
/// Bytes that are hashed for one click at most, after the first candidate: nobody who cannot sign makes us work.
const MOST_BYTES: usize = 512 * 1024;
/// Bytes of a context that is tried in more than a few ways. The plugin's own are no longer.
const VARIED: usize = 6 * 1024;
/// Bytes that a context may have. A click is refused before it has as many.
const LONGEST: usize = 128 * 1024;

/// Signs the contexts of one account's buttons.
///
/// The rules are those of OpenClaw's page on Mattermost, "HMAC token generation": the secret is the hexadecimal
/// HMAC-SHA256 of the bot's token under a fixed key, and the signature the hexadecimal HMAC-SHA256, under the
/// hexadecimal digits of the secret, of the context without `_token` as compact JSON with sorted keys.
#[derive(Clone)]
pub struct Signer {
    mac: Hmac<Sha256>,
}

/// Why a context is not one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotSigned {
    /// It has no `_token`, or one that is no text.
    #[error("missing _token in context")]
    Missing,
    /// Its `_token` is not the signature of the rest.
    #[error("invalid _token")]
    Invalid,
}

impl Signer {
    /// The signer of the account that has this token.
    #[must_use]
    pub fn of_token(token: &Token) -> Self {
        let mut secret = keyed(PURPOSE);
        secret.update(token.expose().as_bytes());
        Self { mac: keyed(hex(&secret.finalize().into_bytes()).as_bytes()) }
    }

    /// The signature of a context, 64 hexadecimal digits. A `_token` in it does not count.
    ///
    /// Numbers are signed as the server will give them back: whole numbers beyond 2^53 lose their last digits there.
    #[must_use]
    pub fn sign(&self, context: &Map<String, Value>) -> String {
        let mut text = String::new();
        OURS.write(context, &mut text);
        hex(&self.over(&text).finalize().into_bytes())
    }

    /// Check the signature of a context that came back from the server.
    ///
    /// It is taken when it was made over the context in any of the ways in which the documented recipe can be followed:
    /// keys sorted by locale, by code point or by UTF-16 unit, numeric ones first or not; strings escaped as JavaScript,
    /// Python (with and without `ensure_ascii`) or Go do; numbers as these write them. What the server has changed, a
    /// whole number beyond 2^53 that it rounded, cannot be found again.
    ///
    /// At most 256 ways are tried. Of a context of more than 6 KiB it is our own and the documented order, its strings
    /// escaped in each way.
    ///
    /// # Errors
    /// Why it is not signed. How long the answer takes tells nothing of the right signature.
    pub fn verify(&self, context: &Map<String, Value>) -> Result<(), NotSigned> {
        let token = context.get(TOKEN).and_then(Value::as_str).ok_or(NotSigned::Missing)?;
        let token = unhex(token).ok_or(NotSigned::Invalid)?;
        let mut text = String::new();
        OURS.write(context, &mut text);
        if text.len() > LONGEST {
            return Err(NotSigned::Invalid);
        }
        if self.is(&text, &token) {
            return Ok(());
        }
        let mut hashed = 0;
        let styles = match text.len() {
            0..=VARIED => styles(context, MOST_CANDIDATES),
            _ => few(context),
        };
        for style in styles.into_iter().filter(|style| *style != OURS) {
            text.clear();
            style.write(context, &mut text);
            hashed += text.len();
            if hashed > MOST_BYTES {
                break;
            }
            if self.is(&text, &token) {
                return Ok(());
            }
        }
        Err(NotSigned::Invalid)
    }

    fn over(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(text.as_bytes());
        mac
    }

    fn is(&self, text: &str, token: &[u8]) -> bool {
        // Compares in constant time.
        self.over(text).verify_slice(token).is_ok()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(..)")
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    // HMAC takes keys of any length.
    <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .unwrap_or_else(|_| <Hmac<Sha256> as KeyInit>::new(&Default::default()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    if text.len() != 64 {
        return None;
    }
    pairs.map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "tests read better")]
mod tests {
    use super::super::canonical::{OURS, Strings, Style};
    use super::super::order::{ORDERS, RECIPE};
    use super::{NotSigned, Signer};
    use hmac::Mac as _;
    use mattermost_client::Token;
    use serde_json::{Map, Value, json};

    fn signer() -> Signer {
        Signer::of_token(&Token::new("test-bot-token").unwrap())
    }

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    /// Computed with Node, as the official plugin computes them.
    // covers: B11
    #[test]
    fn known_contexts_have_the_known_signatures() {
        for (context, token) in [
            (
                json!({"action":"approve","action_id":"mybutton01"}),
                "0acfa571485b629a77b08e8c73cf4ef10551f7b6d54d0a689230a2cb3c6006dc",
            ),
            (
                json!({"__openclaw_channel_id":"cccccccccccccccccccccccccc","action_id":"yes","callback_data":"yes"}),
                "792ceaef584b4490e849cd8057b924e85a972fb1b31061d109b6fa1ad4bc1e38",
            ),
            (
                json!({"action_id":"n","payload":{"meta":{"page":2,"provider":"openai"},"model":"gpt-5"}}),
                "1a5f4dbc7fc4c4318ba9a9af73cff211764a7294f33a3c9f8e00a9005c6b7fcf",
            ),
            (
                json!({"__openclaw_channel_id":"x","action_id":"question0","oc_question":true,"option_index":0,
                       "question_id":"q1"}),
                "e33a5d32a9b48db54acff609a30b567e1d58f3a6632b6903c7e5487b3832c94f",
            ),
            (
                json!({"9":6,"10":5,"a_b":3,"aB":4,"b":1,"B":2}),
                "7e43b9f9765ab235d4f967b199872b0248e5926fe133ada167b0e31de2125175",
            ),
        ] {
            let mut context = map(context);
            assert_eq!(signer().sign(&context), token);
            context.insert("_token".to_owned(), token.into());
            assert_eq!(signer().sign(&context), token, "the signature signs what is beside it");
            assert_eq!(signer().verify(&context), Ok(()));
        }
    }

    #[test]
    fn what_is_no_signature_is_told_apart_from_a_wrong_one() {
        for token in [json!(null), json!(7), json!(["x"]), json!({})] {
            assert_eq!(signer().verify(&map(json!({"a": 1, "_token": token}))), Err(NotSigned::Missing));
        }
        assert_eq!(signer().verify(&Map::new()), Err(NotSigned::Missing));
        let ours = signer().sign(&map(json!({"a": 1})));
        for token in ["", "abc", &ours[1..], &format!("{ours}0"), &"é".repeat(32), &"0".repeat(64)] {
            assert_eq!(signer().verify(&map(json!({"a": 1, "_token": token}))), Err(NotSigned::Invalid));
        }
        assert_eq!(format!("{:?}", signer()), "Signer(..)");
    }

    #[test]
    fn of_a_long_context_only_the_documented_ways_are_tried() {
        let context = map(json!({"B": 1, "a": "é<".repeat(3_000), "\u{ff5e}": 1, "\u{1f600}": 2}));
        let recipe = Style { order: RECIPE, ..OURS };
        let taken = [
            OURS,
            recipe,
            Style { strings: Strings::Ascii, ..recipe },
            Style { strings: Strings::Html, ..recipe },
        ];
        let others = [Style { strings: Strings::Ascii, ..OURS }, Style { order: ORDERS[3], ..OURS }];
        for style in taken.into_iter().chain(others) {
            let mut text = String::new();
            style.write(&context, &mut text);
            assert!(text.len() > super::VARIED);
            let token = super::hex(&signer().over(&text).finalize().into_bytes());
            let mut signed = context.clone();
            signed.insert("_token".to_owned(), token.into());
            assert_eq!(signer().verify(&signed).is_ok(), taken.contains(&style), "{style:?}");
        }
    }

    #[test]
    fn a_context_of_any_depth_is_signed_and_checked() {
        let mut deep = json!(1);
        for _ in 0..100_000 {
            deep = Value::Array(vec![deep]);
        }
        let mut context = Map::from_iter([("a".to_owned(), deep)]);
        let token = signer().sign(&context);
        context.insert("_token".to_owned(), token.into());
        assert_eq!(signer().verify(&context), Err(NotSigned::Invalid), "it is too long to be a button's");
        // The value itself cannot be dropped on a small stack.
        std::mem::forget(context);
    }
}
