//! Pure questions, answered without an instance.

use crate::config::{ChannelConfig, Env};
use crate::outbox::Target;
use host_sdk::protocol::{Error, QueryRequest};
use serde_json::{Value, json};

/// Answer a question.
pub(crate) fn answer(request: QueryRequest) -> Result<Value, Error> {
    match request {
        QueryRequest::Capabilities {} => Ok(capabilities()),
        QueryRequest::ConfigValidate { config } => Ok(match ChannelConfig::read(&config, &Env::Process) {
            Ok(read) => {
                let problems: Vec<&Error> =
                    read.accounts.iter().filter_map(|account| account.problem.as_ref()).collect();
                json!({ "valid": problems.is_empty(), "problems": problems, "warnings": read.warnings })
            }
            Err(error) => json!({ "valid": false, "problems": [error], "warnings": [] }),
        }),
        QueryRequest::AccountList { config, env } => {
            let read = ChannelConfig::read(&config, &Env::from(env))?;
            Ok(json!(read.accounts.iter().map(crate::config::AccountConfig::status).collect::<Vec<_>>()))
        }
        QueryRequest::TargetsParse { target } => Ok(Target::parse(&target)?.describe()),
        _ => Err(Error::not_supported("the Mattermost channel does not answer this question")),
    }
}

fn capabilities() -> Value {
    json!({
        "id": "mattermost",
        "name": "Mattermost",
        "version": env!("CARGO_PKG_VERSION"),
        "chat_types": ["direct", "channel", "group", "thread"],
        "actions": ["send"],
        "target_forms": ["channel:<id>", "#channel-name", "user:<id>", "@username"],
        "environment": ["MATTERMOST_BOT_TOKEN", "MATTERMOST_URL"],
    })
}
