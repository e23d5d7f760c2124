//! The control endpoint: what the other commands ask the gateway.

use super::start::Channel;
use crate::client;
use crate::failure::Failure;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use host_sdk::protocol::{ChannelStatus, Error, HandleRequest, Probe, StatusProbe};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;

/// OpenClaw's own port, so that people find it where they expect it.
const USUAL_PORT: u16 = 18_789;

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

/// Listen on this machine: on `asked` if it is given, else on the usual port, else on any.
pub async fn listen(asked: Option<u16>) -> Result<TcpListener, Failure> {
    let bind = |port| TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let listener = match asked {
        Some(port) => bind(port).await,
        None => match bind(USUAL_PORT).await {
            Ok(listener) => Ok(listener),
            Err(error) => {
                let listener = bind(0).await;
                if let Some(port) = listener.as_ref().ok().and_then(|listener| listener.local_addr().ok()) {
                    let why = if error.kind() == ErrorKind::AddrInUse { "taken" } else { "not to be had" };
                    tracing::info!("gateway: port {USUAL_PORT} is {why}, using {}", port.port());
                }
                listener
            }
        },
    };
    listener.map_err(|error| {
        Failure::new(
            format!("cannot listen on 127.0.0.1:{}: {error}", asked.unwrap_or(USUAL_PORT)),
            "choose another port with --port, or leave --port and gateway.port out",
        )
    })
}

/// Serve until the task is aborted.
pub async fn serve(listener: TcpListener, control: Control) {
    let router = Router::new()
        .route("/healthz", get(|| async { Json(serde_json::json!({ "ok": true })) }))
        .route("/status", get(status))
        .route("/request", post(request))
        .with_state(Arc::new(control));
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!("gateway: the control endpoint ended: {error}");
    }
}

#[derive(Deserialize)]
struct StatusQuery {
    #[serde(default)]
    probe: bool,
}

async fn status(
    State(control): State<Arc<Control>>,
    Query(query): Query<StatusQuery>,
    headers: HeaderMap,
) -> Response {
    if let Some(refused) = refused(&control, &headers) {
        return refused;
    }
    let mut channels = Vec::with_capacity(control.channels.len());
    for channel in &control.channels {
        channels.push(report(channel, query.probe).await);
    }
    let status = GatewayStatus { pid: std::process::id(), started_at_ms: control.started_at_ms, channels };
    Json(status).into_response()
}

/// The answer to callers who may not ask.
fn refused(control: &Control, headers: &HeaderMap) -> Option<Response> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given.and_then(|value| value.strip_prefix("Bearer ")) == Some(control.token.as_str()) {
        return None;
    }
    let body = serde_json::json!({ "error": "the token of gateway.json is needed" });
    Some((StatusCode::UNAUTHORIZED, Json(body)).into_response())
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
async fn request(State(control): State<Arc<Control>>, headers: HeaderMap, body: Bytes) -> Response {
    // Before anything is read of what a stranger sends.
    if let Some(refused) = refused(&control, &headers) {
        return refused;
    }
    let forward: Forward = match serde_json::from_slice(&body) {
        Ok(forward) => forward,
        Err(error) => {
            let body = serde_json::json!({ "error": format!("the request cannot be read: {error}") });
            return (StatusCode::BAD_REQUEST, Json(body)).into_response();
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
