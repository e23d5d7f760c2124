//! A channel for the host's own tests: it tells the events that its configuration lists, and logs every request that
//! it gets.
//!
//! `channels.scripted.events` are told when the account starts, and again after each new configuration that changes
//! them; `channels.scripted.answers.<type>` are the results of requests. `channels.scripted.http.<path>` says what becomes
//! of HTTP requests: `read` is how much of a body is wanted, `hold_ms` how long the answer takes. It tells the address of the
//! caller and what he said.

use host_sdk::plugin::{Channel, Context, Responder};
use host_sdk::protocol::{
    BodyProblem, DeliveryKind, Error, Event, HandleRequest, HttpAnswer, HttpHeader, HttpRequest,
    HttpResponse, Init, Outbound, QueryRequest, ReadBody, Receipt,
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

struct Scripted {
    context: Context,
    section: Mutex<Value>,
}

/// The channel.
pub struct ScriptedChannel {
    inner: Arc<Scripted>,
}

impl Channel for ScriptedChannel {
    const ID: &'static str = "scripted";
    const NAME: &'static str = "Scripted";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn query(request: QueryRequest) -> Result<Value, Error> {
        match request {
            QueryRequest::ConfigValidate { config } => {
                let problems = problem(&config).into_iter().collect::<Vec<_>>();
                Ok(json!({ "valid": problems.is_empty(), "problems": problems, "warnings": [] }))
            }
            QueryRequest::ConfigDoctor { mut config } => {
                let old =
                    config["channels"]["scripted"].as_object_mut().and_then(|section| section.remove("old"));
                let Some(old) = old else {
                    return Ok(json!({ "config": config, "changes": [], "warnings": [] }));
                };
                config["channels"]["scripted"]["new"] = old;
                let changes = ["Moved channels.scripted.old to channels.scripted.new"];
                Ok(json!({ "config": config, "changes": changes, "warnings": ["look at it"] }))
            }
            _ => Err(Error::not_supported("the scripted channel does not answer this question")),
        }
    }

    fn open(context: Context, init: Init) -> Result<Self, Error> {
        if let Some(problem) = problem(&init.config) {
            return Err(problem);
        }
        let section = Mutex::new(init.config["channels"]["scripted"].clone());
        Ok(Self { inner: Arc::new(Scripted { context, section }) })
    }

    fn handle(&self, request: HandleRequest, responder: Responder) {
        let name =
            serde_json::to_value(&request).unwrap_or_default()["type"].as_str().unwrap_or("").to_owned();
        tracing::info!("got {}", serde_json::to_string(&request).unwrap_or_default());
        let fixed = self.inner.section()["answers"].get(&name).cloned();
        match request {
            HandleRequest::AccountStart(_) => {
                self.inner.tell();
                responder.complete(Ok(json!({ "accounts": ["default"] })));
            }
            HandleRequest::HttpRequest(request) => {
                let script = self.inner.section()["http"][&request.path].clone();
                self.inner.context.spawn_request(responder, async move {
                    let answer = step(&request, &script);
                    // Whoever has no body to read yet is told when.
                    if matches!(answer, HttpAnswer::Respond(_)) {
                        let hold = script["hold_ms"].as_u64().unwrap_or(0);
                        tokio::time::sleep(Duration::from_millis(hold)).await;
                    }
                    Ok(answer)
                });
            }
            HandleRequest::ConfigUpdate(update) => responder.complete(self.inner.update(&update.config)),
            HandleRequest::InboundAck(_)
            | HandleRequest::InboundNack(_)
            | HandleRequest::HostReply(_)
            | HandleRequest::TurnEnd(_) => responder.complete(Ok(json!({}))),
            _ => responder.complete(
                fixed.ok_or_else(|| Error::not_supported(format!("{name} has no answer in the script"))),
            ),
        }
    }

    fn send(&self, message: Outbound, responder: Responder) {
        if message.kind != DeliveryKind::Final {
            tracing::info!("shown {}", serde_json::to_string(&message).unwrap_or_default());
            return responder.complete(Ok(Receipt { suppressed: true, ..Receipt::default() }));
        }
        tracing::info!("sent {}", message.text);
        responder.complete(Ok(Receipt {
            message_id: "1".to_owned(),
            text: message.text,
            ..Receipt::default()
        }));
    }

    async fn shutdown(&self) {}
}

impl Scripted {
    fn section(&self) -> Value {
        self.section.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    fn update(self: &Arc<Self>, config: &Value) -> Result<Value, Error> {
        if let Some(problem) = problem(config) {
            return Err(problem);
        }
        let section = config["channels"]["scripted"].clone();
        let new = self.section()["events"] != section["events"];
        *self.section.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = section;
        if new {
            self.tell();
        }
        Ok(json!({ "started": [], "restarted": ["default"], "stopped": [], "unchanged": [], "warnings": [] }))
    }

    /// Tell what the script says.
    fn tell(self: &Arc<Self>) {
        let this = self.clone();
        self.context.runtime().spawn(async move {
            for event in this.section()["events"].as_array().into_iter().flatten() {
                match serde_json::from_value::<Event>(event.clone()) {
                    Ok(event) => {
                        // During shutdown nobody is told any more.
                        let _ = this.context.emit(&event).await;
                    }
                    Err(error) => tracing::error!("no event: {error}"),
                }
            }
        });
    }
}

/// One step of an HTTP request, as a channel takes it that serves POST only.
fn step(request: &HttpRequest, script: &Value) -> HttpAnswer {
    if request.method != "POST" {
        let allow = HttpHeader { name: "Allow".to_owned(), value: "POST".to_owned() };
        let body = "Method Not Allowed".to_owned();
        return HttpAnswer::Respond(HttpResponse { status: 405, headers: vec![allow], body, close: false });
    }
    let wanted = &script["read"];
    if wanted.is_object() && request.ticket.is_none() {
        return HttpAnswer::ReadBody(ReadBody {
            max_bytes: wanted["max_bytes"].as_u64().unwrap_or(0),
            timeout_ms: wanted["timeout_ms"].as_u64().unwrap_or(0),
            ticket: "1".to_owned(),
        });
    }
    let status = match request.body_problem {
        None => 200,
        Some(BodyProblem::TooLarge) => 413,
        Some(BodyProblem::Timeout) => 408,
        Some(BodyProblem::NotText | BodyProblem::Broken) => 400,
    };
    let said = json!({ "peer": request.peer, "query": request.query, "body": request.body, "from": request.header("x-from") });
    HttpAnswer::Respond(HttpResponse { status, body: said.to_string(), ..HttpResponse::default() })
}

/// The key `bad` is wrong, wherever it stands in the section.
fn problem(config: &Value) -> Option<Error> {
    let bad = config["channels"]["scripted"].get("bad")?;
    Some(Error::config("channels.scripted.bad", format!("channels.scripted.bad must not be {bad}")))
}

/// The exported symbols.
#[allow(unsafe_code)]
mod export {
    host_sdk::export_channel!(super::ScriptedChannel);
}
