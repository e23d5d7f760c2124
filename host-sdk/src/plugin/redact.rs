//! Secrets leave no trace in what the host is told.

use std::borrow::Cow;
use std::sync::{Arc, RwLock};

/// A list of secrets that are cut out of every log record, error and event text of an instance.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Arc<RwLock<Vec<String>>>,
}

impl Redactor {
    /// Texts shorter than this are not treated as secrets: they would shred ordinary words.
    const SHORTEST: usize = 8;

    /// Remember a secret.
    pub fn add(&self, secret: &str) {
        let secret = secret.trim();
        if secret.len() < Self::SHORTEST {
            return;
        }
        let mut secrets = self.secrets.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !secrets.iter().any(|known| known == secret) {
            secrets.push(secret.to_owned());
            // A secret that contains another must go first.
            secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    /// The text with every known secret replaced.
    #[must_use]
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let secrets = self.secrets.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut clean = Cow::Borrowed(text);
        for secret in secrets.iter() {
            if clean.contains(secret.as_str()) {
                clean = Cow::Owned(clean.replace(secret.as_str(), "[secret]"));
            }
        }
        clean
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}
