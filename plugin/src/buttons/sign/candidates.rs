//! The ways in which somebody may have written the context that a signature was made over.
//!
//! OpenClaw's page on Mattermost says: sorted keys, no spaces, and gives a script in Python. Sorted keys are not the same
//! everywhere, and the server changes what it keeps: keys come back in its order, `1.0` as `1`.

use super::canonical::{Numbers, OURS, Strings, Style, Variety};
use super::number;
use super::order::{ORDERS, Order, RECIPE};
use serde_json::{Map, Value};

/// Up to so many whole numbers each of them may have been written as `1` or as `1.0`; of more, all or none.
const MIXED: usize = 4;

/// The styles in which a long context may have been written, besides our own: in the order of the documented recipe.
/// Those who cannot sign can send long ones, so little may be tried.
pub(super) fn few(context: &Map<String, Value>) -> Vec<Style> {
    let style = |strings| Style { order: RECIPE, strings, numbers: Numbers::JavaScript };
    strings(&Variety::of(context)).map(style).collect()
}

/// The styles in which a context has different bytes, the likely ones first, at most `most`.
pub(super) fn styles(context: &Map<String, Value>, most: usize) -> Vec<Style> {
    let variety = Variety::of(context);
    let orders = orders(context);
    let mut styles = Vec::new();
    for numbers in numbers(&variety.numbers) {
        for strings in strings(&variety) {
            for order in &orders {
                styles.push(Style { order: *order, strings, numbers });
                if styles.len() >= most {
                    return styles;
                }
            }
        }
    }
    styles
}

/// The ways that write these strings differently.
fn strings(of: &Variety) -> impl Iterator<Item = Strings> + use<> {
    let ways = [(true, Strings::Plain), (of.ascii, Strings::Ascii), (of.html, Strings::Html)];
    ways.into_iter().filter_map(|(differs, way)| differs.then_some(way))
}

/// The orders that sort these keys differently.
fn orders(context: &Map<String, Value>) -> Vec<Order> {
    let mut known: Vec<String> = Vec::new();
    let mut distinct = Vec::new();
    for order in ORDERS {
        let mut text = String::new();
        Style { order, ..OURS }.write(context, &mut text);
        if !known.contains(&text) {
            known.push(text);
            distinct.push(order);
        }
    }
    distinct
}

/// The ways that write these numbers differently.
fn numbers(of: &[f64]) -> Vec<Numbers> {
    let whole = of.iter().filter(|number| number::is_whole(**number)).count();
    let floats: Vec<u64> = match whole {
        0..=MIXED => (0..1 << whole).collect(),
        _ => vec![0, u64::MAX],
    };
    let exact: &[bool] =
        if of.iter().any(|number| number::is_large(*number)) { &[false, true] } else { &[false] };
    let written = |way: Numbers| {
        let mut whole = 0;
        of.iter().map(|number| way.write(*number, &mut whole)).collect::<Vec<_>>()
    };
    let plain = written(Numbers::JavaScript);
    let mut ways = vec![Numbers::JavaScript];
    ways.extend([Numbers::Go].into_iter().filter(|way| written(*way) != plain));
    for floats in floats {
        for exact in exact {
            let way = Numbers::Python { floats, exact: *exact };
            // Which number is the n-th depends on the order of the keys; that none is a float does not.
            if floats > 0 || written(way) != plain {
                ways.push(way);
            }
        }
    }
    ways
}
