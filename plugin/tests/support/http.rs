//! A host's HTTP server: what the embedded server calls back is handed over in two steps, as hosts do.

use super::{Life, World, config};
use host_sdk::host::Instance;
use host_sdk::protocol::{HandleRequest, HttpAnswer, HttpHeader, HttpRequest, HttpResponse};
use mattermost_sim::{Options, Seed, Sim};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Listens, and hands what comes to an instance.
#[derive(Clone)]
pub struct Front {
    /// `http://127.0.0.1:<port>`
    pub url: String,
    instance: Arc<Mutex<Option<Instance>>>,
}

impl Front {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let instance: Arc<Mutex<Option<Instance>>> = Arc::default();
        let serving = instance.clone();
        tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serve(stream, peer.ip().to_string(), serving).await });
            }
        });
        Self { url, instance }
    }

    /// Requests go to this instance from now on.
    pub fn hand_to(&self, instance: &Instance) {
        *self.instance.lock().unwrap() = Some(instance.clone());
    }

    /// Nobody takes requests: the host is gone.
    pub fn hand_to_nobody(&self) {
        *self.instance.lock().unwrap() = None;
    }
}

async fn serve(stream: TcpStream, peer: String, instance: Arc<Mutex<Option<Instance>>>) {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    while let Some((mut request, length)) = head(&mut read, &peer).await {
        let mut body = vec![0; length];
        if read.read_exact(&mut body).await.is_err() {
            return;
        }
        let instance = instance.lock().unwrap().clone();
        let response = match instance {
            None => HttpResponse { status: 503, ..HttpResponse::default() },
            Some(instance) => hand_over(&instance, &mut request, String::from_utf8(body).unwrap()).await,
        };
        let mut text = format!("HTTP/1.1 {} X\r\nContent-Length: {}\r\n", response.status, response.body.len());
        for HttpHeader { name, value } in &response.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(&response.body);
        if write.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn head(read: &mut (impl AsyncBufReadExt + Unpin), peer: &str) -> Option<(HttpRequest, usize)> {
    let mut first = String::new();
    read.read_line(&mut first).await.ok().filter(|length| *length > 0)?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (target, None),
    };
    let mut request =
        HttpRequest { method, path, query, peer: Some(peer.to_owned()), ..HttpRequest::default() };
    loop {
        let mut line = String::new();
        read.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push(HttpHeader { name: name.to_owned(), value: value.trim().to_owned() });
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    Some((request, length))
}

/// One request, in two steps.
pub async fn hand_over(instance: &Instance, request: &mut HttpRequest, body: String) -> HttpResponse {
    match ask(instance, request).await {
        HttpAnswer::Respond(response) => return response,
        HttpAnswer::ReadBody(reading) => request.ticket = Some(reading.ticket),
        other => panic!("{other:?}"),
    }
    request.body = Some(body);
    match ask(instance, request).await {
        HttpAnswer::Respond(response) => response,
        other => panic!("asked twice: {other:?}"),
    }
}

async fn ask(instance: &Instance, request: &HttpRequest) -> HttpAnswer {
    let answer = instance.handle(&HandleRequest::HttpRequest(request.clone())).await.unwrap();
    serde_json::from_value(answer).unwrap()
}

/// A POST from this machine.
pub fn post(path: &str) -> HttpRequest {
    let header = HttpHeader { name: "Content-Type".to_owned(), value: "application/json".to_owned() };
    HttpRequest {
        method: "POST".to_owned(),
        path: path.to_owned(),
        headers: vec![header],
        peer: Some("127.0.0.1".to_owned()),
        ..HttpRequest::default()
    }
}

/// The JSON body of a response.
pub fn said(response: &HttpResponse) -> Value {
    serde_json::from_str(&response.body).unwrap()
}

impl World {
    /// A world whose server reaches the host over HTTP. `keys` are keys of the section, and of the configuration around
    /// it.
    pub async fn reachable(lasting: bool, keys: impl FnOnce(&Seed) -> (Value, Value)) -> (Self, Front) {
        let front = Front::new().await;
        let sim = Sim::start(Options::default()).await.unwrap();
        let seed = sim.seed().unwrap();
        let (more, around) = keys(&seed);
        let mut section = json!({
            "enabled": true, "botToken": seed.token("openclaw"), "baseUrl": sim.url(),
            "dmPolicy": "open", "allowFrom": ["*"], "groupPolicy": "open",
            "interactions": { "callbackBaseUrl": front.url },
        });
        for (key, value) in more.as_object().unwrap() {
            section[key] = value.clone();
        }
        section.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let mut config = config(section);
        for (key, value) in around.as_object().unwrap() {
            config[key] = value.clone();
        }
        let life = Life { config, state: lasting.then(|| tempfile::tempdir().unwrap()) };
        let (instance, events) = life.instance();
        front.hand_to(&instance);
        let mut world = Self { sim, seed, instance, events, life };
        world.start().await;
        (world, front)
    }
}
