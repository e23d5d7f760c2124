//! The server's side of a WebSocket, speaking as Mattermost does.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::http::{Request, Stream};

/// A socket that the client opened.
pub struct ServerSocket {
    pub request: Request,
    pub stream: WebSocketStream<Box<dyn Stream>>,
}

impl ServerSocket {
    /// The next text frame of the client; none when it closed.
    pub async fn receive(&mut self) -> Option<Value> {
        loop {
            match timeout(Duration::from_secs(10), self.stream.next()).await.expect("a frame in time") {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The close frame of the client.
    pub async fn close_frame(&mut self) -> Option<CloseFrame> {
        loop {
            match timeout(Duration::from_secs(10), self.stream.next()).await.expect("a close in time") {
                Some(Ok(Message::Close(frame))) => return frame,
                Some(Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    pub async fn send(&mut self, frame: Value) {
        let _ = self.stream.send(Message::text(frame.to_string())).await;
    }

    /// Takes the challenge and the first ping, which come in this order.
    pub async fn greeted(&mut self) {
        assert_eq!(
            self.receive().await.unwrap(),
            json!({"seq": 1, "action": "authentication_challenge", "data": {"token": super::TOKEN}})
        );
        assert_eq!(self.receive().await.unwrap(), json!({"seq": 2, "action": "ping"}));
    }

    /// A new connection, as a real server answers header and challenge together.
    pub async fn accept_fresh(&mut self, connection_id: &str) {
        self.greeted().await;
        self.send(json!({
            "event": "hello",
            "data": {"connection_id": connection_id, "server_version": "11.6.0.x.y.false"},
            "broadcast": {"omit_users": null, "user_id": "me", "channel_id": "", "team_id": ""},
            "seq": 0
        }))
        .await;
        self.pong(2).await;
    }

    pub async fn pong(&mut self, seq_reply: u64) {
        self.send(
            json!({"status": "OK", "seq_reply": seq_reply, "data": {"text": "pong", "version": "11.6.0"}}),
        )
        .await;
    }

    pub async fn posted(&mut self, seq: u64, message: &str) {
        let post = json!({"id": format!("post{seq}"), "message": message, "channel_id": "c", "user_id": "u"});
        self.send(json!({
            "event": "posted",
            "data": {"post": post.to_string(), "channel_type": "D", "mentions": "[\"me\"]", "sender_name": "@u"},
            "broadcast": {"channel_id": "c"},
            "seq": seq
        }))
        .await;
    }

    /// Cuts TCP without a close frame.
    pub async fn cut(self) {
        let mut stream = self.stream.into_inner();
        let _ = stream.shutdown().await;
    }
}
