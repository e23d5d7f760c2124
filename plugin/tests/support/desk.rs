//! What a host is asked and told besides messages, and what a test asks it.

use super::{PATIENCE, Stopped, World};
use host_sdk::protocol::{
    AccountStatus, ConfigUpdate, ConfigUpdated, Event, Explain, Explanation, HandleRequest, HostAnswer,
    HostReply, HostRequest, InboundMessage, PairingAnswer, Question, SystemEvent, Withdrawn,
};
use mattermost_sim::{Draft, PostRecord};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Between two looks at something.
const PAUSE: Duration = Duration::from_millis(20);

/// The sender was approved.
pub fn approved() -> HostAnswer {
    HostAnswer::Pairing(PairingAnswer { approved: true, ..PairingAnswer::default() })
}

/// The sender was not approved, and has this code, if any.
pub fn pending(code: Option<&str>, created: bool) -> HostAnswer {
    let code = code.map(str::to_owned);
    HostAnswer::Pairing(PairingAnswer { approved: false, code, created, approve_command: None })
}

/// Whom a question about pairing is about, and whether a request is to be made.
pub fn about(request: &HostRequest) -> (&str, bool) {
    match &request.question {
        Question::Pairing(question) => (&question.sender_id, question.create),
        other => panic!("another question: {other:?}"),
    }
}

impl World {
    /// End the host at once: nothing that is under way gets any time.
    pub fn crash(self) -> Stopped {
        let Self { sim, seed, instance, events, life } = self;
        if let Some(http) = &life.http {
            http.detach();
        }
        drop((instance, events));
        Stopped { sim, seed, life }
    }

    /// `who` posts something that is more than text.
    pub fn posts(&self, who: &str, channel: &str, draft: Draft) -> PostRecord {
        self.sim.post_draft(self.seed.user_id(who), channel, draft).unwrap()
    }

    /// The next message within some seconds, if there is one. The host lets everybody in meanwhile.
    pub async fn hears_within(&mut self, seconds: u64) -> Option<InboundMessage> {
        let hearing = async {
            loop {
                match self.events.next().await.unwrap() {
                    Event::HostRequest(request) => {
                        self.reply(&request, approved()).await;
                    }
                    Event::InboundMessage(message) => return *message,
                    _ => {}
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(seconds), hearing).await.ok()
    }

    /// The next question, whatever comes before it.
    pub async fn asked(&mut self) -> HostRequest {
        loop {
            if let Event::HostRequest(request) = self.next().await {
                return request;
            }
        }
    }

    /// Answer a question as the host; whether somebody waited for it.
    pub async fn reply(&self, request: &HostRequest, answer: HostAnswer) -> bool {
        let reply = HostReply { request_id: request.request_id.clone(), answer };
        self.instance.handle(&HandleRequest::HostReply(reply)).await.unwrap()["taken"] == true
    }

    /// The next line for a session, whatever comes before it.
    pub async fn system_event(&mut self) -> SystemEvent {
        loop {
            if let Event::SystemEvent(event) = self.next().await {
                return *event;
            }
        }
    }

    /// The next message that is withdrawn, whatever comes before it.
    pub async fn withdrawn(&mut self) -> Withdrawn {
        loop {
            if let Event::Withdrawn(withdrawn) = self.next().await {
                return withdrawn;
            }
        }
    }

    /// Hear until a text is heard: all of them.
    pub async fn hears_until(&mut self, last: &str) -> Vec<InboundMessage> {
        let mut heard = Vec::new();
        loop {
            heard.push(self.hears().await);
            if heard.last().unwrap().text == last {
                return heard;
            }
        }
    }

    /// Nothing is heard before `who` names the bot in this conversation: what came there earlier was ignored.
    pub async fn hears_nothing_in(&mut self, who: &str, channel: &str, root: &str) {
        let mark = self.says(who, channel, "@openclaw is anything left here?", root);
        let heard = self.hears().await;
        assert_eq!(heard.message_id, mark.id, "heard {:?} before", heard.raw_text);
    }

    /// The first account as it is now.
    pub async fn status(&self) -> AccountStatus {
        let status = self.instance.handle(&HandleRequest::StatusGet(Default::default())).await.unwrap();
        serde_json::from_value(status["accounts"][0].clone()).unwrap()
    }

    /// All accounts as they are now.
    pub async fn accounts(&self) -> Vec<AccountStatus> {
        let status = self.instance.handle(&HandleRequest::StatusGet(Default::default())).await.unwrap();
        serde_json::from_value(status["accounts"].clone()).unwrap()
    }

    /// An account as it is now.
    pub async fn account(&self, id: &str) -> AccountStatus {
        self.accounts().await.into_iter().find(|account| account.account_id == id).unwrap()
    }

    /// Wait until so many accounts are connected.
    pub async fn until_connected(&self, count: usize) {
        let wait = async {
            while self.accounts().await.iter().filter(|account| account.connected).count() != count {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap();
    }

    /// Wait until the server has so many open sockets.
    pub async fn until_sockets(&self, count: usize) {
        let wait = async {
            while self.sim.sockets() != count {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap();
    }

    /// Wait until the server was asked for so many sockets.
    pub async fn until_handshakes(&self, count: usize) {
        let asked = || self.sim.requests().iter().filter(|one| one.path.contains("/websocket")).count();
        let wait = async {
            while asked() < count {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap();
    }

    /// Why messages were not for the agent, and how often.
    pub async fn not_answered(&self) -> BTreeMap<String, u64> {
        self.status().await.not_answered
    }

    /// Wait until what was missed has been read.
    pub async fn caught_up(&self) {
        let wait = async {
            while self.status().await.catch_up.is_none_or(|reading| reading.running) {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap();
    }

    /// Wait until so many messages were not for the agent for a reason.
    pub async fn until_ignored(&self, reason: &str, count: u64) {
        let wait = async {
            while self.not_answered().await.get(reason).copied().unwrap_or_default() < count {
                tokio::time::sleep(PAUSE).await;
            }
        };
        if tokio::time::timeout(PATIENCE, wait).await.is_err() {
            panic!("{reason} was not counted {count} times: {:?}", self.not_answered().await);
        }
    }

    /// Why a message is answered or not.
    pub async fn explained(&self, post_id: &str) -> Explanation {
        let ask = Explain { account_id: None, message_id: post_id.to_owned() };
        let told = self.instance.handle(&HandleRequest::InboundExplain(ask)).await.unwrap();
        serde_json::from_value(told).unwrap()
    }

    /// Give the running instance another configuration.
    pub async fn reconfigure(&self, config: Value) -> Result<ConfigUpdated, host_sdk::protocol::Error> {
        let update = HandleRequest::ConfigUpdate(ConfigUpdate { config });
        let updated = self.instance.handle(&update).await?;
        Ok(serde_json::from_value(updated).unwrap())
    }

    /// The configuration, with keys of the section changed; a key that is null goes.
    pub fn changed(&self, more: Value) -> Value {
        let mut config = self.life.config.clone();
        let section = config["channels"]["mattermost"].as_object_mut().unwrap();
        for (key, value) in more.as_object().unwrap() {
            section.insert(key.clone(), value.clone());
        }
        section.retain(|_, value| !value.is_null());
        config
    }

    /// A frame about a post that no sensible server sends.
    pub fn frame(post: &Value, data: Value) -> Value {
        let mut frame = json!({ "event": "posted", "broadcast": { "omit_users": null }, "data": data });
        frame["data"]["post"] = match post {
            Value::String(text) => json!(text),
            post => json!(post.to_string()),
        };
        frame
    }
}
