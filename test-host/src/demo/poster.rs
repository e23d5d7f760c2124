//! Posts by plain HTTP, from a process of their own: what a question and its answer cost without any channel.
//!
//! A person's app and the gateway are processes beside the server, so what they are compared with is two such processes,
//! one that posts the question and one that posts the answer.

use crate::child::Child;
use crate::failure::Failure;
use crate::http::Local;
use crate::output;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};

/// A post that takes longer has failed.
const LIMIT: Duration = Duration::from_secs(10);

/// What the other process is told first.
#[derive(Debug, Serialize, Deserialize)]
struct Task {
    url: String,
    token: String,
    channel: String,
}

/// The other process, seen from the demo.
pub struct Poster {
    child: Child,
}

impl Poster {
    /// Start it.
    pub async fn start(state_dir: &Path, server: &str, token: &str, channel: &str) -> Result<Self, Failure> {
        let mut child = Child::start(state_dir, &["__plain-posts"], false)?;
        let task = Task {
            url: format!("{server}/api/v4/posts"),
            token: token.to_owned(),
            channel: channel.to_owned(),
        };
        child.say(&json!(task).to_string()).await?;
        Ok(Self { child })
    }

    /// How long one post took.
    pub async fn post(&mut self) -> Result<Duration, Failure> {
        self.child.say("go").await?;
        let answer = self.child.hear().await?;
        answer
            .parse()
            .map(Duration::from_nanos)
            .map_err(|_| Failure::system("the plain posts failed", &answer))
    }

    /// End it.
    pub async fn end(mut self) {
        self.child.end().await;
    }
}

/// The other process itself: one line on stdin is one post, its nanoseconds are one line on stdout.
pub async fn run() -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::system("stdin", &error);
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let first = lines.next_line().await.map_err(failed)?.unwrap_or_default();
    let task: Task = serde_json::from_str(&first).map_err(|error| Failure::system("the task", &error))?;
    let http = Local::new();
    let body = json!({ "channel_id": task.channel, "message": "a plain post" });
    while lines.next_line().await.map_err(failed)?.is_some() {
        let start = Instant::now();
        match http.post(&task.url, &task.token, &body, LIMIT).await {
            Ok((status, _)) if status.is_success() => {}
            Ok((status, body)) => {
                return Err(Failure::system(format!("the server answered {status}"), &body));
            }
            Err(error) => return Err(Failure::system("the server took no post", &error)),
        }
        output::line(start.elapsed().as_nanos().to_string());
    }
    Ok(())
}
