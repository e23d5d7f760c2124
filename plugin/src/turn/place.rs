//! What people call a conversation, and by which clock they live.

use jiff::tz::TimeZone;

/// What people would call a conversation: `#town-square`, or the other person's name where there are two.
#[must_use]
pub fn label(direct: bool, who: &str, name: &str, display_name: &str, channel_id: &str) -> String {
    match (direct, name, display_name) {
        (true, ..) => who.to_owned(),
        // The name of a group conversation is a hash; what people see is who is in it.
        (false, name, display) if !display.is_empty() && (name.is_empty() || is_hash(name)) => {
            display.to_owned()
        }
        (false, "", _) => format!("#{channel_id}"),
        (false, name, _) => format!("#{name}"),
    }
}

fn is_hash(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The zone of the times that the agent reads: the configured one, else this machine's.
#[must_use]
pub fn zone(name: Option<&str>) -> TimeZone {
    let Some(name) = name else { return TimeZone::system() };
    TimeZone::get(name).unwrap_or_else(|_| {
        tracing::warn!(
            "agents.defaults.userTimezone is not a time zone that this machine knows; its own is used"
        );
        TimeZone::system()
    })
}
