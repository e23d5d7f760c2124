//! The access token, kept out of every log.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// What stands in place of a secret in any text that leaves this crate.
const REDACTED: &str = "[redacted]";

/// A bot's or a person's access token.
///
/// `Debug` never shows the text and there is no `Display`; the only way to it is [`Token::expose`].
/// Cloning is cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Arc<str>);

impl Token {
    /// Takes a token as it was configured: surrounding white space is removed.
    ///
    /// # Errors
    ///
    /// [`TokenError`] when nothing is left, or when a character could not be sent in an HTTP header.
    pub fn new(text: impl AsRef<str>) -> Result<Self, TokenError> {
        let text = text.as_ref().trim();
        if text.is_empty() {
            return Err(TokenError::Empty);
        }
        match text.chars().position(|c| !c.is_ascii_graphic()) {
            Some(position) => Err(TokenError::InvalidCharacter { position: position + 1 }),
            None => Ok(Self(Arc::from(text))),
        }
    }

    /// The token itself, for the header that carries it or a key derived from it. Do not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `text` without this token and without the value of any `Bearer` authorization, for text of a server
    /// that may echo what it was sent.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        redact_bearer(&text.replace(&*self.0, REDACTED))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([redacted])")
    }
}

/// Why a text is not a token. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The text is blank.
    #[error("the access token is empty")]
    Empty,
    /// A character that no token has: a control character, a space in the middle, or not ASCII.
    #[error(
        "character {position} of the access token is a space, a control or a non-ASCII character: \
         copy the token again, without quotes or line breaks"
    )]
    InvalidCharacter {
        /// Counted in characters from 1, after trimming.
        position: usize,
    },
}

/// Blanks the word after each `Bearer `, however it is capitalised.
fn redact_bearer(text: &str) -> String {
    const SCHEME: &str = "bearer ";
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(found) = lower.get(done..).and_then(|rest| rest.find(SCHEME)) {
        let start = done + found + SCHEME.len();
        let value = text.get(start..).unwrap_or_default();
        let length = value
            .find(|c: char| !c.is_ascii_graphic() || matches!(c, '"' | '\'' | '<' | ','))
            .unwrap_or(value.len());
        out.push_str(text.get(done..start).unwrap_or_default());
        if length > 0 {
            out.push_str(REDACTED);
        }
        done = start + length;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}
