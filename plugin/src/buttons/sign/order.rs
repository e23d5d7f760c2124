//! The orders in which programs sort the keys of an object.

use std::cmp::Ordering;

/// How keys are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sorting {
    /// As JavaScript's `localeCompare` does without a locale: the root order of Unicode.
    Locale,
    /// By code point: Python's `sort_keys`, Go, Rust, `jq -S`.
    CodePoint,
    /// By UTF-16 unit: JavaScript's `sort()`.
    Utf16,
}

/// An order of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub sorting: Sorting,
    /// Keys that are array indices (`"0"`, `"12"`) come first, by number: an object of JavaScript has them so, however
    /// they were put in.
    pub hoisted: bool,
}

/// What OpenClaw signs.
pub(super) const OFFICIAL: Order = Order { sorting: Sorting::Locale, hoisted: true };

/// What the script of the documentation signs.
pub(super) const RECIPE: Order = Order { sorting: Sorting::CodePoint, hoisted: false };

/// All of them, the likely ones first.
pub(super) const ORDERS: [Order; 6] = [
    OFFICIAL,
    RECIPE,
    Order { sorting: Sorting::CodePoint, hoisted: true },
    Order { sorting: Sorting::Utf16, hoisted: true },
    Order { sorting: Sorting::Utf16, hoisted: false },
    Order { sorting: Sorting::Locale, hoisted: false },
];

impl Order {
    /// Sort the members of an object.
    pub fn sort<V>(self, members: &mut [(&String, V)]) {
        match self.sorting {
            Sorting::CodePoint => members.sort_by(|one, other| one.0.cmp(other.0)),
            Sorting::Utf16 => members.sort_by(|one, other| one.0.encode_utf16().cmp(other.0.encode_utf16())),
            Sorting::Locale => members.sort_by_cached_key(|member| Collated::of(member.0)),
        }
        if self.hoisted {
            members.sort_by(|one, other| match (array_index(one.0), array_index(other.0)) {
                (Some(one), Some(other)) => one.cmp(&other),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            });
        }
    }
}

/// The number of a key that JavaScript treats as the index of an array.
fn array_index(key: &str) -> Option<u32> {
    let plain = key.bytes().all(|byte| byte.is_ascii_digit()) && (key == "0" || !key.starts_with('0'));
    key.parse().ok().filter(|index| plain && *index < u32::MAX)
}

/// The punctuation and the digits of ASCII, in Unicode's root order.
const BEFORE_LETTERS: &str = "\t\n\u{b}\u{c}\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789";

/// Latin letters that only an accent tells from the first of their row, in Unicode's root order.
const ACCENTS: [&str; 19] = [
    "aáàăâǎåǻäǟãȧǡąāȁȃ",
    "cćĉčċç",
    "dďđð",
    "eéèĕêěëėȩęēȅȇ",
    "gǵğĝǧġģ",
    "hĥȟħ",
    "iíìĭîǐïĩįīȉȋ",
    "jĵǰ",
    "kǩķ",
    "lĺľļłŀ",
    "nńǹňñņ",
    "oóòŏôǒöȫőõȭȯȱøǿǫǭōȍȏơ",
    "rŕřŗȑȓ",
    "sśŝšşșſ",
    "tťţț",
    "uúùŭûǔůüǘǜǚǖűũųūȕȗư",
    "wŵ",
    "yýŷÿȳ",
    "zźžż",
];

/// No letter with an accent above is beyond this.
const BEYOND_LATIN: char = '\u{250}';

/// A key as it is compared: by letters, then by accents, then by case, then by code points.
///
/// Exact for ASCII and for the Latin letters with accents above; other scripts come after Latin in the order of their
/// code points, which is near what Unicode says. A whole collation table would double the size of this library, and the
/// keys of a context are identifiers.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Collated<'a> {
    letters: Vec<(u8, u32)>,
    accents: Vec<u32>,
    case: Vec<bool>,
    text: &'a str,
}

impl<'a> Collated<'a> {
    fn of(text: &'a str) -> Self {
        let mut collated = Self { letters: Vec::new(), accents: Vec::new(), case: Vec::new(), text };
        for character in text.chars() {
            let ascii = character.is_ascii().then_some(BEFORE_LETTERS);
            let index = ascii.and_then(|before| before.chars().position(|other| other == character));
            if index.is_none() && character.is_control() {
                // Unicode ignores them.
                continue;
            }
            let lower = character.to_lowercase().next().unwrap_or(character);
            let (letter, accent) = match index {
                Some(index) => ((0, number(index)), 0),
                None if lower.is_ascii() => ((2, u32::from(lower)), 0),
                None => accented(lower),
            };
            collated.letters.push(letter);
            collated.accents.push(accent);
            collated.case.push(lower != character);
        }
        collated
    }
}

fn accented(lower: char) -> ((u8, u32), u32) {
    let latin = lower < BEYOND_LATIN;
    for row in ACCENTS.into_iter().filter(|_| latin) {
        if let (Some(base), Some(index)) = (row.chars().next(), row.chars().position(|other| other == lower))
        {
            return ((2, u32::from(base)), number(index));
        }
    }
    let class = if lower.is_alphabetic() { 3 } else { 1 };
    ((class, u32::from(lower)), 0)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{OFFICIAL, ORDERS, Order, Sorting, array_index};

    fn sorted(order: Order, keys: &str) -> String {
        let keys: Vec<String> = keys.split(' ').map(str::to_owned).collect();
        let mut members: Vec<(&String, ())> = keys.iter().rev().map(|key| (key, ())).collect();
        order.sort(&mut members);
        members.iter().map(|member| member.0.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn locale_order_is_that_of_javascript() {
        let sample = "__openclaw_channel_id _x 10 9 a A a_1 a-1 a1 action action_id actionId b B \
                      callback_data callbackData e é f z Z";
        let plain = Order { hoisted: false, ..OFFICIAL };
        assert_eq!(sorted(plain, sample), sample);
        assert_eq!(sorted(plain, "a áb b E é É ë f ж א"), "a áb b E é É ë f ж א");
    }

    #[test]
    fn indices_of_arrays_come_first_by_number() {
        assert_eq!(sorted(OFFICIAL, "a 10 9 01 -1 B"), "9 10 -1 01 a B");
        for (key, index) in [("0", Some(0)), ("7", Some(7)), ("4294967294", Some(4_294_967_294))] {
            assert_eq!(array_index(key), index);
        }
        for key in ["", "00", "+1", "1.0", "4294967295", "99999999999"] {
            assert_eq!(array_index(key), None, "{key}");
        }
    }

    #[test]
    fn code_points_and_utf16_units_differ_beyond_the_first_plane() {
        let of = |sorting| sorted(Order { sorting, hoisted: false }, "B a \u{ff5e} \u{1f600}");
        assert_eq!(of(Sorting::CodePoint), "B a \u{ff5e} \u{1f600}");
        assert_eq!(of(Sorting::Utf16), "B a \u{1f600} \u{ff5e}");
        assert_eq!(ORDERS[0], OFFICIAL);
    }
}
