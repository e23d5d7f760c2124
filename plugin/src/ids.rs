//! Mattermost's ids.

/// Ids are 26 lower-case letters and digits.
#[must_use]
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}
