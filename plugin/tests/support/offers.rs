//! Posts with buttons, and what becomes of them.

use super::{HttpHost, World};
use host_sdk::protocol::{Click, InboundMessage, Interaction, Outbound};
use mattermost_client::Token;
use mattermost_sim::{ClickOutcome, Draft, Options, PostRecord, Seed};
use openclaw_mattermost::buttons::Signer;
use serde_json::{Map, Value, json};

/// A button as an external script makes it: id, name and context, which is signed as the documentation says.
pub fn signed(token: &str, url: &str, id: &str, name: &str, mut context: Value) -> Value {
    context["action_id"] = json!(id);
    let signature = Signer::of_token(&Token::new(token).unwrap()).sign(context.as_object().unwrap());
    context["_token"] = json!(signature);
    json!({ "id": id, "type": "button", "name": name, "integration": { "url": url, "context": context } })
}

/// What a click on it brings, straight to the host.
pub fn callback(user: &str, post: &PostRecord, context: Value) -> Value {
    json!({
        "user_id": user, "user_name": "whoever", "channel_id": post.channel_id, "post_id": post.id,
        "trigger_id": "", "type": "button", "data_source": "", "context": context,
    })
}

/// What was clicked.
pub fn click_of(message: &InboundMessage) -> &Click {
    match &message.interaction {
        Some(Interaction::Button(click)) => click,
        other => panic!("{other:?}"),
    }
}

impl World {
    /// A world whose server reaches the host over HTTP. `keys` are keys of the section, and of the configuration around
    /// it, that name somebody or something of the server.
    pub async fn reachable(lasting: bool, keys: impl FnOnce(&Seed) -> (Value, Value)) -> Self {
        let http = HttpHost::start().await;
        let mut world = Self::opened(Options::default(), lasting, Some(http), keys).await;
        world.start().await;
        world
    }

    /// The bot asks with two buttons; its post.
    pub async fn offers(&self, channel: &str) -> PostRecord {
        self.offers_in(channel, None).await
    }

    /// The same in a thread.
    pub async fn offers_in(&self, channel: &str, root: Option<&str>) -> PostRecord {
        let message = Outbound {
            target: format!("channel:{channel}"),
            text: "Deploy?".to_owned(),
            thread_root_id: root.map(str::to_owned),
            buttons: Some(json!([[
                { "text": "Yes", "callback_data": "yes", "style": "primary" },
                { "text": "No", "callback_data": "no" },
            ]])),
            ..Outbound::default()
        };
        let receipt = self.instance.send(&message).await.unwrap();
        self.post(channel, &receipt.message_id)
    }

    /// Somebody posts buttons that he made himself.
    pub fn offers_by_hand(&self, who: &str, channel: &str, actions: Value) -> PostRecord {
        let props = json!({ "attachments": [{ "text": "", "actions": actions }] });
        let props: Map<String, Value> = props.as_object().cloned().unwrap();
        self.posts(who, channel, Draft { message: "Choose".to_owned(), props, ..Draft::default() })
    }

    /// A post as it is now.
    pub fn post(&self, channel: &str, id: &str) -> PostRecord {
        self.sim.posts(channel).into_iter().find(|post| post.id == id).unwrap()
    }

    /// Whether a post still has buttons.
    pub fn has_buttons(&self, post: &PostRecord) -> bool {
        let now = self.post(&post.channel_id, &post.id);
        now.props["attachments"].as_array().unwrap().iter().any(|card| card["actions"].is_array())
    }

    /// The text of a post's only card.
    pub fn card(&self, post: &PostRecord) -> String {
        let cards = self.post(&post.channel_id, &post.id).props["attachments"].clone();
        assert_eq!(cards.as_array().unwrap().len(), 1, "{cards}");
        cards[0]["text"].as_str().unwrap().to_owned()
    }

    /// Somebody clicks.
    pub async fn clicks(&self, who: &str, post: &PostRecord, action: &str) -> ClickOutcome {
        self.sim.click(&self.id(who), &post.id, action).await
    }

    /// The context that the last click brought, signature and all.
    pub fn stolen(&self) -> Value {
        let callback = self.sim.callbacks().pop().unwrap();
        serde_json::from_str::<Value>(&callback.body).unwrap()["context"].clone()
    }

    /// What the last callback was answered.
    pub fn answered(&self) -> (u16, Value) {
        let callback = self.sim.callbacks().pop().unwrap();
        (callback.answer.unwrap(), serde_json::from_str(&callback.answered).unwrap_or(Value::Null))
    }

    /// Nothing is heard for the moment that something would take.
    pub async fn hears_of_no_click(&mut self) {
        self.hears_nothing().await;
    }
}
