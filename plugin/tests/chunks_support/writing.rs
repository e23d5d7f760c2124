//! Markdown of all kinds.

use proptest::prelude::*;

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

pub fn markdown() -> impl Strategy<Value = String> {
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

/// What writers of sense write.
pub fn ordinary() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "word",
        "über",
        "👍🏽",
        "end.",
        "漢字",
        "snake_case",
        "5 > 3",
        "a & b",
        "it's",
        "x-y",
    ]);
    let words = prop::collection::vec(word, 1..12).prop_map(|words| words.join(" ")).boxed();
    let text = words.clone();
    let span = prop_oneof![
        6 => text.clone(),
        1 => text.clone().prop_map(|text| format!("**{text}**")),
        1 => text.clone().prop_map(|text| format!("*{text}*")),
        1 => text.clone().prop_map(|text| format!("~~{text}~~")),
        1 => text.clone().prop_map(|text| format!("`{text}`")),
        1 => text.clone().prop_map(|text| format!("[{text}](https://example.org/{})", text.len())),
        1 => text.prop_map(|text| format!("[**{text}** and more](https://example.org/)")),
    ];
    let paragraph = prop::collection::vec(span, 1..8).prop_map(|spans| spans.join(" ")).boxed();
    let code = (prop::collection::vec(words.clone(), 1..20), prop::sample::select(vec!["", "rust", "text"]))
        .prop_map(|(lines, info)| format!("```{info}\n{}\n```", lines.join("\n")));
    let list = |mark: &'static str| {
        prop::collection::vec(paragraph.clone(), 1..6).prop_map(move |items| {
            items.iter().map(|item| format!("{mark}{item}")).collect::<Vec<_>>().join("\n")
        })
    };
    let block = prop_oneof![
        4 => paragraph.clone(),
        1 => words.prop_map(|text| format!("## {text}")),
        1 => code,
        1 => list("- "),
        1 => list("1. "),
        1 => list("> "),
    ];
    prop::collection::vec(block, 1..8).prop_map(|blocks| blocks.join("\n\n"))
}
