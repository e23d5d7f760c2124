//! Where a model is, and the key to it.

use crate::failure::Failure;
use reqwest::header::HeaderValue;
use std::fmt;
use url::Url;

/// Where models are when nothing is said.
const USUAL: &str = "https://api.openai.com/v1";
const BASE_URL: &str = "OPENAI_BASE_URL";
const KEY: &str = "OPENAI_API_KEY";

/// Where to ask, and with which key. The key is not shown.
#[derive(Clone)]
pub struct Endpoint {
    url: Url,
    key: Option<Key>,
}

#[derive(Clone)]
struct Key {
    text: String,
    header: HeaderValue,
}

impl Endpoint {
    /// At `base_url`, else where the environment says, with the environment's key if it has one.
    pub fn from_environment(base_url: Option<&str>) -> Result<Self, Failure> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let (source, text) = match (base_url, variable(BASE_URL)) {
            (Some(text), _) => ("the URL in --agent", text.to_owned()),
            (None, Some(text)) => (BASE_URL, text),
            (None, None) => (BASE_URL, USUAL.to_owned()),
        };
        let url = completions(text.trim()).map_err(|why| {
            Failure::new(
                format!("{source} {why}"),
                format!("write it like {USUAL}, up to what comes before /chat/completions"),
            )
        })?;
        let key = variable(KEY).map(|key| Key::new(key.trim())).transpose()?;
        Ok(Self { url, key })
    }

    /// What is wrong with a base URL, if anything is.
    pub fn check(base_url: &str) -> Result<(), String> {
        completions(base_url).map(drop)
    }

    /// Where to post.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// The value of the `Authorization` header.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        self.key.as_ref().map(|key| key.header.clone())
    }

    /// Whether it is on this machine.
    pub(super) fn is_local(&self) -> bool {
        match self.url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// A text without the key.
    pub(super) fn redact(&self, text: &str) -> String {
        match &self.key {
            Some(key) => text.replace(&key.text, "***"),
            None => text.to_owned(),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string())
    }
}

/// Without the query, which may have a secret in it.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.url.origin().ascii_serialization(), self.url.path())
    }
}

impl Key {
    fn new(text: &str) -> Result<Self, Failure> {
        let mut header = HeaderValue::from_str(&format!("Bearer {text}")).map_err(|_| {
            let what = format!("{KEY} has characters that cannot be sent in a header");
            Failure::new(what, "set it to the key alone, without line breaks")
        })?;
        header.set_sensitive(true);
        Ok(Self { text: text.to_owned(), header })
    }
}

/// Where chat completions are below a base URL; a whole one is taken as it is.
fn completions(base_url: &str) -> Result<Url, String> {
    // What is wrong is not repeated: there may be a key in it.
    let mut url = Url::parse(base_url).map_err(|error| format!("is not a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must begin with http:// or https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("must not have a name or password in it; a key belongs into {KEY}"));
    }
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/').to_owned();
    if !path.ends_with("/chat/completions") {
        url.set_path(&format!("{path}/chat/completions"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_may_be_written_in_every_usual_way() {
        for (written, meant) in [
            ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
            ("http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1/chat/completions"),
            ("http://localhost:8080", "http://localhost:8080/chat/completions"),
            ("https://x/v1/chat/completions", "https://x/v1/chat/completions"),
            ("https://x/d?api-version=1", "https://x/d/chat/completions?api-version=1"),
        ] {
            assert_eq!(completions(written).unwrap().as_str(), meant);
        }
        for wrong in
            ["", "api.openai.com/v1", "ftp://x/v1", "https://", "https://me:k3y@x/v1", "https://k3y@x"]
        {
            let error = completions(wrong).unwrap_err();
            assert!(!error.contains("k3y"), "{error}");
        }
    }

    #[test]
    fn the_key_is_shown_nowhere() {
        let url = completions("https://x/v1?key=other").unwrap();
        let endpoint = Endpoint { url, key: Some(Key::new("k3y").unwrap()) };
        let shown = format!("{endpoint} {endpoint:?} {:?}", endpoint.authorization());
        assert!(!shown.contains("k3y") && !shown.contains("other"), "{shown}");
        assert_eq!(endpoint.redact("bad key k3y."), "bad key ***.");
    }
}
