//! A turn as an agent that streams has it, and what the server kept of it.

use super::{PATIENCE, World, answer};
use host_sdk::protocol::{DeliveryKind, InboundMessage, Outbound, Receipt, ToolPhase, ToolProgress};
use mattermost_sim::PostRecord;
use serde_json::Value;
use std::time::Duration;

/// What a turn says next, addressed like its answer.
pub fn sign(message: &InboundMessage, kind: DeliveryKind, text: &str) -> Outbound {
    Outbound { kind, text: text.to_owned(), ..answer(message) }
}

/// The final answer.
pub fn finally(message: &InboundMessage, text: &str) -> Outbound {
    sign(message, DeliveryKind::Final, text)
}

/// A tool, in one phase of its use.
pub fn tool(message: &InboundMessage, name: &str, phase: ToolPhase) -> Outbound {
    let tool = ToolProgress { name: name.to_owned(), phase, ..ToolProgress::default() };
    Outbound { tool: Some(tool), ..sign(message, DeliveryKind::Tool, "") }
}

impl World {
    /// The answer so far.
    pub async fn shows(&self, message: &InboundMessage, text: &str) -> Receipt {
        self.instance.send(&sign(message, DeliveryKind::Partial, text)).await.unwrap()
    }

    /// A text, piece by piece.
    pub async fn streams(&self, message: &InboundMessage, text: &str, pieces: usize, every: Duration) {
        let letters: Vec<char> = text.chars().collect();
        for piece in 1..=pieces {
            let so_far: String = letters[..letters.len() * piece / pieces].iter().collect();
            self.shows(message, &so_far).await;
            tokio::time::sleep(every).await;
        }
    }

    /// Wait for the bot's only post to say something.
    pub async fn reads(&self, channel: &str, fits: impl Fn(&str) -> bool) -> PostRecord {
        let bot = self.id("openclaw");
        let fits = |post: &PostRecord| post.user_id == bot && fits(&post.message);
        self.sim.wait_for_post(channel, fits, PATIENCE).await.unwrap()
    }

    /// The requests that made, changed and deleted posts.
    pub fn writes(&self) -> (usize, usize, usize) {
        let requests = self.sim.requests();
        let count = |method: &str, fits: &dyn Fn(&str) -> bool| {
            requests.iter().filter(|one| one.method == method && fits(&one.path)).count()
        };
        (
            count("POST", &|path| path.ends_with("/posts")),
            count("PUT", &|path| path.contains("/posts/")),
            count("DELETE", &|path| path.contains("/posts/")),
        )
    }

    /// Wait until the bot's posts in a channel say exactly this.
    pub async fn until_answers(&self, channel: &str, texts: &[&str]) {
        let now = || self.answers(channel).into_iter().map(|post| post.message).collect::<Vec<_>>();
        let wait = async {
            while now() != texts {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, wait).await.is_err() {
            assert_eq!(now(), texts);
        }
    }
}

/// `streaming` with this mode.
pub fn mode(mode: &str) -> Value {
    serde_json::json!({ "streaming": { "mode": mode } })
}
