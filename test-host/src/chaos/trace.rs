//! All that is known of one message that went wrong.

use super::judge::{Post, Wrong, numbers};
use super::row::Played;
use std::collections::BTreeMap;
use std::time::Duration;

/// The log is shown from a bit before a moment to a bit after it.
const BEFORE: Duration = Duration::from_secs(2);
const AFTER: Duration = Duration::from_secs(3);
/// Lines of the log that are shown.
const LINES: usize = 80;

/// The lines of a trace.
pub fn lines(played: &Played, number: u32, wrong: Wrong) -> Vec<String> {
    let Some(asked) = played.asked.iter().find(|asked| asked.number == number) else {
        return vec![format!("{}: message {number} was never asked", played.fault)];
    };
    let at = played.times.get(&number).copied().unwrap_or_default();
    let told = match wrong {
        Wrong::Lost => "was not answered where it was asked",
        Wrong::Doubled => "was answered more than once",
        Wrong::OutOfOrder => "was answered after a later one of the same conversation",
    };
    let mut lines = vec![format!("{}: {} {told}", played.fault, super::judge::text(number))];
    lines.push(format!(
        "  asked at {} by @{} in {}: {}",
        stamp(at),
        asked.person,
        asked.place,
        shown(&asked.post)
    ));
    // The server's clock and ours differ by as much as at the question.
    let since_asked = |post: &Post| {
        let millis = u64::try_from(post.create_at - asked.post.create_at).unwrap_or_default();
        at + Duration::from_millis(millis)
    };
    let mut moments = vec![at];
    let answers = played.ledger.posts().iter().filter(|post| {
        post.user_id == played.bot
            && (numbers(&post.message).contains(&number)
                || (wrong == Wrong::OutOfOrder && same_lane(post, &asked.post)))
    });
    let mut any = false;
    for answer in answers.filter(|post| wrong != Wrong::OutOfOrder || near(played, post, number)) {
        any = true;
        let when = since_asked(answer);
        moments.push(when);
        lines.push(format!("  answered at {}: {}", stamp(when), shown(answer)));
    }
    if !any {
        lines.push("  no post of the bot has its number".to_owned());
    }
    lines.push("  what happened meanwhile:".to_owned());
    let last = moments.iter().max().copied().unwrap_or(at) + AFTER;
    for (when, what) in played.diary.events() {
        // Whatever was on at that moment began before it.
        if when <= last + Duration::from_secs(60) && when + Duration::from_secs(60) >= at {
            lines.push(format!("    {} {what}", stamp(when)));
        }
    }
    lines.push("  the gateway's log around it, and what names the post:".to_owned());
    let mut log = BTreeMap::new();
    for moment in moments {
        for (index, (when, line)) in
            played.diary.log_between(moment.saturating_sub(BEFORE), moment + AFTER).into_iter().enumerate()
        {
            log.entry((when, index)).or_insert(line);
        }
    }
    // What names the message may come much later, for example when sending was given up.
    for (index, (when, line)) in played.diary.log_with(&asked.post.id).into_iter().enumerate() {
        log.entry((when, index)).or_insert(line);
    }
    let more = log.len().saturating_sub(LINES);
    lines.extend(log.into_iter().take(LINES).map(|((when, _), line)| format!("    {} {line}", stamp(when))));
    if more > 0 {
        lines.push(format!("    ... and {more} lines more"));
    }
    lines
}

fn same_lane(one: &Post, other: &Post) -> bool {
    (&one.channel_id, &one.root_id) == (&other.channel_id, &other.root_id)
}

/// Whether a post answers this question or one of those next to it.
fn near(played: &Played, post: &Post, number: u32) -> bool {
    let own = numbers(&post.message);
    let Some(asked) = played.asked.iter().find(|asked| asked.number == number) else { return false };
    let lane: Vec<u32> = played
        .asked
        .iter()
        .filter(|other| same_lane(&other.post, &asked.post))
        .map(|other| other.number)
        .collect();
    let Some(place) = lane.iter().position(|other| *other == number) else { return false };
    let around = lane.get(place.saturating_sub(3)..lane.len().min(place + 4)).unwrap_or_default();
    own.iter().any(|own| around.contains(own))
}

fn shown(post: &Post) -> String {
    let thread = if post.root_id.is_empty() { String::new() } else { format!(", thread {}", post.root_id) };
    format!("{:?} (post {}, channel {}{thread})", post.message, post.id, post.channel_id)
}

/// Seconds since the begin.
fn stamp(at: Duration) -> String {
    format!("{:8.3} s", at.as_secs_f64())
}
