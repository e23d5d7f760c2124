//! Something that a server calls, and that answers as it is told.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use mattermost_sim::Seed;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// How late a late reply is.
const LATE: Duration = Duration::from_millis(200);

/// What one call is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    Json(Value),
    Text(String),
    Status(u16),
    /// With these headers and this body.
    Raw(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// JSON with this status that comes a fifth of a second late.
    Late(u16, Vec<u8>),
    /// Nothing, ever.
    Silence,
}

/// One call, as it came over the wire.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// With its query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    pub fn names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The names of a form's fields, in their order.
    pub fn fields(&self) -> Vec<String> {
        self.form().into_iter().map(|(name, _)| name).collect()
    }

    /// The first field of a form with this name.
    pub fn field(&self, name: &str) -> String {
        let found = self.form().into_iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value).unwrap_or_default()
    }

    fn form(&self) -> Vec<(String, String)> {
        let text = self.path.split_once('?').map_or(self.body.as_str(), |(_, query)| query);
        url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }
}

#[derive(Debug, Default)]
struct Script {
    replies: VecDeque<Reply>,
    seen: Vec<Seen>,
}

/// A listening integration. It answers `{}` unless it was told something else.
#[derive(Debug, Clone)]
pub struct Integration {
    port: u16,
    script: Arc<Mutex<Script>>,
}

impl Integration {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let made = Self { port: listener.local_addr().unwrap().port(), script: Arc::default() };
        let script = Arc::clone(&made.script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script)));
            }
        });
        made
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/call", self.port)
    }

    pub fn url_at(&self, host: &str) -> String {
        format!("http://{host}:{}/call", self.port)
    }

    /// What the next call is answered.
    pub fn next(&self, reply: Reply) {
        self.script.lock().unwrap().replies.push_back(reply);
    }

    /// What the next call is answered, as JSON.
    pub fn next_json(&self, value: Value) {
        self.next(Reply::Json(value));
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.script.lock().unwrap().seen.clone()
    }

    /// The last call.
    pub fn last(&self) -> Seen {
        self.seen().pop().expect("nobody called")
    }

    /// A button that calls this.
    pub fn button(&self, id: &str, context: impl Into<Value>) -> Value {
        json!({
            "id": id, "type": "button", "name": id,
            "integration": { "url": self.url(), "context": context.into() },
        })
    }

    /// A body of a command that calls this.
    pub fn command(&self, seed: &Seed, trigger: &str) -> Value {
        json!({ "team_id": seed.team_id, "trigger": trigger, "method": "P", "url": self.url() })
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    let Some(seen) = read(&mut stream).await else { return };
    let reply = {
        let mut script = script.lock().unwrap();
        script.seen.push(seen);
        script.replies.pop_front().unwrap_or(Reply::Json(json!({})))
    };
    let json = "application/json".to_owned();
    let (status, headers, body) = match reply {
        Reply::Json(value) => (200, vec![("Content-Type", json)], value.to_string().into_bytes()),
        Reply::Text(text) => (200, vec![("Content-Type", "text/plain".to_owned())], text.into_bytes()),
        Reply::Status(status) => (status, vec![], vec![]),
        Reply::Raw(status, headers, body) => (status, headers, body),
        Reply::Late(status, body) => {
            tokio::time::sleep(LATE).await;
            (status, vec![("Content-Type", json)], body)
        }
        Reply::Silence => return std::future::pending().await,
    };
    let mut head =
        format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    // A server that read enough hangs up.
    let _ = stream.write_all(format!("{head}\r\n").as_bytes()).await;
    let _ = stream.write_all(&body).await;
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ').map(str::to_owned);
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "Content-Length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        body.extend_from_slice(&chunk[..read]);
    }
    Some(Seen { method: first.next()?, path: first.next()?, headers, body: String::from_utf8(body).unwrap() })
}
