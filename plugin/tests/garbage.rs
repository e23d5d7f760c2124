//! A server that talks nonsense: nothing is lost, nothing ends, the next sensible frame is heard.

#![allow(clippy::unwrap_used)]

mod support;

use futures_util::SinkExt as _;
use host_sdk::host::LogLine;
use host_sdk::protocol::HandleRequest;
use mattermost_sim::{Options, Sim};
use serde_json::json;
use std::sync::{Arc, Mutex};
use support::{World, config, init, library};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;

const BOT: &str = "botbotbotbotbotbotbotbotbo";
const TOKEN: &str = "secrettokensecrettokensecr";

/// Frames that no server should send.
fn nonsense() -> Vec<String> {
    let mut frames: Vec<String> = [
        "",
        "null",
        "[]",
        "42",
        "\"posted\"",
        "{",
        "{\"event\":",
        "{\"event\":null}",
        "{\"event\":{\"posted\":1}}",
        "{\"event\":\"posted\"}",
        "{\"event\":\"posted\",\"data\":null,\"seq\":2}",
        "{\"event\":\"posted\",\"data\":{\"post\":\"{broken\"},\"seq\":3}",
        "{\"event\":\"posted\",\"data\":{\"post\":\"[1,2]\"}}",
        "{\"event\":\"posted\",\"data\":{\"post\":{\"id\":7}}}",
        "{\"event\":\"posted\",\"data\":{\"post\":\"{\\\"id\\\":\\\"x\\\",\\\"message\\\":{}}\"}}",
        "{\"status\":\"OK\",\"seq_reply\":\"nine\"}",
        "{\"seq_reply\":99999}",
    ]
    .map(str::to_owned)
    .to_vec();
    frames.push("x".repeat(1024 * 1024));
    frames.push(format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)));
    frames.push(format!("{{\"event\":\"{TOKEN}\",\"data\":7}}"));
    frames
}

/// Answers REST like a server that knows one bot, and a WebSocket with nonsense and then one message.
async fn serve(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(async move {
            let mut head = [0; 4096];
            let read = stream.peek(&mut head).await.unwrap();
            if String::from_utf8_lossy(&head[..read]).contains("/websocket") {
                talk(stream).await;
            } else {
                rest(stream).await;
            }
        });
    }
}

async fn rest(mut stream: TcpStream) {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await.unwrap();
    let body = format!(r#"{{"id":"{BOT}","username":"openclaw"}}"#);
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
}

async fn talk(stream: TcpStream) {
    let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
    let hello = json!({ "event": "hello", "data": { "server_version": "11.6.0" }, "seq": 0 });
    socket.send(Message::text(hello.to_string())).await.unwrap();
    for frame in nonsense() {
        socket.send(Message::text(frame)).await.unwrap();
    }
    socket.send(Message::binary(vec![0, 159, 146, 150])).await.unwrap();
    let post = json!({
        "id": "postpostpostpostpostpostpo", "user_id": "alicealicealicealicealicea",
        "channel_id": "directdirectdirectdirectdi", "message": "still with us?", "create_at": 1,
    });
    let posted = json!({
        "event": "posted", "data": { "post": post.to_string(), "channel_type": "D", "sender_name": "@alice" },
    });
    socket.send(Message::text(posted.to_string())).await.unwrap();
    std::future::pending::<()>().await;
}

// covers: I03
#[tokio::test(flavor = "multi_thread")]
async fn garbage_frames_are_reported_by_field_and_the_next_message_is_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(serve(listener));
    let book: Arc<Mutex<Vec<LogLine>>> = Arc::default();
    let writer = book.clone();
    let section = json!({ "botToken": TOKEN, "baseUrl": url, "dmPolicy": "open", "allowFrom": ["*"] });
    let log = Arc::new(move |line| writer.lock().unwrap().push(line));
    let (instance, events) = library().instance(&init(config(section)), Some(log)).unwrap();
    // The embedded server is not used here; it only lends its way of reading events.
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let mut world = World { sim, seed, instance, events, life: Default::default() };
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    assert_eq!(world.hears().await.text, "still with us?");
    server.abort();
    let book = book.lock().unwrap();
    let told: Vec<&LogLine> = book.iter().filter(|line| line.message.contains("invalid event")).collect();
    assert!(told.len() >= 10, "each bad frame is told: {told:?}");
    assert!(told.iter().any(|line| line.message.contains("post")), "the field is named: {told:?}");
    assert!(!format!("{book:?}").contains(TOKEN));
}
