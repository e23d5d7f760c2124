//! The control endpoint: what the other commands ask the gateway.

use super::start::Channel;
use crate::client;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use host_sdk::protocol::{ChannelStatus, Error, HandleRequest, Probe, StatusProbe};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;

/// What a reverse proxy adds.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// How the gateway and its channels are.
#[derive(Debug, Serialize, Deserialize)]
pub struct GatewayStatus {
    /// Its process.
    pub pid: u32,
    /// When it started, in milliseconds since 1970 UTC.
    pub started_at_ms: i64,
    /// Every channel.
    pub channels: Vec<ChannelReport>,
}

/// How one channel is.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ChannelReport {
    /// Its name for people.
    pub label: String,
    /// Its state.
    pub status: ChannelStatus,
    /// What the servers said, when they were asked.
    pub probes: Vec<Probe>,
    /// Why its state is not known.
    pub error: Option<Error>,
}

/// What the endpoint knows.
#[derive(Debug)]
pub struct Control {
    /// The bearer token that callers must have.
    pub token: String,
    /// When the gateway started.
    pub started_at_ms: i64,
    /// The running channels.
    pub channels: Vec<Arc<Channel>>,
}

/// The endpoint's own paths. Of them only `/healthz` is there for callers from elsewhere: it says no more than that
/// somebody listens.
pub fn router<S: Clone + Send + Sync + 'static>(control: Control) -> Router<S> {
    let control = Arc::new(control);
    let local = Router::new()
        .route("/status", get(status))
        .route("/request", post(request))
        .layer(middleware::from_fn_with_state(control.clone(), guard))
        .with_state(control);
    local.route("/healthz", get(|| async { Json(serde_json::json!({ "ok": true })) }))
}

/// Lets through who is on this machine and has the token, before anything is read of what a stranger sends. Whoever is
/// elsewhere finds nothing here, token or not. A reverse proxy on this machine speaks for somebody else.
async fn guard(
    State(control): State<Arc<Control>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let here = peer.ip().to_canonical().is_loopback();
    if !here || FORWARDED.iter().any(|name| headers.contains_key(*name)) {
        return refusal(StatusCode::NOT_FOUND, "Not Found");
    }
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given.and_then(|value| value.strip_prefix("Bearer ")) != Some(control.token.as_str()) {
        return refusal(StatusCode::UNAUTHORIZED, "the token of gateway.json is needed");
    }
    next.run(request).await
}

fn refusal(status: StatusCode, why: &str) -> Response {
    (status, Json(serde_json::json!({ "error": why }))).into_response()
}

#[derive(Deserialize)]
struct StatusQuery {
    #[serde(default)]
    probe: bool,
}

async fn status(State(control): State<Arc<Control>>, Query(query): Query<StatusQuery>) -> Response {
    let mut channels = Vec::with_capacity(control.channels.len());
    for channel in &control.channels {
        channels.push(report(channel, query.probe).await);
    }
    let status = GatewayStatus { pid: std::process::id(), started_at_ms: control.started_at_ms, channels };
    Json(status).into_response()
}

/// A request to one of the running channels.
#[derive(Debug, Serialize, Deserialize)]
pub struct Forward {
    /// The channel's id.
    pub channel: String,
    /// What it is asked.
    pub request: HandleRequest,
}

/// Pass a request on to its channel. Only what leaves the gateway's own state alone is passed on.
async fn request(State(control): State<Arc<Control>>, body: Bytes) -> Response {
    let forward: Forward = match serde_json::from_slice(&body) {
        Ok(forward) => forward,
        Err(error) => {
            return refusal(StatusCode::BAD_REQUEST, &format!("the request cannot be read: {error}"));
        }
    };
    let harmless = matches!(
        forward.request,
        HandleRequest::PairingApproved(_)
            | HandleRequest::InboundExplain(_)
            | HandleRequest::AccountDoctor(_)
    );
    let answer = match control.channels.iter().find(|channel| channel.id == forward.channel) {
        _ if !harmless => Err(Error::not_supported("the gateway does not pass this request on")),
        None => Err(Error::not_supported(format!("the channel {} does not run", forward.channel))),
        Some(channel) => channel.instance.handle(&forward.request).await,
    };
    Json(match answer {
        Ok(result) => serde_json::json!({ "result": result }),
        Err(error) => serde_json::json!({ "error": error }),
    })
    .into_response()
}

async fn report(channel: &Channel, probe: bool) -> ChannelReport {
    let mut report = ChannelReport { label: channel.label.clone(), ..ChannelReport::default() };
    report.status.channel.clone_from(&channel.id);
    match ask(channel, &HandleRequest::StatusGet(Default::default())).await {
        Ok(status) => report.status = status,
        Err(error) => report.error = Some(error),
    }
    if probe {
        match ask(channel, &HandleRequest::StatusProbe(StatusProbe::default())).await {
            Ok(probes) => report.probes = probes,
            Err(error) => report.error = Some(error),
        }
    }
    report
}

async fn ask<T: serde::de::DeserializeOwned>(channel: &Channel, request: &HandleRequest) -> Result<T, Error> {
    let answer = channel.instance.handle(request).await?;
    client::answer(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;

    async fn asked(from: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> u16 {
        let control = Control { token: "t".to_owned(), started_at_ms: 0, channels: Vec::new() };
        let peer: SocketAddr = from.parse().unwrap();
        let mut request = Request::builder().method(method).uri(path).extension(ConnectInfo(peer));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = TowerToHyperService::new(router(control)).call(request).await;
        answer.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn only_this_machine_finds_the_endpoint_and_only_the_token_opens_it() {
        let token = ("authorization", "Bearer t");
        for here in ["127.0.0.1:9", "[::1]:9", "[::ffff:127.0.0.1]:9"] {
            assert_eq!(asked(here, "GET", "/status", &[token]).await, 200, "{here}");
            assert_eq!(asked(here, "GET", "/status", &[]).await, 401, "{here}");
            assert_eq!(asked(here, "GET", "/status", &[("authorization", "Bearer tt")]).await, 401, "{here}");
            assert_eq!(asked(here, "POST", "/request", &[]).await, 401, "{here}");
            for proxied in [("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=x"), ("X-Real-IP", "::1")] {
                assert_eq!(asked(here, "GET", "/status", &[token, proxied]).await, 404, "{here}");
            }
        }
        for elsewhere in ["192.0.2.7:9", "[2001:db8::1]:9", "[::ffff:192.0.2.7]:9"] {
            for (method, path) in
                [("GET", "/status"), ("POST", "/status"), ("POST", "/request"), ("GET", "/request")]
            {
                assert_eq!(
                    asked(elsewhere, method, path, &[token]).await,
                    404,
                    "{elsewhere} {method} {path}"
                );
            }
            assert_eq!(asked(elsewhere, "GET", "/healthz", &[]).await, 200, "{elsewhere}");
        }
    }
}
