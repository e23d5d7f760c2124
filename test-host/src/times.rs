//! Times for people.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 UTC.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `just now`, `12s ago`, `5m ago`, `3h ago`, `2d ago`.
pub fn ago(then_ms: i64, now_ms: i64) -> String {
    let seconds = now_ms.saturating_sub(then_ms).max(0) / 1000;
    match seconds {
        0..2 => "just now".to_owned(),
        2..60 => format!("{seconds}s ago"),
        60..3_600 => format!("{}m ago", seconds / 60),
        3_600..86_400 => format!("{}h ago", seconds / 3_600),
        _ => format!("{}d ago", seconds / 86_400),
    }
}

/// `2026-01-31T12:00:00Z`.
pub fn stamp(at_ms: i64) -> String {
    let since = Duration::from_millis(u64::try_from(at_ms).unwrap_or(0));
    humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string()
}

/// `850 ms`, `3.2 s`, `2 min 5 s`.
pub fn took(time: Duration) -> String {
    let (millis, seconds) = (time.as_millis(), time.as_secs());
    match seconds {
        0 => format!("{millis} ms"),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_rounded_down_and_never_negative() {
        for (age, text) in [
            (-5, "just now"),
            (1_999, "just now"),
            (59_999, "59s ago"),
            (60_000, "1m ago"),
            (90_000_000, "1d ago"),
        ] {
            assert_eq!(ago(0, age), text);
        }
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        assert_eq!(took(Duration::from_millis(12)), "12 ms");
        assert_eq!(took(Duration::from_millis(3_240)), "3.2 s");
        assert_eq!(took(Duration::from_secs(125)), "2 min 5 s");
    }
}
