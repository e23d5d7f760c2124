//! A channel for the host's own tests: it tells the events that its configuration lists, and logs every request that
//! it gets.
//!
//! `channels.scripted.events` are told when the account starts, and again after each new configuration that changes
//! them; `channels.scripted.answers.<type>` are the results of requests.

use host_sdk::plugin::{Channel, Context, Responder};
use host_sdk::protocol::{DeliveryKind, Error, Event, HandleRequest, Init, Outbound, QueryRequest, Receipt};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

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
