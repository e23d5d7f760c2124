//! Asking a model.

use super::chunk::message;
use super::endpoint::Endpoint;
use super::history::History;
use super::http;
use super::reader::Reader;
use crate::agent::{Agent, Answer, Failed, Turn, Voice};
use crate::failure::Failure;
use crate::times;
use futures_util::StreamExt as _;
use host_sdk::protocol::InboundMessage;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use sse_stream::SseByteStream;
use std::time::Duration;

/// The most that is read of an answer, with all that is written around it, in bytes.
const LONGEST_BODY: usize = 64 << 20;
/// The most that is read of a refusal, in bytes, and told, in characters.
const LONGEST_REFUSAL: usize = 16 * 1024;
const EXCERPT: usize = 300;

/// Asks a model, with what was said in the session before.
#[derive(Debug)]
pub struct OpenAi {
    model: String,
    endpoint: Endpoint,
    client: Client,
    limit: Duration,
    idle: Duration,
    history: History,
}

impl OpenAi {
    /// An agent that asks `model` at `endpoint`. A turn takes at most `limit`, and the endpoint may be silent for `idle`.
    pub fn new(model: String, endpoint: Endpoint, limit: Duration, idle: Duration) -> Result<Self, Failure> {
        let client = http::client(&endpoint)?;
        Ok(Self { model, endpoint, client, limit, idle, history: History::default() })
    }

    async fn run(&self, turn: Turn<'_>, voice: &Voice) -> Result<Option<String>, Failed> {
        let asked = tokio::time::timeout(self.limit, self.ask(turn, voice)).await;
        let answer = asked.unwrap_or_else(|_| {
            Err(Failed::for_now(format!("the model took longer than {}", times::took(self.limit))))
        });
        match answer {
            Ok(answer) => {
                if let Some(answer) = &answer {
                    self.history.add(turn, answer);
                }
                Ok(answer)
            }
            Err(Failed { why, again }) => Err(Failed { why: self.endpoint.redact(&why), again }),
        }
    }

    async fn ask(&self, turn: Turn<'_>, voice: &Voice) -> Result<Option<String>, Failed> {
        let model = turn.model.map_or(self.model.as_str(), |chosen| chosen.model.as_str());
        let body = json!({ "model": model, "stream": true, "messages": self.history.messages(turn) });
        let mut request = self
            .client
            .post(self.endpoint.url().clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "text/event-stream, application/json")
            .body(body.to_string());
        if let Some(authorization) = self.endpoint.authorization() {
            request = request.header(AUTHORIZATION, authorization);
        }
        let response = match tokio::time::timeout(self.idle, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                return Err(Failed::for_now(format!(
                    "{} cannot be asked: {}",
                    self.endpoint,
                    http::told(error)
                )));
            }
            Err(_) => return Err(Failed::for_now(format!("{}: {}", self.endpoint, http::silent(self.idle)))),
        };
        let status = response.status();
        if !status.is_success() {
            return Err(self.refused(status, response).await);
        }
        self.read(response, voice).await
    }

    async fn read(&self, response: Response, voice: &Voice) -> Result<Option<String>, Failed> {
        let streamed = !is_json(&response);
        let mut reader = Reader::new(voice);
        let mut body = Box::pin(http::body(response, self.idle, LONGEST_BODY));
        if !streamed {
            // It does not know `stream`, so the whole answer comes at once.
            let mut whole = Vec::new();
            while let Some(part) = body.next().await {
                whole.extend_from_slice(&part.map_err(|error| Failed::for_now(error.to_string()))?);
            }
            reader.take(&String::from_utf8_lossy(&whole))?;
            return reader.finish();
        }
        let mut events = SseByteStream::new(body);
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => {
                    if reader.take(&event.data.unwrap_or_default())? {
                        break;
                    }
                }
                // Nothing is missing of an answer that was at its end.
                Err(_) if reader.is_finished() => break,
                Err(error) => {
                    let why =
                        format!("the endpoint's answer broke off {}: {}", reader.so_far(), reason(error));
                    return Err(Failed::for_now(why));
                }
            }
        }
        reader.finish()
    }

    /// Why an endpoint answers nothing. What was wrong with the question will be wrong again.
    async fn refused(&self, status: StatusCode, response: Response) -> Failed {
        let mut said = Vec::new();
        let mut body = Box::pin(http::body(response, self.idle, LONGEST_REFUSAL));
        while let Some(Ok(part)) = body.next().await {
            said.extend_from_slice(&part);
        }
        let said = String::from_utf8_lossy(&said);
        let error = serde_json::from_str::<Value>(&said).ok().map(|mut document| document["error"].take());
        let said =
            error.filter(|error| !error.is_null()).map_or_else(|| said.into_owned(), |error| message(&error));
        let said = excerpt(&said);
        let colon = if said.is_empty() { "" } else { ": " };
        let again = status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
        Failed { why: format!("{} answered {status}{colon}{said}", self.endpoint), again }
    }
}

impl Agent for OpenAi {
    fn answer<'a>(&'a self, turn: Turn<'a>, voice: &'a Voice) -> Answer<'a> {
        Box::pin(self.run(turn, voice))
    }

    fn name(&self) -> &'static str {
        "openai"
    }

    fn takes_hints(&self) -> bool {
        true
    }

    fn model(&self) -> Option<&str> {
        Some(&self.model)
    }

    fn forget(&self, message: &InboundMessage) {
        self.history.forget(message);
    }
}

fn is_json(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("application/json")
}

/// The library's word for it says nothing more.
fn reason(error: sse_stream::Error) -> String {
    match error {
        sse_stream::Error::Body(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// The beginning of what somebody said, in one line.
fn excerpt(said: &str) -> String {
    let line: Vec<&str> =
        said.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line = line.join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
