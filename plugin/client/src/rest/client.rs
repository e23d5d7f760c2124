//! The client: sending a route and reading its answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use rustls::ClientConfig;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use url::Url;

use super::body::{self, BodyError, JSON_LIMIT, TEXT_LIMIT};
use super::clock::ServerClock;
use super::route::{Body, Route};
use super::{Options, failure};
use crate::error::{Error, ErrorKind, RequestLine};
use crate::network::{Guarded, NetworkPolicy, Trail};
use crate::server_url::ServerUrl;
use crate::tls;
use crate::token::Token;

/// How long an idle connection is kept. A Mattermost server closes it after 60 s; one that both sides close at
/// the same moment costs a failed call.
const POOL_IDLE: Duration = Duration::from_secs(45);
/// Idle connections that are kept. A moment in which many calls were under way must not leave them all open.
const POOL_SIZE: usize = 8;
/// The longest establishing a connection may take, within the limit of the whole call.
const CONNECT: Duration = Duration::from_secs(15);

/// A Mattermost server and the account to use it with. Cloning is cheap and shares the connections.
///
/// Proxies of the environment are not used and redirects are followed only within the configured server (those of a
/// download anywhere, without the token): the token goes to that server and nowhere else. Where the server may be says
/// [`Options::network`].
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    audit: &'static str,
}

struct Shared {
    http: reqwest::Client,
    server: ServerUrl,
    token: Token,
    authorization: HeaderValue,
    tls: Option<Arc<ClientConfig>>,
    options: Options,
    clock: ServerClock,
}

/// How a request goes out.
#[derive(Clone, Copy)]
struct How {
    /// It carries a file.
    transfer: bool,
    /// It carries the token.
    at_home: bool,
}

impl Client {
    /// A client for `server` that acts as the owner of `token`. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Setup`] when the operating system's certificates cannot be used. For an `http` server none
    /// are read.
    pub fn new(server: ServerUrl, token: Token, options: Options) -> Result<Self, Error> {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
            .map_err(|_| Error::invalid_argument("the access token cannot be sent in a header"))?;
        authorization.set_sensitive(true);
        let tls = match server.is_https() {
            true => Some(tls::client_config(&options.extra_roots).map_err(Error::setup)?),
            false => None,
        };
        let config = match &tls {
            Some(config) => ClientConfig::clone(config),
            None => tls::unused_config().map_err(Error::setup)?,
        };
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .dns_resolver(Guarded(options.network.clone()))
            .tcp_nodelay(true)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(POOL_IDLE)
            .pool_max_idle_per_host(POOL_SIZE)
            .build()
            .map_err(Error::setup)?;
        let clock = ServerClock::default();
        let shared = Shared { http, server, token, authorization, tls, options, clock };
        Ok(Self { shared: Arc::new(shared), audit: "mattermost-api" })
    }

    /// The same client; what its policy refuses is noted under another name than `mattermost-api`.
    #[must_use]
    pub fn audited_as(&self, context: &'static str) -> Self {
        Self { shared: self.shared.clone(), audit: context }
    }

    /// The server this client talks to.
    #[must_use]
    pub fn server(&self) -> &ServerUrl {
        &self.shared.server
    }

    /// The token this client uses.
    #[must_use]
    pub fn token(&self) -> &Token {
        &self.shared.token
    }

    /// What time it is by the server, in milliseconds since 1970, to the second; `None` before its first answer.
    #[must_use]
    pub fn server_time(&self) -> Option<i64> {
        self.shared.clock.now()
    }

    /// Sends `route` and reads the answer as JSON, at most 16 MiB.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`] but [`ErrorKind::AcceptedUnreadable`].
    pub async fn json<T: DeserializeOwned>(&self, route: Route) -> Result<T, Error> {
        let request = route.request_line();
        let response = self.send(route).await?;
        self.read_json(response, &request).await
    }

    /// Sends `route` and ignores what a successful answer says.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`] but those about reading the answer.
    pub async fn execute(&self, route: Route) -> Result<(), Error> {
        let mut response = self.send(route).await?;
        // Read to its end, a short body leaves the connection fit for the next call. Its fate changes nothing.
        let _ = body::read(&mut response, TEXT_LIMIT).await;
        Ok(())
    }

    /// Sends `route`; an answer that is not a success becomes an error.
    pub(super) async fn send(&self, route: Route) -> Result<Response, Error> {
        let request = route.request_line();
        let shared = &*self.shared;
        let limit = if route.transfer { shared.options.transfer_timeout } else { shared.options.timeout };
        let mut url = match route.outside {
            true => shared.server.beside(&request.path),
            false => shared.server.rest(&request.path),
        };
        if !route.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&route.query);
        }
        let limit = route.timeout.unwrap_or(limit);
        let (method, how) =
            (route.method().into(), How { transfer: route.transfer, at_home: !route.outside });
        let answered = self.follow(url, method, route.body, how, limit).await;
        let response = answered.map_err(|error| {
            if let ErrorKind::AddressRefused { refused } = error.kind() {
                refused.audit(self.audit);
            }
            error.at(&request)
        })?;
        let status = response.status();
        tracing::trace!(method = request.method, path = request.path, status = status.as_u16(), "answered");
        // A 304 or a 1xx would be as useless as an error: nothing was asked conditionally.
        if status.is_success() {
            Ok(response)
        } else {
            Err(failure::read(response, &shared.token).await.at(&request))
        }
    }

    /// Sends a request, and again to where the server points. A call whose method a redirect would change, or that needs
    /// the token at another server, would not do what was asked: its redirect is the answer.
    async fn follow(
        &self,
        url: Url,
        method: reqwest::Method,
        mut body: Body,
        how: How,
        limit: Duration,
    ) -> Result<Response, Error> {
        let shared = &*self.shared;
        let deadline = Instant::now() + limit;
        let mut trail = Trail::new(&url);
        let How { transfer, mut at_home } = how;
        let mut url = url;
        loop {
            shared.options.network.check_url(&url)?;
            let left = deadline.saturating_duration_since(Instant::now());
            let mut builder = shared.http.request(method.clone(), url).timeout(left);
            if at_home {
                builder = builder.header(AUTHORIZATION, shared.authorization.clone());
            }
            let again = match &body {
                Body::Json(bytes) => Some(Body::Json(bytes.clone())),
                Body::Empty => Some(Body::Empty),
                Body::Multipart(_) => None,
            };
            builder = match body {
                Body::Empty => builder,
                Body::Json(bytes) => builder.header(CONTENT_TYPE, "application/json").body(bytes),
                Body::Multipart(form) => builder.multipart(form),
            };
            let sent = builder.send().await;
            let response = sent.map_err(|error| Error::network(error, shared.server.as_str()))?;
            if at_home {
                shared.clock.hear(response.headers());
            }
            let status = response.status();
            let next = match (status.is_redirection(), again) {
                (true, Some(again)) => {
                    trail.next(&method, status.as_u16(), response.headers()).zip(Some(again))
                }
                _ => None,
            };
            match next {
                Some((hop, again))
                    if hop.method == method
                        && (hop.same_origin || transfer)
                        && (hop.body || matches!(again, Body::Empty)) =>
                {
                    at_home &= hop.same_origin;
                    (url, body) = (hop.url, again);
                }
                _ => return Ok(response),
            }
        }
    }

    pub(super) async fn read_json<T: DeserializeOwned>(
        &self,
        mut response: Response,
        request: &RequestLine,
    ) -> Result<T, Error> {
        let status = response.status();
        let json = body::is_json(response.headers());
        let limit = if json { JSON_LIMIT } else { TEXT_LIMIT };
        let kind = body::content_type(response.headers()).unwrap_or("no content type").to_owned();
        let bytes = self.read_body(&mut response, limit, request).await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            // A web page in place of JSON usually means another server or a login page of a proxy.
            let detail = match json {
                true => error.to_string(),
                false => format!("it is {kind} instead of JSON; does baseUrl point at a Mattermost server?"),
            };
            self.unreadable(status, &detail).at(request)
        })
    }

    pub(super) async fn read_body(
        &self,
        response: &mut Response,
        limit: u64,
        request: &RequestLine,
    ) -> Result<Vec<u8>, Error> {
        body::read(response, limit).await.map_err(|error| {
            let error = match error {
                BodyError::TooLarge => Error::new(ErrorKind::TooLarge { limit }),
                BodyError::Network(error) => Error::network(error, self.shared.server.as_str()),
            };
            error.at(request)
        })
    }

    pub(super) fn unreadable(&self, status: StatusCode, detail: &str) -> Error {
        // A parser's message may quote the body.
        let detail = crate::shown::shown(&self.shared.token.redact(detail));
        Error::new(ErrorKind::Unreadable { status: status.as_u16(), detail })
    }

    /// The TLS configuration that the WebSocket shares; none for an `http` server.
    pub(crate) fn tls(&self) -> Option<Arc<ClientConfig>> {
        self.shared.tls.clone()
    }

    /// Where this client may connect to, and under which name a refusal is noted.
    pub(crate) fn network(&self) -> (&NetworkPolicy, &'static str) {
        (&self.shared.options.network, self.audit)
    }

    /// The value of the `Authorization` header, marked as sensitive.
    pub(crate) fn authorization(&self) -> HeaderValue {
        self.shared.authorization.clone()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.shared.server).finish_non_exhaustive()
    }
}
