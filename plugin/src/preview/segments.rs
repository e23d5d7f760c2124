//! What of a text was posted already.

/// The text without the parts that were posted before it, when it begins with them or with the last of them: each must
/// be followed by a line break or the end. Otherwise the whole text: it goes on after them.
#[must_use]
pub fn without<'a>(text: &'a str, posted: &[&str]) -> &'a str {
    (0..posted.len())
        .find_map(|first| {
            posted.get(first..)?.iter().try_fold(text, |rest, part| {
                let rest = rest.trim_start_matches(['\n', '\r']).strip_prefix(part.trim())?;
                let rest = rest.trim_start_matches([' ', '\t', '\r']);
                (rest.is_empty() || rest.starts_with('\n')).then_some(rest)
            })
        })
        .map_or(text, |rest| rest.trim_start_matches(['\n', '\r']))
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn what_was_posted_is_taken_off_at_the_beginning_only() {
        assert_eq!(without("one\n\ntwo\nthree", &["one", "two"]), "three");
        assert_eq!(without("two\nthree", &["one", "two"]), "three");
        assert_eq!(without("one\ntwo", &["one", "two"]), "");
        assert_eq!(without("oneself", &["one"]), "oneself");
        assert_eq!(without("three", &["one", "two"]), "three");
        assert_eq!(without("three", &[]), "three");
        assert_eq!(without("one\n    code", &["one"]), "    code");
    }
}
