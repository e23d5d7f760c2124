//! What an address must be like that a server is told to call. Pure.

use mattermost_client::{ServerUrl, ServerUrlError};

/// The longest path that hosts serve, in bytes.
const LONGEST: usize = 1024;

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
        Err(ServerUrlError::Credentials) => Some(
            "holds a user name or password: remove it, the server proves itself with a token for each command",
        ),
        Err(error) => Some(of_any(error)),
    }
}

/// The same of the beginning of addresses, to which a path is added.
#[must_use]
pub(super) fn base_problem(url: &str) -> Option<&'static str> {
    match ServerUrl::parse(url).err()? {
        ServerUrlError::Empty | ServerUrlError::Host => {
            Some("has no host: write something like https://gateway.example.com")
        }
        ServerUrlError::Credentials => {
            Some("holds a user name or password: remove it, each click carries a signature")
        }
        error => Some(of_any(error)),
    }
}

fn of_any(error: ServerUrlError) -> &'static str {
    match error {
        ServerUrlError::Scheme => "must begin with https:// or http://",
        ServerUrlError::Query => "has a query (`?...`): remove it",
        ServerUrlError::Fragment => "has a fragment (`#...`): remove it",
        _ => "cannot be read: write something like https://gateway.example.com",
    }
}

/// Why no host serves this path, with the way out; `None`: one does.
#[must_use]
pub(super) fn path_problem(path: &str) -> Option<&'static str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#');
    (path.len() > LONGEST || !path.bytes().all(plain)).then_some(
        "must be at most 1024 visible ASCII characters, without a question mark, a number sign and spaces",
    )
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
    use super::{base_problem, callback_path, path_problem, problem};

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
    fn the_beginning_of_an_address_needs_no_path_and_holds_no_secret() {
        for good in
            ["https://gw.example.com", "http://10.0.0.7:18789", "https://gw.example.com/behind/a/proxy"]
        {
            assert_eq!(base_problem(good), None, "{good}");
        }
        for (bad, why) in [
            ("gw.example.com", "begin with https"),
            ("", "no host"),
            ("https://me:secret@gw.example.com", "user name"),
            ("https://gw.example.com/c?key=secret", "query"),
            ("https://gw.example.com/c#secret", "fragment"),
        ] {
            let told = base_problem(bad).unwrap_or_else(|| panic!("{bad}"));
            assert!(told.contains(why) && !told.contains("secret"), "{bad}: {told}");
        }
    }

    #[test]
    fn a_path_is_one_that_hosts_serve() {
        for good in ["/api/channels/mattermost/command", "/%C3%A4", "/c/"] {
            assert_eq!(path_problem(good), None, "{good}");
        }
        for bad in ["/a b", "/c?key=1", "/c#x", "/\u{e4}", "/c\n"] {
            assert!(path_problem(bad).is_some(), "{bad}");
        }
        assert!(path_problem(&"/c".repeat(513)).is_some());
    }

    #[test]
    fn the_path_is_what_stands_behind_the_host() {
        assert_eq!(callback_path("https://gw.example.com/a/b?c#d"), Some("/a/b"));
        for none in ["https://gw.example.com", "https://gw.example.com/", "nonsense"] {
            assert_eq!(callback_path(none), None, "{none}");
        }
    }
}
