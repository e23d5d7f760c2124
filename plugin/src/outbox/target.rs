//! What a target means. Pure and total: every text is a target or a clear error.

use crate::ids::is_id;
use host_sdk::protocol::Error;
use std::fmt;

/// A target, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// `channel:<id>` or `group:<id>`.
    ChannelId(String),
    /// `#name`, `~name` as Mattermost writes it, `channel:name`, `channel:#name`, or any other bare text, in lower case.
    /// `#team/name` says in which team.
    ChannelName(String),
    /// `user:<id>` or `mattermost:<id>`. Whether it is an id at all shows when it is looked up.
    UserId(String),
    /// `@name`, in lower case.
    Username(String),
    /// 26 characters that may be a user's or a channel's id; users are tried first.
    Id(String),
}

/// What may be written, for error messages.
pub(crate) const FORMS: &str =
    "write channel:<id>, #channel-name, #team/channel-name, user:<id> or @username";

/// Bytes that a target may have. The longest that means something is a team and a channel, by names of 64 characters.
const LONGEST: usize = 1_024;

impl Target {
    /// Read a target. Prefixes may be written in any case.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` at `target`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let missing = |what: &str| Error::invalid(format!("the target has no {what}; {FORMS}")).at("target");
        let rest_of = |prefix: &str| {
            let head = text.get(..prefix.len())?;
            head.eq_ignore_ascii_case(prefix).then(|| text.get(prefix.len()..).unwrap_or_default().trim())
        };
        if text.is_empty() {
            return Err(Error::invalid(format!("the target is empty; {FORMS}")).at("target"));
        }
        if text.len() > LONGEST {
            return Err(Error::invalid(format!(
                "the target has {} bytes, and at most {LONGEST} can mean anything; {FORMS}",
                text.len()
            ))
            .at("target"));
        }
        let nonempty = |rest: &str, what: &str| {
            if rest.is_empty() { Err(missing(what)) } else { Ok(rest.to_owned()) }
        };
        // Names are in lower case on the server, however people write them.
        let name = |rest: &str, what: &str| nonempty(rest.to_lowercase().trim(), what);
        if let Some(rest) = rest_of("channel:").or_else(|| rest_of("group:")) {
            return match rest.strip_prefix(['#', '~']) {
                Some(rest) => name(rest, "channel name").map(Self::ChannelName),
                None if is_id(rest) => Ok(Self::ChannelId(rest.to_owned())),
                None => name(rest, "channel id or name").map(Self::ChannelName),
            };
        }
        if let Some(rest) = rest_of("user:").or_else(|| rest_of("mattermost:")) {
            return nonempty(rest, "user id").map(Self::UserId);
        }
        if let Some(rest) = text.strip_prefix('@') {
            return name(rest, "username").map(Self::Username);
        }
        if let Some(rest) = text.strip_prefix(['#', '~']) {
            return name(rest, "channel name").map(Self::ChannelName);
        }
        if is_id(text) {
            return Ok(Self::Id(text.to_owned()));
        }
        name(text, "channel name").map(Self::ChannelName)
    }

    /// The target as JSON, for `targets.parse`.
    #[must_use]
    pub fn describe(&self) -> serde_json::Value {
        let (kind, key, value) = match self {
            Self::ChannelId(id) => ("channel", "id", id),
            Self::ChannelName(name) => ("channel", "name", name),
            Self::UserId(id) => ("user", "id", id),
            Self::Username(name) => ("user", "name", name),
            Self::Id(id) => ("unknown", "id", id),
        };
        serde_json::json!({ "kind": kind, key: value })
    }
}

/// In a form that is read as the same target.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChannelId(id) => write!(f, "channel:{id}"),
            Self::ChannelName(name) => write!(f, "#{name}"),
            Self::UserId(id) => write!(f, "user:{id}"),
            Self::Username(name) => write!(f, "@{name}"),
            Self::Id(id) => f.write_str(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Target;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_text_is_a_target_or_an_error_at_target_and_a_target_is_read_as_it_is_written(
            prefix in "(|channel:|GROUP:|user:|Mattermost:|@|#|~|channel:#|channel: ~)",
            rest in "(\\PC{0,40}|[a-z0-9]{24,28}|[A-Za-z0-9_./ -]{0,30})",
        ) {
            match Target::parse(&format!("{prefix}{rest}")) {
                Ok(target) => prop_assert_eq!(Target::parse(&target.to_string()).unwrap(), target),
                Err(error) => prop_assert_eq!(error.field.as_deref(), Some("target")),
            }
        }
    }

    const ID: &str = "abcdefghijklmnopqrstuvwx12";

    #[test]
    fn every_documented_form_is_understood() {
        for (text, target) in [
            (format!("channel:{ID}"), Target::ChannelId(ID.to_owned())),
            (format!("CHANNEL: {ID} "), Target::ChannelId(ID.to_owned())),
            ("channel:#town".to_owned(), Target::ChannelName("town".to_owned())),
            ("channel:town-square".to_owned(), Target::ChannelName("town-square".to_owned())),
            ("#town".to_owned(), Target::ChannelName("town".to_owned())),
            ("~town".to_owned(), Target::ChannelName("town".to_owned())),
            ("#Main/Town-Square".to_owned(), Target::ChannelName("main/town-square".to_owned())),
            (format!("group:{ID}"), Target::ChannelId(ID.to_owned())),
            ("@Alice".to_owned(), Target::Username("alice".to_owned())),
            ("town".to_owned(), Target::ChannelName("town".to_owned())),
            (format!("user:{ID}"), Target::UserId(ID.to_owned())),
            (format!("mattermost:{ID}"), Target::UserId(ID.to_owned())),
            ("@alice".to_owned(), Target::Username("alice".to_owned())),
            (ID.to_owned(), Target::Id(ID.to_owned())),
        ] {
            assert_eq!(Target::parse(&text).unwrap(), target, "{text:?}");
        }
    }

    #[test]
    fn a_form_without_its_name_says_what_is_missing() {
        for (text, missing) in [
            ("", "is empty"),
            ("@", "username"),
            ("#", "channel name"),
            ("user:", "user id"),
            ("channel: ", "channel id"),
        ] {
            let error = Target::parse(text).unwrap_err();
            assert!(error.message.contains(missing), "{text:?}: {}", error.message);
            assert_eq!(error.field.as_deref(), Some("target"));
        }
    }
}
