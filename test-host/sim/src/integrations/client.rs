//! Calling an integration as a real server does: its headers, its limits, and no private address that is not allowed.

use std::{
    io::Read,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{
        ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST,
        LOCATION, USER_AGENT,
    },
};
use flate2::read::MultiGzDecoder;
use reqwest::{Client, redirect::Policy};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::Verifier;
use url::{Host, Url};

use super::CallbackRecord;
use crate::{api::App, options::Version, state::AllowedInternal};

/// How much of an answer is read.
pub(super) const MAX_ANSWER: usize = 1024 * 1024;
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);
/// How many redirects are followed.
const MAX_REDIRECTS: usize = 10;

/// A call to be made. It has tokens in it and is never shown.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) authorization: Option<String>,
    pub(super) content_type: Option<&'static str>,
    pub(super) body: String,
    /// The server itself is called, for which no address is forbidden.
    pub(super) trusted: bool,
}

/// What an integration answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: String,
    /// At most [`MAX_ANSWER`] bytes; the rest is dropped.
    pub(super) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error("the URL is none that can be called")]
    Url,
    #[error("address forbidden, you may need to set AllowedUntrustedInternalConnections")]
    Forbidden,
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    #[error("too many redirects")]
    Redirects,
    #[error("cannot be reached: {0}")]
    Unreachable(String),
}

/// Calls an integration, and remembers the call.
pub(super) async fn call(app: &App, call: Call) -> Result<Answer, CallError> {
    let (settings, version) = {
        let world = app.world();
        (world.settings.clone(), world.version)
    };
    let mut record = CallbackRecord {
        method: call.method.to_string(),
        url: call.url.clone(),
        headers: Vec::new(),
        body: call.body.clone(),
        answer: Ok(0),
        answered: String::new(),
    };
    let internal = (!call.trusted).then_some(&settings.internal);
    let way = follow(call, version, internal, &mut record);
    let result = tokio::time::timeout(settings.timeout, way)
        .await
        .unwrap_or(Err(CallError::TimedOut(settings.timeout)));
    match &result {
        Ok(answer) => {
            record.answer = Ok(answer.status.as_u16());
            record.answered = String::from_utf8_lossy(&answer.body).into_owned();
        }
        Err(error) => {
            tracing::debug!(%error, "an integration did not answer");
            record.answer = Err(error.to_string());
        }
    }
    app.callbacks().push(record);
    result
}

async fn follow(
    mut call: Call,
    version: Version,
    internal: Option<&AllowedInternal>,
    record: &mut CallbackRecord,
) -> Result<Answer, CallError> {
    let mut url = Url::parse(&call.url).map_err(|_| CallError::Url)?;
    for _ in 0..=MAX_REDIRECTS {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(CallError::Url);
        }
        let client = client(&url, internal).await?;
        let headers = headers(&call, &url, version)?;
        if record.headers.is_empty() {
            let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            record.headers = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        }
        let mut request = client.request(call.method.clone(), url.clone()).headers(headers);
        if call.content_type.is_some() {
            request = request.body(call.body.clone());
        }
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
        match (status.as_u16(), location.and_then(|to| url.join(to).ok())) {
            (301..=303, Some(to)) => {
                url = to;
                call.method = Method::GET;
                call.content_type = None;
            }
            (307 | 308, Some(to)) => url = to,
            _ => return read(response).await,
        }
    }
    Err(CallError::Redirects)
}

/// A client for one host, which it finds at allowed addresses only.
async fn client(url: &Url, internal: Option<&AllowedInternal>) -> Result<Client, CallError> {
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls(url.scheme() == "https").map_err(|error| unreachable_text(&error))?)
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .http1_only()
        .http1_title_case_headers()
        .connect_timeout(CONNECT);
    let host = url.host_str().ok_or(CallError::Url)?;
    if let Some(internal) = internal.filter(|list| !list.allows_host(host)) {
        let port = url.port_or_known_default().ok_or(CallError::Url)?;
        let addresses: Vec<SocketAddr> = match url.host().ok_or(CallError::Url)? {
            Host::Ipv4(address) => vec![(IpAddr::from(address), port).into()],
            Host::Ipv6(address) => vec![(IpAddr::from(address), port).into()],
            Host::Domain(name) => tokio::net::lookup_host((name, port))
                .await
                .map_err(|error| unreachable_text(&error))?
                .collect(),
        };
        let allowed: Vec<SocketAddr> =
            addresses.into_iter().filter(|address| internal.allows_address(address.ip())).collect();
        if allowed.is_empty() {
            return Err(CallError::Forbidden);
        }
        builder = builder.resolve_to_addrs(host, &allowed);
    }
    builder.build().map_err(unreachable)
}

/// The headers of a real server, in its order.
fn headers(call: &Call, url: &Url, version: Version) -> Result<HeaderMap, CallError> {
    let agent = if version.is_modern() {
        "Mattermost-Bot/1.1".to_owned()
    } else {
        format!("mattermost-{}", version.number())
    };
    let host = match (url.host_str().ok_or(CallError::Url)?, url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    let length = call.content_type.map(|_| call.body.len().to_string());
    let values: [(HeaderName, Option<&str>); 7] = [
        (HOST, Some(&host)),
        (USER_AGENT, Some(&agent)),
        (CONTENT_LENGTH, length.as_deref()),
        (ACCEPT, Some("application/json")),
        (AUTHORIZATION, call.authorization.as_deref()),
        (CONTENT_TYPE, call.content_type),
        (ACCEPT_ENCODING, Some("gzip")),
    ];
    let mut headers = HeaderMap::new();
    for (name, value) in values {
        if let Some(value) = value {
            headers.insert(name, HeaderValue::from_str(value).map_err(|_| CallError::Url)?);
        }
    }
    Ok(headers)
}

async fn read(mut response: reqwest::Response) -> Result<Answer, CallError> {
    let status = response.status();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let content_type = header(CONTENT_TYPE).unwrap_or_default().to_owned();
    let zipped = header(CONTENT_ENCODING).is_some_and(|encoding| encoding.eq_ignore_ascii_case("gzip"));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        let room = MAX_ANSWER - body.len();
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if body.len() >= MAX_ANSWER {
            break;
        }
    }
    if zipped {
        let mut plain = Vec::new();
        let limit = u64::try_from(MAX_ANSWER).unwrap_or(u64::MAX);
        // What comes before a broken end is kept, as it is of a plain body.
        let _ = MultiGzDecoder::new(body.as_slice()).take(limit).read_to_end(&mut plain);
        body = plain;
    }
    Ok(Answer { status, content_type, body })
}

/// Trusts whom the system trusts; nothing is read where no TLS will be spoken.
fn tls(needed: bool) -> Result<ClientConfig, rustls::Error> {
    static SYSTEM: OnceLock<ClientConfig> = OnceLock::new();
    if let Some(config) = SYSTEM.get().filter(|_| needed) {
        return Ok(config.clone());
    }
    let provider = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    if !needed {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let verifier = Arc::new(Verifier::new(provider)?);
    // Rustls calls any verifier of one's own dangerous; this one is the platform's.
    let config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    Ok(SYSTEM.get_or_init(|| config).clone())
}

fn unreachable(error: reqwest::Error) -> CallError {
    unreachable_text(&error.without_url())
}

fn unreachable_text(error: &dyn std::error::Error) -> CallError {
    CallError::Unreachable(error.source().map_or_else(|| error.to_string(), ToString::to_string))
}

/// Whether a URL is one of the server's own plugins', which are called with the caller's session.
pub(super) fn is_plugin(app: &App, url: &str) -> bool {
    let site = Url::parse(&app.url()).ok();
    let target = Url::from_str(url).ok();
    match (site, target) {
        (Some(site), Some(target)) => {
            site.host() == target.host() && target.path().trim_start_matches('/').starts_with("plugins")
        }
        _ => false,
    }
}
