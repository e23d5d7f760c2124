//! What the integration of a command answers, and the post that becomes of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::links;
use crate::{
    errors::ApiError,
    ids::Id,
    options::Version,
    state::{CommandWording, NewPost, Place, World, complete},
};

/// A command's answer, in the fields and the order of the real server.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CommandResponse {
    #[serde(deserialize_with = "or_default")]
    response_type: String,
    #[serde(deserialize_with = "or_default")]
    text: String,
    #[serde(deserialize_with = "or_default")]
    username: String,
    #[serde(deserialize_with = "or_default")]
    channel_id: String,
    #[serde(deserialize_with = "or_default")]
    icon_url: String,
    #[serde(rename = "type", deserialize_with = "or_default")]
    kind: String,
    props: Option<Map<String, Value>>,
    #[serde(deserialize_with = "or_default")]
    goto_location: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) trigger_id: String,
    /// Later servers only.
    #[serde(deserialize_with = "wanted", skip_serializing_if = "Option::is_none")]
    skip_slack_parsing: Option<bool>,
    attachments: Option<Vec<Option<Map<String, Value>>>>,
    extra_responses: Option<Vec<CommandResponse>>,
}

fn or_default<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn wanted<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Option::deserialize(deserializer)
}

impl CommandResponse {
    /// An answer with this content type: JSON, or else plain text. `None` for JSON that is no answer.
    pub(crate) fn parse(content_type: &str, body: &[u8], version: Version) -> Option<Self> {
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        let mut response = if media_type == "application/json" {
            serde_json::from_slice::<Option<Self>>(body).ok()?.unwrap_or_default()
        } else {
            Self { text: String::from_utf8_lossy(body).into_owned(), ..Self::default() }
        };
        response.shape(version);
        Some(response)
    }

    /// Brings it into the form in which it is shown.
    fn shape(&mut self, version: Version) {
        let skip = self.skip_slack_parsing.unwrap_or(false);
        self.skip_slack_parsing = version.is_modern().then_some(skip);
        for attachment in self.attachments.iter_mut().flatten().flatten() {
            complete(attachment);
        }
        for extra in self.extra_responses.iter_mut().flatten() {
            extra.shape(version);
        }
    }

    fn has_content(&self) -> bool {
        !self.text.is_empty() || self.attachments.is_some()
    }
}

impl World {
    /// Makes the posts that an answer to `command` asks for. All are tried; whether each could be made.
    pub(super) fn handle_response(
        &mut self,
        command: &CommandWording,
        place: &Place,
        response: &mut CommandResponse,
    ) -> bool {
        let mut is_done = self.post_response(command, place, response).is_ok();
        for extra in response.extra_responses.iter_mut().flatten() {
            is_done &= self.post_response(command, place, extra).is_ok();
        }
        is_done
    }

    fn post_response(
        &mut self,
        command: &CommandWording,
        place: &Place,
        response: &mut CommandResponse,
    ) -> Result<(), ApiError> {
        let mut channel_id = place.channel_id;
        if !response.channel_id.is_empty() {
            let other = Id::parse(&response.channel_id).ok_or(ApiError::permission())?;
            self.member(other, place.user_id).map_err(|_| ApiError::permission())?;
            channel_id = other;
        }
        let mut props = response.props.clone().unwrap_or_default();
        props.insert("from_webhook".to_owned(), json!("true"));
        // The recorded old server lets integrations choose how they look, the later one does not.
        if !self.version.is_modern() {
            for (name, of_command, of_response) in [
                ("override_username", &command.username, &response.username),
                ("override_icon_url", &command.icon_url, &response.icon_url),
            ] {
                let chosen = if of_command.is_empty() { of_response } else { of_command };
                if !chosen.is_empty() {
                    props.insert(name.to_owned(), json!(chosen));
                }
            }
        }
        let mut message = response.text.clone();
        if !response.skip_slack_parsing.unwrap_or(false) {
            response.text = links::named(self, &response.text);
            message = links::to_markdown(&response.text);
        }
        let mut kind = response.kind.clone();
        if kind.starts_with("system_") {
            return Err(ApiError::bad("api.context.invalid_param.app_error", "Invalid post.type parameter."));
        }
        if let Some(attachments) = &response.attachments {
            if kind.is_empty() {
                "slack_attachment".clone_into(&mut kind);
            }
            let attachments: Vec<_> = attachments.iter().flatten().cloned().map(Value::Object).collect();
            props.insert("attachments".to_owned(), Value::Array(attachments));
        }
        let new = NewPost {
            message,
            root_id: place.root_id.clone(),
            props,
            kind: kind.into(),
            ..NewPost::default()
        };
        match response.response_type.as_str() {
            "in_channel" => {
                self.create_post(place.user_id, channel_id, new)?;
            }
            "" | "ephemeral" if response.has_content() => {
                self.ephemeral(place.user_id, place.user_id, channel_id, new)?;
            }
            _ => {}
        }
        Ok(())
    }
}
