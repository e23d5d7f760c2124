//! An endpoint that speaks OpenAI's chat completions, and goes wrong as it is told.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::post;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The key that tests give.
pub const KEY: &str = "sk-the-key-of-the-test";

/// A piece of an answer.
pub enum Part {
    /// Bytes, as they go over the wire.
    Bytes(Vec<u8>),
    /// A pause.
    Pause(Duration),
    /// The connection breaks.
    Cut,
}

/// One answer.
pub enum Reply {
    /// A stream of events.
    Stream(Vec<Part>),
    /// A whole document, or a refusal.
    Document(u16, Value),
}

impl Reply {
    /// A stream that says `pieces` and ends as it should.
    pub fn says(pieces: &[&str]) -> Self {
        let texts = pieces.iter().map(|piece| text(piece));
        Self::Stream(texts.chain([end(), done()]).map(Part::Bytes).collect())
    }
}

/// An event with these lines of data.
pub fn event(data: &Value) -> Vec<u8> {
    format!("data: {data}\n\n").into_bytes()
}

/// More of the answer.
pub fn text(piece: &str) -> Vec<u8> {
    event(&json!({ "choices": [{ "index": 0, "delta": { "content": piece }, "finish_reason": null }] }))
}

/// The end of the answer.
pub fn end() -> Vec<u8> {
    event(&json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] }))
}

/// The end of the stream.
pub fn done() -> Vec<u8> {
    b"data: [DONE]\n\n".to_vec()
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub authorization: Option<String>,
    pub body: Value,
}

impl Asked {
    /// What was said so far, each with its role's first letter.
    pub fn messages(&self) -> Vec<String> {
        let messages = self.body["messages"].as_array().unwrap().iter();
        messages
            .map(|said| {
                let role = said["role"].as_str().unwrap().chars().next().unwrap();
                format!("{role} {}", said["content"].as_str().unwrap())
            })
            .collect()
    }
}

#[derive(Default)]
struct Shared {
    replies: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<Asked>>,
}

/// A running endpoint; it goes with the test's runtime.
pub struct Endpoint {
    pub url: String,
    shared: Arc<Shared>,
}

impl Endpoint {
    /// An endpoint that gives these answers, one for each question; after the last one it has none.
    pub async fn start(replies: Vec<Reply>) -> Self {
        let shared = Arc::new(Shared { replies: Mutex::new(replies.into()), ..Shared::default() });
        let app = Router::new().route("/v1/chat/completions", post(answer)).with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, shared }
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let authorization = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    let body = serde_json::from_slice(&body).unwrap();
    shared.asked.lock().unwrap().push(Asked { authorization, body });
    let reply = shared.replies.lock().unwrap().pop_front();
    match reply.unwrap_or_else(|| Reply::Document(410, json!({ "error": "no answers are left" }))) {
        Reply::Document(status, document) => Response::builder()
            .status(StatusCode::from_u16(status).unwrap())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(document.to_string()))
            .unwrap(),
        Reply::Stream(parts) => {
            let parts = stream::iter(parts).filter_map(async |part| match part {
                Part::Bytes(bytes) => {
                    // Each piece is a piece on the wire too.
                    tokio::time::sleep(Duration::from_millis(2)).await;
                    Some(Ok(bytes))
                }
                Part::Pause(pause) => {
                    tokio::time::sleep(pause).await;
                    None
                }
                Part::Cut => Some(Err(std::io::Error::other("cut"))),
            });
            let kind = "text/event-stream; charset=utf-8";
            Response::builder().header(header::CONTENT_TYPE, kind).body(Body::from_stream(parts)).unwrap()
        }
    }
}
