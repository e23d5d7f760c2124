//! Texts that nobody writes by accident take no longer to cut than others.

use openclaw_mattermost::config::{ChunkMode, Tables};
use openclaw_mattermost::text::{convert, preview, split};
use std::time::{Duration, Instant};

/// Texts that are as long as they are asked to be, and hard to read.
type Text = (&'static str, fn(usize) -> String);
const HOSTILE: [Text; 24] = [
    ("backticks", |n| "`".repeat(n)),
    ("lines of backticks", |n| "`\n".repeat(n / 2)),
    ("one word", |n| "a".repeat(n)),
    ("one word of stars", |n| "*a".repeat(n / 2)),
    ("quotations", |n| format!("{}x", ">".repeat(n))),
    ("quotations and lines", |n| format!("{}x\n{}", ">".repeat(n / 4), "x\n".repeat(n / 4))),
    ("items", |n| "- ".repeat(n / 2)),
    ("items and lines", |n| format!("{}a\n{}", "- ".repeat(n / 4), "b\n".repeat(n / 4))),
    ("brackets", |n| "[".repeat(n)),
    ("links", |n| "[a](".repeat(n / 4)),
    ("emphasis", |n| "*a **b ".repeat(n / 7)),
    ("spaces", |n| format!("a{}b", " ".repeat(n))),
    ("marks", |n| format!("e{}", "\u{301}".repeat(n))),
    ("pipes", |n| format!("{}\n{}\n{}", "|a".repeat(100), "|-".repeat(100), "|b\n".repeat(n / 3))),
    ("a wide table", |n| format!("|{}\n|{}\n", "a|".repeat(n / 4), "-|".repeat(n / 4))),
    ("words", |n| "word ".repeat(n / 5)),
    ("code", |n| format!("```\n{}", "x".repeat(n))),
    ("fences", |n| "```\nx\n".repeat(n / 6)),
    ("comment", |n| format!("<!--\n{}", "x y\n".repeat(n / 4))),
    ("comments", |n| "<!-- a ".repeat(n / 7)),
    ("declarations", |n| "<![CDATA[".repeat(n / 9)),
    ("references", |n| format!("{}\n\n[a]: /x", "[a] ".repeat(n / 4))),
    ("many references", |n| (0..n / 20).map(|i| format!("[a{i}]: /x{i}\n[a{i}]\n\n")).collect()),
    ("pictures", |n| "![a](b \"t\") ".repeat(n / 12)),
];

#[test]
fn a_text_of_four_times_the_length_does_not_take_many_times_as_long() {
    let took = |text: &str, limit| {
        let began = Instant::now();
        for mode in [ChunkMode::Length, ChunkMode::Newline] {
            let chunks = split(text, limit, mode);
            assert!(chunks.iter().all(|chunk| chunk.chars().count() <= limit));
        }
        let _ = (convert(text, Tables::Code), preview(text, limit));
        began.elapsed()
    };
    for limit in [40, 4_000] {
        for (name, text) in HOSTILE {
            let (short, long) = (text(10_000), text(40_000));
            // Other programs may be in the way: one good run is enough.
            let fits = || took(&long, limit) < took(&short, limit) * 9 + Duration::from_millis(100);
            assert!((0..5).any(|_| fits()), "{name} at {limit}");
        }
    }
}
