//! `message send`.

use super::uploads::Uploads;
use crate::cli::MessageSend;
use crate::config;
use crate::failure::Failure;
use crate::gateway::{self, Presence};
use crate::logging::{self, Level};
use crate::output;
use crate::plugins;
use crate::settings::Settings;
use host_sdk::protocol::{GatewayFacts, Init, Outbound, Receipt, Role};
use serde_json::json;
use std::time::Duration;

/// Send from this process; a gateway may run or not.
pub async fn run(settings: &Settings, options: MessageSend) -> Result<(), Failure> {
    let config = config::load_for_channels(settings).await?.value;
    let library = plugins::channel(settings, &options.channel)?;
    let (id, name) = (library.info().id.clone(), library.info().name.clone());
    let init = Init {
        role: Role::Client,
        config: config.clone(),
        // Clicks go to the gateway that runs, wherever that is.
        gateway: GatewayFacts { port: Presence::of(&settings.state_dir).port() },
        // How far a large file is stands in the records of this level.
        ..gateway::init(settings.log_level.unwrap_or(Level::Warn).max(Level::Info))
    };
    let failed = |error| Failure::of_config(error, &config, &settings.config_file);
    let uploads = Uploads::new(settings, logging::plugin_hook(&id));
    let (instance, _events) = library.instance(&init, Some(uploads.hook())).map_err(failed)?;
    let message = Outbound {
        target: options.target,
        text: options.message.unwrap_or_default(),
        account_id: options.account,
        reply_to_id: options.reply_to,
        media: options.media,
        buttons: options.buttons,
        attachment_text: options.attachment_text,
        presentation: options.presentation,
        dry_run: options.dry_run,
        ..Outbound::default()
    };
    let result = instance.send(&message).await;
    // The answer is there; how the instance ends changes nothing about it.
    let _ = instance.shutdown(Duration::from_secs(2)).await;
    uploads.end();
    let receipt = result.map_err(|error| {
        let hint = error.field.as_deref().and_then(way_out);
        let failure = failed(error);
        Failure { hint: failure.hint.or(hint), ..failure }
    })?;
    report(settings, &id, &name, &receipt);
    Ok(())
}

/// Which option is wrong.
fn way_out(field: &str) -> Option<String> {
    Some(match field {
        "target" => {
            "check --target; `directory peers list` and `directory groups list` show who and what there is"
                .to_owned()
        }
        "text" => "check --message".to_owned(),
        "media" => "check --media".to_owned(),
        "reply_to_id" => "check --reply-to".to_owned(),
        "account_id" => "check --account; `channels status` shows the accounts".to_owned(),
        field if field.starts_with("buttons") => "check --buttons".to_owned(),
        field if field.starts_with("presentation") => "check --presentation".to_owned(),
        _ => return None,
    })
}

fn report(settings: &Settings, id: &str, name: &str, receipt: &Receipt) {
    if settings.json {
        // A dry run has no post.
        let message_id = (!receipt.dry_run).then_some(&receipt.message_id);
        // Nobody has written there yet.
        let channel_id = Some(&receipt.channel_id).filter(|id| !id.is_empty());
        let sent_at = (!receipt.dry_run).then_some(receipt.sent_at_ms);
        let target_words = Some(&receipt.target_words).filter(|words| !words.is_empty());
        return output::json(&json!({
            "action": "send", "channel": id, "handledBy": "core", "accountId": receipt.account_id,
            "dryRun": receipt.dry_run, "target": receipt.target, "targetWords": target_words, "channelId": channel_id, "messageId": message_id,
            "messageIds": receipt.message_ids, "threadRootId": receipt.thread_root_id, "text": receipt.text,
            "buttons": receipt.buttons, "sentAt": sent_at,
        }));
    }
    if receipt.dry_run {
        let target = match receipt.target_words.as_str() {
            "" => receipt.target.clone(),
            words => format!("{words}, {}", receipt.target),
        };
        output::line(format!("[dry-run] would send via {name} to {target}"));
        if let Some(root) = &receipt.thread_root_id {
            output::line(format!("in thread {root}"));
        }
        output::line(&receipt.text);
        if !receipt.buttons.is_empty() {
            output::line(format!("buttons: [{}]", receipt.buttons.join("] [")));
        }
        return;
    }
    let posts = match receipt.message_ids.len() {
        0 | 1 => String::new(),
        count => format!(" in {count} posts"),
    };
    output::line(format!(
        "✅ Sent via {name}{posts}. Message ID: {} (channel {})",
        receipt.message_id, receipt.channel_id
    ));
}
