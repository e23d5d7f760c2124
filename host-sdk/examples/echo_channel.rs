//! The smallest useful channel: a room in which everything that is said comes back.
//!
//! It has no server, no token and no network, and shows all that an author writes. Build it with
//! `cargo build -p host-sdk --example echo_channel`; the library lies in `target/debug/examples/`.

use host_sdk::plugin::{Channel, Context, Responder};
use host_sdk::protocol::{
    AccountStatus, ChannelStatus, Conversation, DeliveryKind, Error, Event, HandleRequest, InboundMessage,
    Init, Lifecycle, Outbound, QueryRequest, Receipt, Reply, Sender,
};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

/// The room's shared state.
struct Room {
    context: Context,
    running: AtomicBool,
    said: AtomicU64,
    unsettled: Mutex<HashSet<String>>,
}

/// The channel: requests are short, so they are served where they arrive; what waits is spawned.
pub struct EchoChannel {
    room: Arc<Room>,
}

impl Channel for EchoChannel {
    const ID: &'static str = "echo";
    const NAME: &'static str = "Echo";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn query(request: QueryRequest) -> Result<serde_json::Value, Error> {
        match request {
            QueryRequest::Capabilities {} => Ok(serde_json::json!({
                "id": Self::ID, "name": Self::NAME, "version": Self::VERSION, "chat_types": ["direct"],
            })),
            QueryRequest::ConfigValidate { .. } => {
                Ok(serde_json::json!({ "valid": true, "problems": [], "warnings": [] }))
            }
            QueryRequest::TargetsParse { target } => {
                room(&target).map(|room| serde_json::json!({ "kind": "room", "id": room }))
            }
            _ => Err(Error::not_supported("the echo channel does not answer this question")),
        }
    }

    fn open(context: Context, _init: Init) -> Result<Self, Error> {
        let room = Room {
            context,
            running: AtomicBool::new(false),
            said: AtomicU64::new(0),
            unsettled: Mutex::default(),
        };
        Ok(Self { room: Arc::new(room) })
    }

    fn handle(&self, request: HandleRequest, responder: Responder) {
        match request {
            HandleRequest::AccountStart(_) | HandleRequest::AccountStop(_) => {
                let running = matches!(request, HandleRequest::AccountStart(_));
                let room = self.room.clone();
                room.running.store(running, Ordering::Release);
                self.room.context.spawn_request(responder, async move {
                    let event = Event::StatusChanged(Box::new(room.status()));
                    // During shutdown nobody is told any more.
                    let _ = room.context.emit(&event).await;
                    Ok(serde_json::json!({ "accounts": ["default"] }))
                });
            }
            HandleRequest::AccountList(_) => responder.complete(Ok(vec![self.room.status()])),
            HandleRequest::StatusGet(_) => responder.complete(Ok(ChannelStatus {
                channel: Self::ID.to_owned(),
                version: Self::VERSION.to_owned(),
                default_account_id: "default".to_owned(),
                accounts: vec![self.room.status()],
            })),
            HandleRequest::InboundAck(done) => responder.complete(self.room.settle(&done.event_id)),
            HandleRequest::InboundNack(refused) => responder.complete(self.room.settle(&refused.event_id)),
            _ => Context::refuse(responder, "this request"),
        }
    }

    fn send(&self, message: Outbound, responder: Responder) {
        let room = self.room.clone();
        self.room.context.spawn_request(responder, async move { room.say(message).await });
    }

    async fn shutdown(&self) {
        self.room.running.store(false, Ordering::Release);
    }
}

impl Room {
    async fn say(&self, message: Outbound) -> Result<Receipt, Error> {
        let name = room(&message.target)?.to_owned();
        if message.kind != DeliveryKind::Final {
            // Signs of life are not shown here; the answer comes as a whole.
            let account_id = "default".to_owned();
            return Ok(Receipt { account_id, suppressed: true, ..Receipt::default() });
        }
        let number = self.said.fetch_add(1, Ordering::Relaxed) + 1;
        let id = format!("echo-{number}");
        let now = now_ms();
        let receipt = Receipt {
            account_id: "default".to_owned(),
            channel_id: name.clone(),
            message_id: id.clone(),
            message_ids: vec![id.clone()],
            sent_at_ms: now,
            target: format!("room:{name}"),
            text: message.text.clone(),
            ..Receipt::default()
        };
        if self.running.load(Ordering::Acquire) {
            self.unsettled.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(id.clone());
            let heard = InboundMessage {
                event_id: id.clone(),
                account_id: "default".to_owned(),
                received_at_ms: now,
                message_id: id,
                timestamp_ms: now,
                text: message.text.trim().to_owned(),
                raw_text: message.text,
                sender: Sender { id: "echo".to_owned(), username: Some("echo".to_owned()), is_bot: false },
                conversation: Conversation { channel_id: name.clone(), ..Conversation::default() },
                reply: Reply { target: format!("room:{name}"), thread_root_id: None },
                ..InboundMessage::default()
            };
            // During shutdown nobody is told any more.
            let _ = self.context.emit(&Event::InboundMessage(Box::new(heard))).await;
        }
        Ok(receipt)
    }

    fn settle(&self, event_id: &str) -> Result<serde_json::Value, Error> {
        let mut unsettled = self.unsettled.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Ok(serde_json::json!({ "settled": unsettled.remove(event_id) }))
    }

    fn status(&self) -> AccountStatus {
        let running = self.running.load(Ordering::Acquire);
        AccountStatus {
            account_id: "default".to_owned(),
            enabled: true,
            configured: true,
            running,
            connected: running,
            lifecycle: if running { Lifecycle::Ready } else { Lifecycle::Stopped },
            unsettled: self.unsettled.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).len() as u64,
            ..AccountStatus::default()
        }
    }
}

/// `room:<name>`.
fn room(target: &str) -> Result<&str, Error> {
    target.strip_prefix("room:").filter(|name| !name.is_empty()).ok_or_else(|| {
        Error::invalid("the target is not a room; write room:<name>, for example room:lobby").at("target")
    })
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The exported symbols.
#[allow(unsafe_code)]
mod export {
    host_sdk::export_channel!(super::EchoChannel);
}
