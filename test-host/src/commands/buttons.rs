//! `buttons sign`: what a script needs to post buttons by itself.

use crate::cli::{Buttons, Sign};
use crate::config;
use crate::failure::Failure;
use crate::output;
use crate::plugins;
use crate::settings::Settings;
use host_sdk::protocol::{Error, QueryRequest};
use serde_json::{Map, Value, json};

/// Do what `buttons ...` says.
pub async fn run(settings: &Settings, Buttons::Sign(options): Buttons) -> Result<(), Failure> {
    let config = config::load_for_channels(settings).await?.value;
    let library = plugins::channel(settings, &options.channel)?;
    let alone = options.button.is_empty() && options.buttons.is_none();
    let question = if alone { sign(options, config.clone()) } else { build(options, config.clone())? };
    let answer = library.query(&question).map_err(|error| {
        let hint = way_out(&error);
        let failure = Failure::of_config(error, &config, &settings.config_file);
        Failure { hint: hint.or(failure.hint), ..failure }
    })?;
    report(settings, alone, &answer);
    Ok(())
}

fn sign(options: Sign, config: Value) -> QueryRequest {
    let context = options.context.unwrap_or_default();
    QueryRequest::ButtonsSign { config, env: None, account_id: options.account, context }
}

fn build(options: Sign, config: Value) -> Result<QueryRequest, Failure> {
    let Sign { button, buttons, context, text, channel_id, callback_url, account, .. } = options;
    let context = match context {
        None => Map::new(),
        Some(Value::Object(context)) => context,
        Some(_) => return Err(Failure::new("--context is no object", "write --context '{\"build\": 7}'")),
    };
    let buttons = buttons.unwrap_or_else(|| {
        let one = |(name, value): (String, String)| {
            let mut context = context.clone();
            context.insert("callback_data".to_owned(), json!(value));
            json!({ "id": value, "name": name, "context": context })
        };
        button.into_iter().map(one).collect()
    });
    Ok(QueryRequest::ButtonsBuild {
        config,
        env: None,
        account_id: account,
        callback_url,
        buttons,
        text,
        channel_id,
    })
}

/// Which option is wrong.
fn way_out(error: &Error) -> Option<String> {
    let option = match error.field.as_deref()? {
        "account_id" => "check --account; `channels status` shows the accounts",
        "callback_url" => "check --callback-url",
        "context" => "check --context",
        field if field.starts_with("buttons") => "check --button or --buttons",
        _ => return None,
    };
    Some(option.to_owned())
}

fn report(settings: &Settings, alone: bool, answer: &Value) {
    if alone {
        if answer["context"].get("action_id").is_none() {
            output::note("the context has no action_id: clicks on a button with it are refused");
        }
        if settings.json {
            return output::json(answer);
        }
        return output::line(answer["token"].as_str().unwrap_or_default());
    }
    let url = answer["callback_url"].as_str().unwrap_or_default();
    if settings.json {
        return output::json(&json!({ "attachments": answer["attachments"], "callbackUrl": url }));
    }
    // What is printed goes into a post as it is.
    output::json(&answer["attachments"]);
    output::note(format!("clicks go to {url}"));
}
