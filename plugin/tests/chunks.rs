//! Where long texts are cut.

use openclaw_mattermost::config::ChunkMode;
use openclaw_mattermost::text::split;

#[track_caller]
fn parts(text: &str, limit: usize, expected: &[&str]) {
    assert_eq!(split(text, limit, ChunkMode::Length), expected);
}

#[test]
fn a_text_that_fits_stays_as_it_is() {
    parts("", 5, &[""]);
    parts("*  \n\n[x]: /y\n", 40, &["*  \n\n[x]: /y\n"]);
}

#[test]
fn a_text_is_cut_at_a_line_else_a_sentence_else_a_space() {
    let text = "The first line is this one.\nThe second one. It has two sentences.";
    parts(text, 40, &["The first line is this one.", "The second one. It has two sentences."]);
    let text = "One sentence is this one here. Another one, which is longer, follows it.";
    parts(text, 45, &["One sentence is this one here.", "Another one, which is longer, follows it."]);
    parts(&"word ".repeat(9), 40, &["word word word word word word word word", "word"]);
}

#[test]
fn a_tiny_limit_makes_progress() {
    parts("ab```c", 2, &["ab", "``", "`c"]);
    parts("e\u{301}e\u{301}", 3, &["e\u{301}", "e\u{301}"]);
    parts("👍🏽", 1, &["👍", "🏽"]);
}

#[test]
fn a_fence_is_closed_and_opened_again() {
    let text = "```rust\nlet a = 1;\nlet b = 2;\nlet c = 3;\nlet d = 4;\n```";
    parts(text, 40, &["```rust\nlet a = 1;\nlet b = 2;\n```", "```rust\nlet c = 3;\nlet d = 4;\n```"]);
}

#[test]
fn what_is_marked_up_stays_whole_or_goes_on() {
    let text = "Some words in front of [a link with a text](https://example.org/a) behind";
    parts(text, 45, &["Some words in front of", "[a link with a text](https://example.org/a)", "behind"]);
    parts(
        "**bold words that go on for longer than a post may be**",
        40,
        &["**bold words that go on for longer**", "**than a post may be**"],
    );
}

#[test]
fn quotations_and_items_keep_their_marks() {
    let text = "> quoted words that go on for longer than a post\n> may be";
    parts(text, 40, &["> quoted words that go on for longer", "> than a post\n> may be"]);
    let text = "1. the first item of the list is here\n2. the second item of the list is here\n3. end";
    parts(
        text,
        60,
        &["1. the first item of the list is here", "2. the second item of the list is here\n3. end"],
    );
}

#[test]
fn a_part_that_would_begin_a_block_does_not() {
    let text = "aaaa bbbb cccc dddd eeee ffff gggg hhhhh - iiii jjjj kkkk";
    let parts = split(text, 40, ChunkMode::Length);
    assert!(parts.iter().all(|part| !part.starts_with("- ")), "{parts:?}");
}

#[test]
fn an_address_that_stands_elsewhere_goes_along() {
    let text = format!("[one][x] {}\n\n[x]: https://example.org/x", "word ".repeat(10));
    assert!(split(&text, 60, ChunkMode::Length)[0].starts_with("[one](https://example.org/x) word"));
}
