//! Mattermost's ids, and our own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Ids are 26 lower-case letters and digits.
#[must_use]
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// What clicks and slash commands are known by: a word, a dash, letters and digits.
#[must_use]
pub(crate) fn is_deed(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.len() <= 64 && text.split_once('-').is_some_and(|(kind, rest)| plain(kind) && plain(rest))
}

/// The post that something was done to, by what that is known by.
#[must_use]
pub(crate) fn post_of(known_by: &str) -> Option<&str> {
    let post_id = known_by.strip_prefix("click-").unwrap_or(known_by);
    is_id(post_id).then_some(post_id)
}

/// An id that nothing else of this process or another has.
pub(crate) fn fresh_id() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    format!("{}-{nanos}-{number}", std::process::id())
}
