//! The file that says how a server which is not embedded is tried.

use crate::failure::Failure;
use serde_json::Value;
use std::path::Path;

/// How the file looks, for errors.
const SHAPE: &str = "write { channels: { mattermost: { botToken: \"...\" } }, \
    chaos: { people: [{ token: \"...\" }], channel: \"<channel id>\" } }";

/// A secret, and where it stands.
#[derive(Debug)]
pub struct Secret {
    /// The token.
    pub token: String,
    /// The field of the file that it is from.
    pub field: String,
}

/// A server, and who writes there.
#[derive(Debug)]
pub struct Target {
    /// Its base URL without a slash at its end.
    pub url: String,
    /// Host and port, for the proxy.
    pub authority: String,
    /// The bot.
    pub bot: Secret,
    /// The people, at least one.
    pub people: Vec<Secret>,
    /// The channel that all of them are in.
    pub channel: String,
    /// The field that it is from.
    pub channel_field: String,
}

impl Target {
    /// Read it from a configuration, in either form.
    pub fn read(server: &str, config: &Value, file: &Path) -> Result<Self, Failure> {
        let (url, authority) = address(server)?;
        let wrong = |field: &str, what: &str| {
            Failure::new(format!("{}: {field} {what}", file.display()), SHAPE.to_owned())
        };
        let secret = |field: &str| match find(config, field).and_then(Value::as_str) {
            Some(token) if !token.trim().is_empty() => {
                Ok(Secret { token: token.trim().to_owned(), field: field.to_owned() })
            }
            Some(_) => Err(wrong(field, "is empty")),
            None => Err(wrong(field, "is missing or no text")),
        };
        if config.get("users").is_some() {
            let people: Vec<Secret> = ["alice", "bob", "mallory"]
                .iter()
                .filter(|name| find(config, &format!("users.{name}")).is_some())
                .map(|name| secret(&format!("users.{name}.token")))
                .collect::<Result<_, _>>()?;
            if people.is_empty() {
                return Err(wrong("users", "has none of alice, bob and mallory"));
            }
            let channel = secret("channels.general")?;
            return Ok(Self {
                url,
                authority,
                bot: secret("users.openclaw.token")?,
                people,
                channel: channel.token,
                channel_field: channel.field,
            });
        }
        let bot = secret("channels.mattermost.botToken")?;
        if config.get("chaos").is_none() {
            return Err(wrong("chaos", "is missing"));
        }
        let count = match find(config, "chaos.people").map(Value::as_array) {
            Some(Some(people)) if !people.is_empty() => people.len(),
            Some(Some(_)) => return Err(wrong("chaos.people", "is empty: at least one person must write")),
            _ => return Err(wrong("chaos.people", "is missing or no list")),
        };
        let people = (0..count)
            .map(|index| secret(&format!("chaos.people[{index}].token")))
            .collect::<Result<Vec<_>, _>>()?;
        let channel = secret("chaos.channel")?;
        Ok(Self { url, authority, bot, people, channel: channel.token, channel_field: channel.field })
    }
}

/// The value at a path like `chaos.people[0].token`.
fn find<'a>(config: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(config, |value, part| {
        let (key, index) = part.split_once('[').unwrap_or((part, ""));
        let value = value.get(key)?;
        match index.strip_suffix(']') {
            Some(index) => value.get(index.parse::<usize>().ok()?),
            None => Some(value),
        }
    })
}

/// The base URL, and host and port of it.
fn address(server: &str) -> Result<(String, String), Failure> {
    let wrong = |what: &str| {
        Failure::new(
            format!("--server {server}: {what}"),
            "name the server as http://host:port, for example http://127.0.0.1:8065",
        )
    };
    if server.starts_with("https://") {
        // The gateway would speak to the proxy's address, for which nobody has a certificate.
        return Err(Failure::new(
            format!("--server {server}: the proxy cannot stand before https"),
            "name the http address behind the TLS proxy, for example http://127.0.0.1:8065",
        ));
    }
    let rest = server.strip_prefix("http://").ok_or_else(|| wrong("is no http URL"))?;
    let authority = rest.trim_end_matches('/');
    if authority.contains('/') {
        return Err(wrong("a server below a path is not supported"));
    }
    if authority.is_empty() || authority.contains(['@', '?', '#', ' ']) {
        return Err(wrong("has no plain host and port"));
    }
    // An IPv6 address has colons of its own, within brackets.
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let with_port = if has_port { authority.to_owned() } else { format!("{authority}:80") };
    Ok((format!("http://{authority}"), with_port))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(config: &Value) -> Result<Target, String> {
        Target::read("http://h:1/", config, Path::new("c.json")).map_err(|failure| failure.what)
    }

    #[test]
    fn both_forms_are_read() {
        let own = json!({
            "channels": { "mattermost": { "botToken": "b" } },
            "chaos": { "people": [{ "token": "p" }, { "token": "q" }], "channel": "c" },
        });
        let target = read(&own).unwrap();
        assert_eq!((target.bot.token.as_str(), target.people.len(), target.channel.as_str()), ("b", 2, "c"));
        let seeded = json!({
            "base_url": "http://other", "team_id": "t", "admin": { "id": "a", "token": "a" },
            "users": { "alice": { "id": "1", "token": "p" }, "openclaw": { "id": "2", "token": "b" } },
            "channels": { "general": "c" },
        });
        let target = read(&seeded).unwrap();
        assert_eq!((target.bot.token.as_str(), target.people.len(), target.channel.as_str()), ("b", 1, "c"));
        assert_eq!((target.url.as_str(), target.authority.as_str()), ("http://h:1", "h:1"));
    }

    #[test]
    fn an_error_names_the_field() {
        let mut config = json!({});
        for (field, value) in [
            ("channels.mattermost.botToken", json!({ "mattermost": { "botToken": "b" } })),
            ("chaos is missing", json!({ "people": [{ "token": "" }] })),
            ("chaos.people[0].token is empty", json!({ "people": [{ "token": "p" }] })),
            ("chaos.channel", json!({ "people": [], "channel": "c" })),
            ("chaos.people is empty", json!({ "people": [{ "token": "p" }], "channel": "c" })),
        ] {
            let error = read(&config).unwrap_err();
            assert!(error.contains(field) && error.starts_with("c.json: "), "{error}");
            config[if field.starts_with("channels") { "channels" } else { "chaos" }] = value;
        }
        read(&config).unwrap();
    }

    #[test]
    fn an_address_has_a_scheme_and_a_port() {
        assert_eq!(address("http://chat").unwrap().1, "chat:80");
        assert_eq!(address("http://[::1]:8065/").unwrap().1, "[::1]:8065");
        for (server, words) in
            [("https://chat", "https"), ("chat:80", "no http URL"), ("http://chat/sub", "path")]
        {
            let error = address(server).unwrap_err();
            assert!(error.what.contains(words), "{}", error.what);
        }
    }
}
