//! `pairing approve`.

use super::{refused, who};
use crate::cli::Approve;
use crate::client;
use crate::config;
use crate::failure::Failure;
use crate::gateway::{self, Presence};
use crate::output;
use crate::pairing::{Request, Store};
use crate::plugins;
use crate::settings::Settings;
use crate::times;
use host_sdk::protocol::{HandleRequest, PairingApproved};
use serde_json::{Value, json};

/// Let somebody in, and tell him. That he cannot be told is no failure: he is let in all the same.
pub async fn run(settings: &Settings, options: Approve) -> Result<(), Failure> {
    let store = Store::new(&settings.state_dir, &options.channel)?;
    let request = store
        .change(|book| book.approve(&options.code, options.account.as_deref(), times::now_ms()))?
        .map_err(|refusal| refused(settings, &options.channel, &options.code, refusal))?;
    let told = match options.no_notify {
        true => None,
        false => Some(tell(settings, &options.channel, &request).await),
    };
    if settings.json {
        output::json(&json!({
            "ok": true, "channel": options.channel, "accountId": request.account_id, "id": request.sender_id,
            "name": request.sender_name, "code": request.code, "notified": matches!(told, Some(Ok(()))),
            "notifyError": told.as_ref().and_then(|told| told.as_ref().err()),
        }));
    } else {
        output::line(format!(
            "✅ Approved {} sender {}, account {}",
            options.channel,
            who(&request),
            request.account_id
        ));
        if matches!(told, Some(Ok(()))) {
            output::line("   They were told.");
        }
    }
    if let Some(Err(why)) = told {
        output::note(format!("warning: approved, but they could not be told: {why}"));
        output::note("hint: tell them yourself; their next message is answered");
    }
    Ok(())
}

/// Through the gateway, which is connected already; without one from here.
async fn tell(settings: &Settings, channel: &str, request: &Request) -> Result<(), String> {
    let approved = HandleRequest::PairingApproved(PairingApproved {
        account_id: Some(request.account_id.clone()),
        sender_id: request.sender_id.clone(),
    });
    if let Presence::Running(file) = Presence::of(&settings.state_dir) {
        match gateway::forward(&file, channel, &approved).await {
            Ok(answer) => return answer.map(drop).map_err(|error| error.message),
            Err(why) => tracing::info!("the gateway (pid {}) does not pass it on: {why}", file.pid),
        }
    }
    let config = config::load_for_channels(settings).await.map_err(|failure| failure.what)?.value;
    let library = plugins::channel(settings, channel).map_err(|failure| failure.what)?;
    let answer = client::ask::<Value>(settings, &config, &library, &approved).await;
    answer.map(drop).map_err(|error| error.message)
}
