//! Why a post is answered, or not.

use crate::client;
use crate::config;
use crate::failure::Failure;
use crate::gateway::{self, Presence};
use crate::plugins::{self, HostTools};
use crate::settings::Settings;
use host_sdk::protocol::{Error, ErrorCode, Explain, Explanation, HandleRequest};

/// Ask the running gateway, which knows what its accounts know; without one, or when it does not answer, ask from here.
pub async fn explain(settings: &Settings, account: Option<&str>, post: &str) -> Result<Explanation, Failure> {
    let request = HandleRequest::InboundExplain(Explain {
        account_id: account.map(str::to_owned),
        message_id: id_of(post),
    });
    let config = config::load_for_channels(settings).await?.value;
    let mut refused = None;
    for found in settings.registry().find_all(&mut HostTools::quiet())? {
        if !config::plugin_enabled(&config, &found.id) {
            continue;
        }
        let library = plugins::open(&found)?;
        let mut answer = None;
        if let Presence::Running(file) = Presence::of(&settings.state_dir) {
            match gateway::forward(&file, &library.info().id, &request).await {
                Ok(told) => answer = Some(told.and_then(client::answer)),
                Err(why) => tracing::warn!("the gateway (pid {}) does not pass it on: {why}", file.pid),
            }
        }
        let answer = match answer {
            Some(answer) => answer,
            None => client::ask(settings, &config, &library, &request).await,
        };
        match answer {
            Ok(explanation) => return Ok(explanation),
            Err(error) if error.code == ErrorCode::NotSupported => refused = refused.or(Some(error)),
            Err(error) => return Err(hinted(error, &config, settings)),
        }
    }
    Err(refused.map_or_else(
        || Failure::new("no plugin is there that could explain a post", "install one with `plugins install`"),
        |error| hinted(error, &config, settings),
    ))
}

fn hinted(error: Error, config: &serde_json::Value, settings: &Settings) -> Failure {
    let hint = match error.field.as_deref() {
        Some("message_id") => Some("the id is at the end of the post's permalink (... menu, Copy Link)"),
        Some("account_id") => Some("`channels list` shows the accounts"),
        _ => None,
    };
    let failure = Failure::of_config(error, config, &settings.config_file);
    Failure { hint: failure.hint.or(hint.map(str::to_owned)), ..failure }
}

/// People paste the whole permalink.
fn id_of(post: &str) -> String {
    let post = post.trim().trim_end_matches('/');
    post.rsplit('/').next().unwrap_or(post).to_owned()
}
