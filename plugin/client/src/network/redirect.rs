//! Following redirects: what the next request is, without sending it.

use reqwest::Method;
use reqwest::header::{HeaderMap, LOCATION};
use url::Url;

/// Redirects that are followed one after the other.
const MOST: usize = 3;

/// The places that a request has been to.
#[derive(Debug)]
pub(crate) struct Trail {
    visited: Vec<Url>,
}

/// The request that a redirect asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) url: Url,
    pub(crate) method: Method,
    /// The body goes along.
    pub(crate) body: bool,
    /// It is the same server: what identifies the caller goes along.
    pub(crate) same_origin: bool,
}

/// Whether two URLs belong to the same server: scheme, host and port.
pub(crate) fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

impl Trail {
    pub(crate) fn new(url: &Url) -> Self {
        Self { visited: vec![url.clone()] }
    }

    /// The next request; `None` where the answer is no redirect that can be followed: no or no HTTP location, a place
    /// that was visited before, more than three in a row.
    ///
    /// The method changes as browsers change it; a body goes neither with another method nor to another server.
    pub(crate) fn next(&mut self, method: &Method, status: u16, headers: &HeaderMap) -> Option<Hop> {
        let safe = matches!(*method, Method::GET | Method::HEAD);
        let method = match status {
            301 | 302 if *method == Method::POST => Method::GET,
            303 if !safe => Method::GET,
            301 | 302 | 303 | 307 | 308 => method.clone(),
            _ => return None,
        };
        let location = headers.get(LOCATION)?.to_str().ok()?;
        let from = self.visited.last()?;
        let mut url = from.join(location).ok()?;
        url.set_fragment(None);
        let http = matches!(url.scheme(), "http" | "https") && url.host().is_some();
        let plain = url.username().is_empty() && url.password().is_none();
        if !http || !plain || self.visited.len() > MOST || self.visited.contains(&url) {
            return None;
        }
        let same_origin = same_origin(from, &url);
        let body = same_origin && matches!(status, 307 | 308);
        self.visited.push(url.clone());
        Some(Hop { url, method, body, same_origin })
    }
}

#[cfg(test)]
mod tests {
    use super::Trail;
    use reqwest::Method;
    use reqwest::header::{HeaderMap, HeaderValue, LOCATION};
    use url::Url;

    fn to(location: &str) -> HeaderMap {
        HeaderMap::from_iter([(LOCATION, HeaderValue::from_str(location).unwrap())])
    }

    fn trail() -> Trail {
        Trail::new(&Url::parse("https://chat.example.com/a").unwrap())
    }

    #[test]
    fn the_method_changes_as_browsers_change_it() {
        for (method, status, expected, body) in [
            (Method::GET, 301, Method::GET, false),
            (Method::POST, 301, Method::GET, false),
            (Method::POST, 302, Method::GET, false),
            (Method::PUT, 303, Method::GET, false),
            (Method::PUT, 302, Method::PUT, false),
            (Method::POST, 307, Method::POST, true),
            (Method::POST, 308, Method::POST, true),
        ] {
            let hop = trail().next(&method, status, &to("/b")).unwrap();
            assert_eq!((hop.method, hop.body, hop.same_origin), (expected, body, true), "{method} {status}");
        }
        assert_eq!(trail().next(&Method::GET, 304, &to("/b")), None);
    }

    #[test]
    fn another_scheme_host_or_port_is_another_server() {
        for location in ["http://chat.example.com/b", "https://example.com/b", "https://chat.example.com:8/b"]
        {
            let hop = trail().next(&Method::POST, 307, &to(location)).unwrap();
            assert!(!hop.same_origin && !hop.body, "{location}");
        }
    }

    #[test]
    fn loops_other_schemes_passwords_and_long_chains_are_not_followed() {
        for location in ["/a", "/a#part", "ftp://chat.example.com/", "file:///etc/passwd", "https://u:p@h/"] {
            assert_eq!(trail().next(&Method::GET, 302, &to(location)), None, "{location}");
        }
        let mut trail = trail();
        for step in ["/1", "/2", "/3"] {
            assert!(trail.next(&Method::GET, 302, &to(step)).is_some());
        }
        assert_eq!(trail.next(&Method::GET, 302, &to("/4")), None);
    }
}
