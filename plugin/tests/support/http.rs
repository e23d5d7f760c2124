//! A host's HTTP server, as small as it can be: what arrives is handed to the channel in two steps.

use super::PATIENCE;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Router, routing::any};
use futures_util::StreamExt as _;
use host_sdk::host::Instance;
use host_sdk::protocol::{
    BodyProblem, HandleRequest, HttpAnswer, HttpHeader, HttpRequest, HttpResponse, ReadBody,
};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The server. It outlives instances: [`HttpHost::attach`] says who answers.
#[derive(Clone)]
pub struct HttpHost {
    address: SocketAddr,
    answers: Arc<Mutex<Option<Instance>>>,
    /// Keeps the listener's task; it ends with the last clone.
    _task: Arc<Task>,
}

struct Task(tokio::task::JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl HttpHost {
    /// Listen on a free port of this machine.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers: Arc<Mutex<Option<Instance>>> = Arc::default();
        let behind = answers.clone();
        let serve = move |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request| {
            let instance = behind.lock().unwrap().clone();
            async move {
                match instance {
                    Some(instance) => exchange(&instance, peer, request).await,
                    None => gone(),
                }
            }
        };
        let app = Router::new().fallback(any(serve));
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, answers, _task: Arc::new(Task(task)) }
    }

    /// This instance answers from now on.
    pub fn attach(&self, instance: &Instance) {
        *self.answers.lock().unwrap() = Some(instance.clone());
    }

    /// Nobody does: callers get 502, as behind a proxy.
    pub fn detach(&self) {
        *self.answers.lock().unwrap() = None;
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address of a path here.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Send a request as it stands, and read what comes back until the connection is closed.
    pub async fn raw(&self, request: &str) -> String {
        let talking = async {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            // A server that closes while more is on its way resets the connection.
            let _ = stream.read_to_end(&mut answer).await;
            String::from_utf8_lossy(&answer).into_owned()
        };
        tokio::time::timeout(PATIENCE, talking).await.unwrap()
    }

    /// A request with headers and a body: status, headers in lower case, body.
    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Called {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        Called::read(&self.raw(&request).await)
    }

    /// Post a form.
    pub async fn form(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Called {
        let mut all = vec![("Content-Type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.call("POST", path, &all, body).await
    }
}

/// What a caller got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    pub status: u16,
    /// As they came, in lower case.
    pub head: String,
    pub body: String,
}

impl Called {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no response: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status: {head:?}"));
        Self { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    /// The text of an answer that only the caller sees.
    pub fn ephemeral(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"));
        assert_eq!(body["response_type"], "ephemeral", "{self:?}");
        body["text"].as_str().unwrap().to_owned()
    }
}

async fn exchange(instance: &Instance, peer: SocketAddr, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| HttpHeader {
        name: name.as_str().to_owned(),
        value: value.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
    };
    let mut asked = HttpRequest {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers.iter().map(header).collect(),
        peer: Some(peer.ip().to_string()),
        ..HttpRequest::default()
    };
    let wanted = match step(instance, asked.clone()).await {
        Some(HttpAnswer::ReadBody(wanted)) => wanted,
        Some(HttpAnswer::Respond(response)) => return written(response),
        _ => return gone(),
    };
    let limit = Duration::from_millis(wanted.timeout_ms);
    match tokio::time::timeout(limit, read(body, &wanted)).await {
        Ok(Ok(text)) => asked.body = Some(text),
        Ok(Err(problem)) => asked.body_problem = Some(problem),
        Err(_) => asked.body_problem = Some(BodyProblem::Timeout),
    }
    asked.ticket = Some(wanted.ticket);
    match step(instance, asked).await {
        Some(HttpAnswer::Respond(response)) => written(response),
        _ => gone(),
    }
}

async fn step(instance: &Instance, request: HttpRequest) -> Option<HttpAnswer> {
    let answer = instance.handle(&HandleRequest::HttpRequest(request)).await.ok()?;
    serde_json::from_value(answer).ok()
}

async fn read(body: Body, wanted: &ReadBody) -> Result<String, BodyProblem> {
    let (mut bytes, mut pieces) = (Vec::new(), body.into_data_stream());
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece.map_err(|_| BodyProblem::Broken)?);
        if bytes.len() as u64 > wanted.max_bytes {
            return Err(BodyProblem::TooLarge);
        }
    }
    String::from_utf8(bytes).map_err(|_| BodyProblem::NotText)
}

fn written(response: HttpResponse) -> Response {
    let mut built = Response::builder().status(response.status);
    for header in &response.headers {
        built = built.header(&header.name, &header.value);
    }
    if response.close {
        built = built.header("Connection", "close");
    }
    built.body(Body::from(response.body)).unwrap()
}

fn gone() -> Response {
    Response::builder().status(StatusCode::BAD_GATEWAY).body(Body::empty()).unwrap()
}
