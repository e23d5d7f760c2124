//! Whatever Markdown an agent writes: its posts are small enough, and together they read like the text.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod chunks_support;

use chunks_support::{bare, closed, ends, letters, markdown, ordinary, shown, styled};
use openclaw_mattermost::config::ChunkMode;
use openclaw_mattermost::text::{preview, split};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use unicode_segmentation::UnicodeSegmentation as _;

/// Seeds that failed once are tried first.
const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proptest-regressions/chunks_model.txt");

/// Other texts in every run. `PROPTEST_CASES=50000` looks further.
fn config() -> ProptestConfig {
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(SEEDS)) as _);
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { failure_persistence, cases: cases.unwrap_or(400), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_posts_of_a_text_read_like_the_text(text in markdown(), limit in 40..400_usize, newline in any::<bool>()) {
        let mode = if newline { ChunkMode::Newline } else { ChunkMode::Length };
        let chunks = split(&text, limit, mode);
        for chunk in &chunks {
            prop_assert!(chunk.chars().count() <= limit, "{} > {limit}: {chunk}", chunk.chars().count());
            prop_assert!(!chunk.trim().is_empty() || chunks.len() == 1);
            prop_assert!(chunks.len() == 1 || closed(chunk), "open: {chunk}");
        }
        let shown = shown(&text);
        let (whole, letters) = (bare(&shown), letters(&shown));
        let ends = ends(&chunks, &whole);
        prop_assert!(ends.last().is_some_and(|ends| ends.contains(&whole.len())), "{whole}\n{chunks:#?}");
        prop_assert!(ends.iter().all(|ends| !ends.is_disjoint(&letters)), "{chunks:#?}");
        prop_assert_eq!(split(&text, limit, mode), chunks);
    }

    #[test]
    fn what_is_marked_up_stays_marked_up(text in ordinary(), limit in 200..600_usize, newline in any::<bool>()) {
        let mode = if newline { ChunkMode::Newline } else { ChunkMode::Length };
        let chunks = split(&text, limit, mode);
        let parts: Vec<_> = chunks.iter().flat_map(|chunk| styled(chunk)).collect();
        prop_assert_eq!(parts, styled(&text), "{:#?}", chunks);
    }

    #[test]
    fn a_preview_is_the_beginning(text in markdown(), most in 2..300_usize) {
        let shown = preview(&text, most);
        prop_assert!(shown.chars().count() <= most);
        if let Some((head, close)) = shown.rsplit_once('…').filter(|_| text.chars().count() > most) {
            prop_assert!(text.starts_with(head));
            prop_assert!(close.trim_start_matches('\n').chars().all(|c| c == '`' || c == '~'));
            let mut places = text.grapheme_indices(true).map(|(at, _)| at);
            prop_assert!(places.any(|at| at == head.len()) || text.graphemes(true).next().is_some_and(|letter| letter.chars().count() >= most));
        }
    }

    #[test]
    fn any_text_is_cut_within_any_limit(text in "\\PC{0,300}", limit in 1..60_usize) {
        let chunks = split(&text, limit, ChunkMode::Length);
        prop_assert!(chunks.iter().all(|chunk| chunk.chars().count() <= limit));
        prop_assert!(chunks.len() <= 1 + text.chars().count());
    }
}

#[test]
fn pictures_in_a_list_in_a_quotation_read_as_they_were_written() {
    // Cut as it is written, it would read differently: a part of it is written with less markup.
    let text = "> - 👍🏽 👍🏽a👍🏽a👍🏽a [a 👍🏽 az\u{323}\u{307}aa](https://example.org/19)  \n>   ![az\u{323}\u{307}az\u{323}\u{307}a👨\u{200d}👩\u{200d}👧\u{200d}👦a aaa 👍🏽a👍🏽](https://example.org/i.png \"title\")\n\n\n> ![z\u{323}\u{307}👍🏽 aa aa aa👨\u{200d}👩\u{200d}👧\u{200d}👦aa👨\u{200d}👩\u{200d}👧\u{200d}👦aa](https://example.org/i.png \"title\") 👍🏽az\u{323}\u{307}a👍🏽 👍🏽 👍🏽 👍🏽👍🏽z\u{323}\u{307}aa a👍🏽aa  \n> + [x]:\\\n> \n> 👍🏽aaz\u{323}\u{307}👍🏽aa a aaz\u{323}\u{307}a👍🏽\n> \n> <div>\n> aa a aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n> </div>\n";
    let parts = split(text, 40, ChunkMode::Length);
    let read: String = parts.iter().map(|part| bare(&shown(part))).collect();
    assert_eq!(read, bare(&shown(text)));
    assert!(parts.iter().all(|part| part.chars().count() <= 40));
}
