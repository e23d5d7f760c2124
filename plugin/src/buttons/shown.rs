//! What somebody wrote, fit for an error or a log.

/// Characters that are shown of it.
const SHOWN: usize = 200;

/// One line of bounded length.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
