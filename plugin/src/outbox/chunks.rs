//! Texts that are longer than a post may be.

/// Characters that a post may have; servers count code points.
const LIMIT: usize = 16_383;

/// Cut a text into pieces that a server takes, at a blank line, a line's end or a space where there is one in the
/// last third, and never inside a character.
#[must_use]
pub fn split(text: &str) -> Vec<String> {
    split_at(text, LIMIT)
}

fn split_at(text: &str, limit: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((end, _)) = rest.char_indices().nth(limit) {
        let window = rest.get(..end).unwrap_or(rest);
        let floor = window.char_indices().nth(limit * 2 / 3).map_or(0, |(at, _)| at);
        let cut = ["\n\n", "\n", " "]
            .iter()
            .find_map(|mark| window.rfind(mark).filter(|at| *at >= floor && *at > 0))
            .unwrap_or(end);
        let (piece, behind) = rest.split_at(cut);
        pieces.push(piece.to_owned());
        rest = behind.trim_start_matches(['\n', ' ']);
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(rest.to_owned());
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::split_at;

    #[test]
    fn a_short_text_is_one_piece() {
        assert_eq!(split_at("hello", 5), ["hello"]);
        assert_eq!(split_at("", 5), [""]);
    }

    #[test]
    fn a_long_text_is_cut_where_a_reader_would_pause() {
        assert_eq!(split_at("one two three", 9), ["one two", "three"]);
        assert_eq!(split_at("aaaa\nbbbb cccc", 12), ["aaaa\nbbbb", "cccc"]);
    }

    #[test]
    fn a_text_without_pauses_is_cut_between_characters() {
        let pieces = split_at(&"ü".repeat(10), 4);
        assert_eq!(pieces.iter().map(|piece| piece.chars().count()).collect::<Vec<_>>(), [4, 4, 2]);
    }
}
