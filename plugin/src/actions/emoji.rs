//! Emojis by the names that Mattermost gives them.

/// The name of an emoji that is written as a name, with or without colons, or as the character itself. What is not known
/// is passed on as it is: the server may have an emoji of that name.
#[must_use]
pub fn name(text: &str) -> String {
    let text = text.trim().trim_matches(':').trim();
    let (mut glyph, mut tone) = (String::new(), None);
    for c in text.chars() {
        match c {
            // Variation selectors: the same emoji as a picture, or as text.
            '\u{fe00}'..='\u{fe0f}' => {}
            '\u{1f3fb}'..='\u{1f3ff}' => tone = TONES.iter().find(|(mark, _)| *mark == c),
            c => glyph.push(c),
        }
    }
    let Some((_, name)) = GLYPHS.iter().find(|(known, _)| *known == glyph) else { return text.to_owned() };
    match tone {
        Some((_, suffix)) if TONED.contains(name) => format!("{name}_{suffix}_skin_tone"),
        _ => (*name).to_owned(),
    }
}

/// Whether a server can have an emoji of this name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+');
    (1..=64).contains(&name.len()) && name.bytes().all(legal)
}

const TONES: &[(char, &str)] = &[
    ('\u{1f3fb}', "light"),
    ('\u{1f3fc}', "medium_light"),
    ('\u{1f3fd}', "medium"),
    ('\u{1f3fe}', "medium_dark"),
    ('\u{1f3ff}', "dark"),
];

/// Those that come in the colours of people's skin.
const TONED: &[&str] = &["thumbsup", "thumbsdown", "pray", "wave", "raised_hands"];

/// What agents and people write most, without variation selectors.
const GLYPHS: &[(&str, &str)] = &[
    ("✅", "white_check_mark"),
    ("❌", "x"),
    ("👍", "thumbsup"),
    ("👎", "thumbsdown"),
    ("🎉", "tada"),
    ("❤", "heart"),
    ("😄", "smile"),
    ("😂", "joy"),
    ("🚀", "rocket"),
    ("👀", "eyes"),
    ("🙏", "pray"),
    ("🔥", "fire"),
    ("💯", "100"),
    ("⚠", "warning"),
    ("➕", "heavy_plus_sign"),
    ("➖", "heavy_minus_sign"),
    ("🤔", "thinking_face"),
    ("⚡", "zap"),
    ("🌐", "globe_with_meridians"),
    ("😱", "scream"),
    ("🧠", "brain"),
    ("💻", "computer"),
    ("👋", "wave"),
    ("🙌", "raised_hands"),
    ("😀", "grinning"),
    ("😅", "sweat_smile"),
    ("😊", "blush"),
    ("😉", "wink"),
    ("😍", "heart_eyes"),
    ("😎", "sunglasses"),
    ("😢", "cry"),
    ("😭", "sob"),
    ("😡", "rage"),
    ("😮", "open_mouth"),
    ("😨", "fearful"),
    ("😴", "sleeping"),
    ("🥱", "yawning_face"),
    ("🤖", "robot_face"),
    ("🦞", "lobster"),
    ("🦀", "crab"),
    ("🐛", "bug"),
    ("👏", "clap"),
    ("👌", "ok_hand"),
    ("💪", "muscle"),
    ("🤝", "handshake"),
    ("✍", "writing_hand"),
    ("🆗", "ok"),
    ("✔", "heavy_check_mark"),
    ("❓", "question"),
    ("❗", "exclamation"),
    ("🚨", "rotating_light"),
    ("🛑", "octagonal_sign"),
    ("🚫", "no_entry_sign"),
    ("⏳", "hourglass_flowing_sand"),
    ("⌛", "hourglass"),
    ("🔍", "mag"),
    ("🔧", "wrench"),
    ("🔨", "hammer"),
    ("🛠", "hammer_and_wrench"),
    ("📝", "memo"),
    ("📌", "pushpin"),
    ("💡", "bulb"),
    ("🎯", "dart"),
    ("⭐", "star"),
    ("✨", "sparkles"),
    ("💔", "broken_heart"),
    ("💚", "green_heart"),
    ("💙", "blue_heart"),
    ("☕", "coffee"),
    ("🎂", "birthday"),
    ("👨\u{200d}💻", "male-technologist"),
    ("👩\u{200d}💻", "female-technologist"),
];

#[cfg(test)]
mod tests {
    use super::{GLYPHS, is_name, name};

    #[test]
    fn names_are_taken_with_and_without_colons_and_characters_have_the_servers_names() {
        for (written, meant) in [
            (":+1:", "+1"),
            ("+1", "+1"),
            (" thumbsup ", "thumbsup"),
            ("👍", "thumbsup"),
            ("👍🏽", "thumbsup_medium_skin_tone"),
            ("🙌🏿", "raised_hands_dark_skin_tone"),
            ("🙏🏼", "pray_medium_light_skin_tone"),
            ("❤️", "heart"),
            ("❤", "heart"),
            ("⚠️", "warning"),
            ("👨‍💻", "male-technologist"),
            // There is no emoji of its own for this.
            ("👏🏽", "clap"),
            ("party_parrot", "party_parrot"),
            (":our-own:", "our-own"),
            ("🫠", "🫠"),
        ] {
            assert_eq!(name(written), meant, "{written:?}");
        }
    }

    #[test]
    fn every_character_is_there_once_and_its_name_is_one() {
        for (index, (glyph, name)) in GLYPHS.iter().enumerate() {
            assert!(is_name(name), "{name}");
            assert!(GLYPHS.iter().skip(index + 1).all(|(other, _)| other != glyph), "{glyph} is there twice");
            assert!(!glyph.contains('\u{fe0f}'), "{glyph} has a variation selector");
        }
    }
}
