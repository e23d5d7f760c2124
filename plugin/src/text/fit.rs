//! How much of a paragraph goes into a post, and how it is written there.

use super::escape::{begins_block, guarded};
use super::inline::{self, Gap, Unit};
use super::runes;
use super::writer::Place;

/// What each number of units costs, as far as there is room.
pub(super) fn costs(units: &[Unit<'_>], fixed: usize, other: usize, room: usize) -> Vec<usize> {
    let mut costs = Vec::new();
    let mut cost = fixed;
    for (index, unit) in units.iter().enumerate() {
        cost += match unit.gap {
            _ if index == 0 => 0,
            Gap::None => 0,
            Gap::Space => 1,
            Gap::Line => 1 + other,
            Gap::Hard => 3 + other,
        };
        cost += runes(&unit.raw) + unit.raw.matches('\n').count() * other;
        if cost > room {
            break;
        }
        costs.push(cost);
    }
    costs
}

/// How many of the first `fit` units go together: up to a line's end, else a sentence's, in the last third.
pub(super) fn best(units: &[Unit<'_>], costs: &[usize], fit: usize) -> usize {
    let floor = costs.get(fit.saturating_sub(1)).copied().unwrap_or_default() * 2 / 3;
    let score = |take: usize| {
        let (Some(last), Some(next)) = (units.get(take.wrapping_sub(1)), units.get(take)) else { return 0 };
        if begins_block(&next.raw) {
            return 0;
        }
        let sentence = last.raw.ends_with(['.', '!', '?', ':', ';']) || next.gap == Gap::None;
        if next.gap >= Gap::Line { 3 } else { 1 + usize::from(sentence) }
    };
    let places = (1..=fit).filter(|take| costs.get(take - 1).is_some_and(|cost| *cost >= floor));
    places.max_by_key(|take| (score(*take), *take)).unwrap_or(fit)
}

/// The units as they are written, if they read as they should.
pub(super) fn whole(place: &Place, lead: &str, units: &[Unit<'_>]) -> Option<String> {
    let mut body = String::new();
    let mut expected = String::new();
    for (index, unit) in units.iter().enumerate() {
        body.push_str(match unit.gap {
            _ if index == 0 => "",
            Gap::None => "",
            Gap::Space => " ",
            Gap::Line => "\n",
            Gap::Hard => "  \n",
        });
        body.push_str(&unit.raw);
        expected.push_str(&unit.plain);
    }
    let written = [format!("{lead}{body}"), format!("{lead}{}", guarded(&body))];
    written.into_iter().find(|body| inline::reads(&place.alone(&format!("{body}\n\nx")), &expected))
}
