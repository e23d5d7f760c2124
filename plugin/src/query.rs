//! Pure questions, answered without an instance.

use crate::buttons::{self, Script};
use crate::config::{self, AccountConfig, ChannelConfig, Env};
use crate::outbox::Target;
use crate::text;
use host_sdk::protocol::{ChunkMode, Error, QueryRequest, TableMode};
use serde_json::{Value, json};

/// Answer a question.
pub(crate) fn answer(request: QueryRequest) -> Result<Value, Error> {
    match request {
        QueryRequest::Capabilities {} => Ok(capabilities()),
        QueryRequest::ConfigValidate { config } => Ok(validate(&config)),
        QueryRequest::ConfigSchema {} => {
            Ok(json!({ "channel": config::channel_schema(), "plugin": config::plugin_schema() }))
        }
        QueryRequest::ConfigDoctor { config } => Ok(json!(config::repair(config))),
        QueryRequest::AccountList { config, env } => {
            let read = ChannelConfig::read(&config, &Env::from(env))?;
            Ok(json!(read.accounts.iter().map(config::AccountConfig::status).collect::<Vec<_>>()))
        }
        QueryRequest::ActionsList { config, env } => {
            Ok(crate::actions::allowed(&ChannelConfig::read(&config, &Env::from(env))?))
        }
        QueryRequest::ApprovalsCheck { config, env, account_id, sender_id } => {
            let read = ChannelConfig::read(&config, &Env::from(env))?;
            let account = read.account(account_id.as_deref())?;
            Ok(json!(crate::gate::approval(&account.policies, &sender_id)))
        }
        QueryRequest::TargetsParse { target } => Ok(Target::parse(&target)?.describe()),
        QueryRequest::TextChunks { text, limit, mode, tables } => chunks(&text, limit, mode, tables),
        QueryRequest::ButtonsBuild { config, env, account_id, callback_url, buttons, text, channel_id } => {
            let script = Script {
                callback_url: callback_url.as_deref(),
                buttons: &buttons,
                text: &text,
                channel_id: channel_id.as_deref(),
            };
            script.build(&account(&config, env, account_id.as_deref())?)
        }
        QueryRequest::ButtonsSign { config, env, account_id, context } => {
            buttons::sign(&account(&config, env, account_id.as_deref())?, &context)
        }
        QueryRequest::AgentHints { config, env, account_id } => {
            Ok(json!({ "hints": buttons::hints(&account(&config, env, account_id.as_deref())?) }))
        }
        _ => Err(Error::not_supported("the Mattermost channel does not answer this question")),
    }
}

/// Everything that is wrong with a configuration, once each, and what an operator should know besides.
fn validate(config: &Value) -> Value {
    let (problems, warnings) = match ChannelConfig::read(config, &Env::Process) {
        Ok(read) => {
            let mut problems = read.problems;
            for problem in read.accounts.into_iter().flat_map(|account| account.problems) {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
            (problems, read.warnings)
        }
        Err(error) => (vec![error], Vec::new()),
    };
    json!({ "valid": problems.is_empty(), "problems": problems, "warnings": warnings })
}

fn chunks(markdown: &str, limit: Option<u64>, mode: ChunkMode, tables: TableMode) -> Result<Value, Error> {
    if limit == Some(0) {
        return Err(Error::invalid(format!(
            "limit is 0; it is a number of characters from 1 to {}, or left out",
            text::LONGEST
        ))
        .at("limit"));
    }
    let limit = limit.map_or(config::CHUNK, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let look = text::Look {
        limit: limit.min(text::LONGEST),
        mode: match mode {
            ChunkMode::Length => config::ChunkMode::Length,
            ChunkMode::Newline => config::ChunkMode::Newline,
        },
        tables: match tables {
            TableMode::Off => config::Tables::Off,
            TableMode::Bullets => config::Tables::Bullets,
            TableMode::Code => config::Tables::Code,
            TableMode::Block => config::Tables::Block,
        },
    };
    Ok(json!({ "chunks": look.chunks(markdown), "limit": look.limit }))
}

fn capabilities() -> Value {
    json!({
        "id": "mattermost",
        "name": "Mattermost",
        "version": env!("CARGO_PKG_VERSION"),
        "chat_types": ["direct", "channel", "group", "thread"],
        "actions": crate::actions::NAMES,
        "target_forms": ["channel:<id>", "#channel-name", "#team/channel-name", "user:<id>", "@username"],
        "environment": ["MATTERMOST_BOT_TOKEN", "MATTERMOST_URL"],
    })
}

/// An account as it is configured.
fn account(
    config: &Value,
    env: Option<std::collections::BTreeMap<String, String>>,
    account_id: Option<&str>,
) -> Result<AccountConfig, Error> {
    ChannelConfig::read(config, &Env::from(env))?.account(account_id).cloned()
}
