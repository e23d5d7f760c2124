//! Files from the web, fetched without anybody's token.

mod error;
mod name;

pub use self::error::FetchError;

use std::time::Duration;

use reqwest::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use reqwest::redirect::Policy;
use reqwest::{Method, Response};
use rustls::ClientConfig;
use tokio::time::Instant;
use url::Url;

use crate::network::{Guarded, NetworkPolicy, Trail, same_origin};
use crate::server_url::ServerUrl;
use crate::tls::{self, RootCertificates};

/// The longest that connecting, and each silence after it, may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest that a whole fetch may take.
const WHOLE: Duration = Duration::from_secs(300);

/// Fetches files. Only the public internet is reached; the one exception is a server of one's own, see
/// [`Fetcher::with_own`]. No token, no cookie and no proxy is used. Up to three redirects are followed, each checked like
/// the first address.
#[derive(Debug, Clone)]
pub struct Fetcher {
    public: reqwest::Client,
    own: Option<(Url, reqwest::Client)>,
}

impl Fetcher {
    /// A fetcher for the public internet.
    ///
    /// # Errors
    ///
    /// [`FetchError::Setup`] when the operating system's certificates cannot be used.
    pub fn new(roots: &RootCertificates) -> Result<Self, FetchError> {
        let public = client(NetworkPolicy::public(), roots)?;
        Ok(Self { public, own: None })
    }

    /// The same, and `server` may be reached wherever it is: this scheme, host and port, nothing beside it.
    ///
    /// # Errors
    ///
    /// As [`Fetcher::new`].
    pub fn with_own(mut self, server: &ServerUrl, roots: &RootCertificates) -> Result<Self, FetchError> {
        self.own = Some((server.rest(""), client(NetworkPolicy::unrestricted(), roots)?));
        Ok(self)
    }

    /// Begin to fetch a file of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`FetchError`]; [`FetchError::TooLarge`] when more is announced.
    pub async fn open(&self, url: &str, limit: u64) -> Result<Fetched, FetchError> {
        let mut url =
            Url::parse(url.trim()).map_err(|error| FetchError::Url { detail: error.to_string() })?;
        let deadline = Instant::now() + WHOLE;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Url { detail: "it is neither http nor https".to_owned() });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Url { detail: "it has a user name or password".to_owned() });
        }
        let mut trail = Trail::new(&url);
        loop {
            let client = match &self.own {
                Some((own, client)) if same_origin(own, &url) => client,
                _ => {
                    let allowed = NetworkPolicy::public().check_url(&url);
                    allowed.map_err(FetchError::Refused)?;
                    &self.public
                }
            };
            let left = deadline.saturating_duration_since(Instant::now());
            let sent = client.get(url.clone()).timeout(left).send().await;
            let response = sent.map_err(FetchError::of)?;
            let status = response.status();
            if status.is_success() {
                let announced = announced(response.headers());
                if announced.is_some_and(|length| length > limit) {
                    return Err(FetchError::TooLarge { limit });
                }
                return Ok(Fetched { response, url, limit, received: 0 });
            }
            match trail.next(&Method::GET, status.as_u16(), response.headers()) {
                Some(hop) => url = hop.url,
                None if status.is_redirection() => return Err(FetchError::Redirects),
                None => return Err(FetchError::Status { status: status.as_u16() }),
            }
        }
    }
}

/// A file that is being fetched.
#[derive(Debug)]
pub struct Fetched {
    response: Response,
    url: Url,
    limit: u64,
    received: u64,
}

impl Fetched {
    /// As its server says, without parameters, in small letters.
    #[must_use]
    pub fn mime(&self) -> Option<String> {
        let text = self.response.headers().get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = text.split(';').next()?.trim().to_ascii_lowercase();
        (essence.contains('/') && !essence.contains(char::is_whitespace)).then_some(essence)
    }

    /// As its server or else its URL says. Nothing of it is trusted: it may hold anything but slashes and controls.
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        let header = self.response.headers().get(CONTENT_DISPOSITION);
        let header = header.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        header.and_then(|header| name::disposition(&header)).or_else(|| name::of_path(self.url.path()))
    }

    /// The next part; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`FetchError::TooLarge`] as soon as more than the limit has come; a broken connection.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, FetchError> {
        let chunk = self.response.chunk().await.map_err(FetchError::of)?;
        self.received += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        if self.received > self.limit {
            return Err(FetchError::TooLarge { limit: self.limit });
        }
        Ok(chunk.map(|chunk| chunk.to_vec()))
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

fn client(policy: NetworkPolicy, roots: &RootCertificates) -> Result<reqwest::Client, FetchError> {
    let setup = |detail: String| FetchError::Setup { detail };
    let config = tls::client_config(roots).map_err(|error| setup(error.to_string()))?;
    reqwest::Client::builder()
        .tls_backend_preconfigured(ClientConfig::clone(&config))
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .dns_resolver(Guarded(policy))
        .connect_timeout(PATIENCE)
        .read_timeout(PATIENCE)
        .pool_max_idle_per_host(0)
        .build()
        .map_err(|error| setup(error.to_string()))
}

/// The path that a `file:` URL means on this machine.
#[must_use]
pub fn file_path(url: &str) -> Option<std::path::PathBuf> {
    let url = Url::parse(url.trim()).ok().filter(|url| url.scheme() == "file")?;
    url.to_file_path().ok()
}
