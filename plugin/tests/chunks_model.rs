//! Whatever Markdown an agent writes: its posts are small enough, and together they read like the text.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use openclaw_mattermost::config::ChunkMode;
use openclaw_mattermost::text::split;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use unicode_segmentation::UnicodeSegmentation as _;

/// Seeds that failed once are tried first.
const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proptest-regressions/chunks_model.txt");

/// Other texts in every run. `PROPTEST_CASES=50000` looks further.
fn config() -> ProptestConfig {
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(SEEDS)) as _);
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { failure_persistence, cases: cases.unwrap_or(300), ..ProptestConfig::default() }
}

const LETTERS: [&str; 14] =
    ["a", "Z", "7", "ü", "👍🏽", "👨‍👩‍👧‍👦", "🇩🇪", "e\u{301}", "z\u{323}\u{307}", "漢", "。", "ß", "q", "é"];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => prop::collection::vec(prop::sample::select(&LETTERS[..]), 1..9).prop_map(|letters| letters.concat()),
        1 => prop::collection::vec(prop::sample::select(&LETTERS[..]), 60..200).prop_map(|letters| letters.concat()),
        3 => prop::sample::select(vec![
            "-", "+", "*", "#", "##", ">", "1.", "23)", "=", "===", "---", "|", "`", "``", "~~", "_", "**", "<b>", "</b>",
            "[", "](", "&amp;", "&", "\\*", "\\", "[x]:", "end.", "https://example.org/a_b*c", ":smile:", "<!--", "a|b", "<div>",
        ]).prop_map(str::to_owned),
    ]
}

fn words(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 1..most).prop_map(|words| words.join(" "))
}

fn span() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => words(12),
        1 => words(20).prop_map(|text| format!("**{text}**")),
        1 => words(6).prop_map(|text| format!("*{text}*")),
        1 => words(6).prop_map(|text| format!("`{text}`")),
        1 => words(5).prop_map(|text| format!("[{text}](https://example.org/{})", text.len())),
        1 => words(5).prop_map(|text| format!("![{text}](https://example.org/i.png \"title\")")),
        1 => words(30).prop_map(|text| format!("[**{text}** and *more*](https://example.org/long)")),
    ]
}

fn paragraph() -> impl Strategy<Value = String> {
    let gap = prop::sample::select(vec![" ", "\n", "  \n", "\\\n", ""]);
    prop::collection::vec((span(), gap), 1..7).prop_map(|spans| {
        spans.into_iter().map(|(span, gap)| span + gap).collect::<String>().trim_end().to_owned()
    })
}

fn code() -> impl Strategy<Value = String> {
    let line = prop_oneof![6 => words(9), 1 => Just(String::new()), 1 => Just("```".to_owned()), 1 => Just("~~~~".to_owned()),
        1 => Just("    indented".to_owned())];
    let info = prop::sample::select(vec!["", "rust", "a long info string with words", "text title=\"x\""]);
    (
        prop::collection::vec(line, 0..20),
        prop::sample::select(vec!['`', '~']),
        3..8_usize,
        info,
        any::<bool>(),
    )
        .prop_map(|(lines, mark, length, info, closed)| {
            let fence = mark.to_string().repeat(length);
            format!(
                "{fence}{info}\n{}{}",
                lines.join("\n"),
                if closed { format!("\n{fence}") } else { String::new() }
            )
        })
}

fn table() -> impl Strategy<Value = String> {
    let cell = prop_oneof![5 => words(4), 1 => Just(String::new()), 1 => words(25)];
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    (1..4_usize).prop_flat_map(move |columns| {
        let row = prop::collection::vec(cell.clone(), columns);
        let head = prop::collection::vec(words(3), columns);
        (head, prop::collection::vec(row, 0..12)).prop_map(move |(head, rows)| {
            let mut lines = vec![line(head), line(vec![":--".to_owned(); columns])];
            lines.extend(rows.into_iter().map(line));
            lines.join("\n")
        })
    })
}

/// Links whose addresses stand elsewhere.
fn references() -> impl Strategy<Value = String> {
    (words(8), words(3), prop::sample::select(vec!["", " \"a title\"", " 'it\\'s'"])).prop_map(
        |(text, name, title)| {
            let name: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
            format!(
                "{text} [{text}][{name}] [{name}] [{name}][]\n\n[{name}]: <https://example.org/a b>{title}"
            )
        },
    )
}

fn indented(text: &str, first: &str, other: &str) -> String {
    let lines = text.lines().enumerate();
    lines
        .map(|(index, line)| format!("{}{line}", if index == 0 { first } else { other }))
        .collect::<Vec<_>>()
        .join("\n")
}

fn block() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        5 => paragraph(),
        2 => code(),
        1 => table(),
        1 => words(8).prop_map(|text| format!("## {text}")),
        1 => words(8).prop_map(|text| format!("{text}\n====")),
        1 => Just("***".to_owned()),
        1 => words(20).prop_map(|text| format!("<div>\n{text}\n</div>")),
        1 => references(),
        1 => words(12).prop_map(|text| format!("\tcode {text}\n\tmore\t{text}")),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let blocks = prop::collection::vec(inner, 1..4);
        let gap = prop::sample::select(vec!["\n", "\n\n"]);
        prop_oneof![
            blocks.clone().prop_map(|blocks| indented(&blocks.join("\n\n"), "> ", "> ")),
            (blocks.clone(), gap.clone(), prop::sample::select(vec!["- ", "* ", "+ "])).prop_map(
                |(items, gap, mark)| {
                    items.iter().map(|item| indented(item, mark, "  ")).collect::<Vec<_>>().join(gap)
                }
            ),
            (blocks, gap, 0..200_usize).prop_map(|(items, gap, first)| {
                let item = |(index, item): (usize, &String)| {
                    let mark = format!("{}. ", first + index);
                    indented(item, &mark, &" ".repeat(mark.len()))
                };
                items.iter().enumerate().map(item).collect::<Vec<_>>().join(gap)
            }),
        ]
    })
}

fn markdown() -> impl Strategy<Value = String> {
    let gap = prop::sample::select(vec!["\n", "\n\n", "\n\n\n"]);
    let blocks = prop::collection::vec((block(), gap), 1..8)
        .prop_map(|blocks| blocks.into_iter().map(|(block, gap)| block + gap).collect::<String>())
        .boxed();
    prop_oneof![
        4 => blocks.clone(),
        1 => blocks.prop_map(|text| text.replace('\n', "\r\n")),
        3 => soup(),
    ]
}

/// Markup in no order.
fn soup() -> impl Strategy<Value = String> {
    let marks = prop::sample::select(vec![
        "\n",
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        "    ",
        "> ",
        "- ",
        "* ",
        "1. ",
        "7) ",
        "# ",
        "```",
        "~~~",
        "```rust\n",
        "`",
        "``",
        "|",
        " | ",
        "|\n|---|---|\n",
        "| a | b |\n|:-:|---|\n",
        "[",
        "]",
        "[x]",
        "[x][]",
        "](",
        ")",
        "](https://example.org/)",
        "[x]: https://example.org/x\n",
        "![",
        "<div>\n",
        "</div>",
        "<b>",
        "<!--",
        "-->",
        "<?",
        "<https://example.org>",
        "**",
        "*",
        "_",
        "__",
        "~~",
        "\\",
        "\\\n",
        "  \n",
        "&amp;",
        "&#65;",
        "&",
        "<",
        "---\n",
        "===\n",
        "***\n",
        ":",
        "\u{a0}",
        "\u{b}",
    ]);
    let token = prop_oneof![
        3 => marks.prop_map(str::to_owned),
        2 => word(),
        1 => words(6),
    ];
    prop::collection::vec(token, 1..90).prop_map(|tokens| tokens.concat())
}

/// What is read, with white space.
fn shown(text: &str) -> String {
    let mut read = String::new();
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                read.push_str(&text);
            }
            Event::End(end)
                if !matches!(
                    end,
                    TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link
                ) =>
            {
                read.push('\n');
            }
            Event::SoftBreak | Event::HardBreak => read.push('\n'),
            _ => {}
        }
    }
    read
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// What is read of the header, if a text begins with a table.
fn header(text: &str) -> Option<String> {
    let mut head = None;
    for event in Parser::new_ext(text, options()) {
        match (event, &mut head) {
            (Event::Start(Tag::TableHead), _) => head = Some(String::new()),
            (Event::End(TagEnd::TableHead), _) => return head,
            (Event::Text(text) | Event::Code(text) | Event::InlineHtml(text), Some(head)) => {
                head.push_str(&bare(&text));
            }
            (Event::Text(_) | Event::Code(_) | Event::Html(_) | Event::InlineHtml(_), None) => return None,
            _ => {}
        }
    }
    None
}

/// Where in the text each part may end, when it stands behind the ones before it: a header that is repeated may also be
/// taken for a row. Empty when a part reads differently.
fn ends(parts: &[String], whole: &str) -> Vec<BTreeSet<usize>> {
    let mut places = BTreeSet::from([0]);
    let mut ends = Vec::new();
    for part in parts {
        let read = bare(&shown(part));
        let without = header(part).and_then(|head| read.strip_prefix(&head).map(str::to_owned));
        let mut behind = BTreeSet::new();
        for place in places {
            for read in [Some(&read), without.as_ref()].into_iter().flatten() {
                if whole.get(place..).is_some_and(|rest| rest.starts_with(read.as_str())) {
                    behind.insert(place + read.len());
                }
            }
        }
        places = behind.clone();
        ends.push(behind);
    }
    ends
}

/// Where a cut is not inside of what readers see as one character.
fn letters(shown: &str) -> BTreeSet<usize> {
    let (mut letters, mut at) = (BTreeSet::from([0]), 0);
    for letter in shown.graphemes(true) {
        at += bare(letter).len();
        letters.insert(at);
    }
    letters
}

/// Every fence is closed: a line behind the text would not be code.
fn closed(text: &str) -> bool {
    let text = format!("{text}\n\nbehind");
    let mut code = false;
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => code = false,
            Event::Text(text) if code && text.contains("behind") => return false,
            _ => {}
        }
    }
    true
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
    fn any_text_is_cut_within_any_limit(text in "\\PC{0,300}", limit in 1..60_usize) {
        let chunks = split(&text, limit, ChunkMode::Length);
        prop_assert!(chunks.iter().all(|chunk| chunk.chars().count() <= limit));
        prop_assert!(chunks.len() <= 1 + text.chars().count());
    }
}

#[test]
fn hostile_texts_take_no_longer_than_others() {
    let texts = [
        ("backticks", "`".repeat(100_000)),
        ("lines of backticks", "`\n".repeat(50_000)),
        ("one word", "a".repeat(1_000_000)),
        ("one word of stars", "*a".repeat(200_000)),
        ("quotations", format!("{}x", ">".repeat(50_000))),
        ("items", "- ".repeat(20_000)),
        ("items and lines", format!("{}a\n{}", "- ".repeat(3_000), "b\n".repeat(3_000))),
        ("brackets", "[".repeat(100_000)),
        ("links", "[a](".repeat(30_000)),
        ("emphasis", "*a **b ".repeat(20_000)),
        ("spaces", format!("a{}b", " ".repeat(300_000))),
        ("marks", format!("e{}", "\u{301}".repeat(100_000))),
        ("pipes", format!("{}\n{}\n{}", "|a".repeat(500), "|-".repeat(500), "|b\n".repeat(2_000))),
        ("words", "word ".repeat(200_000)),
        ("code", format!("```\n{}", "x".repeat(1_000_000))),
        ("comment", format!("<!--\n{}", "x y\n".repeat(100_000))),
        ("references", format!("{}\n\n[a]: /x", "[a] ".repeat(50_000))),
    ];
    for limit in [40, 4_000] {
        for (name, text) in &texts {
            let began = Instant::now();
            let chunks = split(text, limit, ChunkMode::Length);
            let took = began.elapsed();
            assert!(chunks.iter().all(|chunk| chunk.chars().count() <= limit), "{name}");
            assert!(took < Duration::from_secs(20), "{name} at {limit} took {took:?}");
        }
    }
}
