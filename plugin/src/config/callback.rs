//! What an address must be like that a server is told to call. Pure.

use mattermost_client::{ServerUrl, ServerUrlError};

/// Why no server can be told to call this address, with the way out; `None`: one can.
#[must_use]
pub(super) fn problem(url: &str) -> Option<&'static str> {
    match ServerUrl::parse(url) {
        Ok(parsed) if callback_path(parsed.as_str()).is_none() => Some(
            "has no path: write the whole address, such as https://gateway.example.com/api/channels/mattermost/command",
        ),
        Ok(_) => None,
        Err(ServerUrlError::Empty | ServerUrlError::Host) => Some(
            "has no host: write something like https://gateway.example.com/api/channels/mattermost/command",
        ),
        Err(ServerUrlError::Scheme) => Some("must begin with https:// or http://"),
        Err(ServerUrlError::Credentials) => Some(
            "holds a user name or password: remove it, the server proves itself with a token for each command",
        ),
        Err(ServerUrlError::Query) => Some("has a query (`?...`): remove it"),
        Err(ServerUrlError::Fragment) => Some("has a fragment (`#...`): remove it"),
        Err(_) => Some(
            "cannot be read: write something like https://gateway.example.com/api/channels/mattermost/command",
        ),
    }
}

/// The path of an address, with its slash; `None` when it is nothing or a slash alone.
#[must_use]
pub fn callback_path(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let path = rest.find('/').map(|at| rest.split_at(at).1)?;
    path.split(['?', '#']).next().filter(|path| path.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::{callback_path, problem};

    #[test]
    fn an_address_is_whole_and_holds_no_secret() {
        for good in [
            "https://gw.example.com/api/channels/mattermost/command",
            "http://[::1]:18789/c",
            "HTTPS://gw/c/",
        ] {
            assert_eq!(problem(good), None, "{good}");
        }
        for (bad, why) in [
            ("gw.example.com/c", "begin with https"),
            ("ftp://gw.example.com/c", "begin with https"),
            ("", "no host"),
            ("https://gw.example.com", "no path"),
            ("https://gw.example.com/", "no path"),
            ("https://me:secret@gw.example.com/c", "user name"),
            ("https://gw.example.com/c?key=1", "query"),
            ("https://gw.example.com/c#x", "fragment"),
        ] {
            let told = problem(bad).unwrap_or_else(|| panic!("{bad}"));
            assert!(told.contains(why) && !told.contains("secret"), "{bad}: {told}");
        }
    }

    #[test]
    fn the_path_is_what_stands_behind_the_host() {
        assert_eq!(callback_path("https://gw.example.com/a/b?c#d"), Some("/a/b"));
        for none in ["https://gw.example.com", "https://gw.example.com/", "nonsense"] {
            assert_eq!(callback_path(none), None, "{none}");
        }
    }
}
