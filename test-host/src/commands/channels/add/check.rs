//! Whether an account is right before it is saved.

use crate::client;
use crate::config::{self, Source};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::setup::Draft;
use host_sdk::host::Library;
use host_sdk::protocol::{Error, ErrorCode, HandleRequest, Probe, QueryRequest, StatusProbe};
use serde::Deserialize;
use serde_json::Value;

/// What was found.
#[derive(Debug, Default)]
pub struct Checked {
    /// The bot's name, when the server takes the token.
    pub bot: Option<String>,
    /// Why it does not.
    pub probe_problem: Option<String>,
    /// It is not connected to because it is not on the public internet.
    pub private: bool,
    /// What is wrong with it by itself: it is not to be saved, whatever the options say.
    pub refused: Option<Error>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// What a plugin says of a configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Validation {
    problems: Vec<Error>,
    warnings: Vec<String>,
}

/// Check a changed configuration, and ask the server whether it takes the account.
pub async fn check(
    settings: &Settings,
    library: &Library,
    old: &Source,
    changed: &Value,
    draft: &Draft,
) -> Result<Checked, Failure> {
    let new = Source { value: changed.clone(), text: None, path: old.path.clone() };
    let config = config::resolved(config::filled(new)?).await?.value;
    let before =
        config::filled(old.clone()).map(|config| validate(library, &config.value)).unwrap_or_default();
    let validation = validate(library, &config);
    let is_new = |problem: &&Error| !before.problems.iter().any(|old| old.message == problem.message);
    if let Some(problem) = validation.problems.iter().find(is_new) {
        let private = is_private(problem);
        return Ok(Checked { refused: Some(problem.clone()), private, ..Checked::default() });
    }
    let mut checked = Checked::default();
    checked.warnings.extend(validation.problems.iter().map(|problem| format!("still wrong: {problem}")));
    checked
        .warnings
        .extend(validation.warnings.into_iter().filter(|warning| !before.warnings.contains(warning)));
    let request = HandleRequest::StatusProbe(StatusProbe {
        account_id: Some(draft.account.clone()),
        timeout_ms: Some(10_000),
    });
    match client::ask::<Vec<Probe>>(settings, &config, library, &request).await {
        Ok(probes) => match probes.into_iter().find(|probe| probe.account_id == draft.account) {
            Some(probe) if probe.ok => checked.bot = probe.bot.map(|bot| bot.username),
            Some(probe) => {
                checked.private = probe.error.as_ref().is_some_and(is_private);
                let why = probe.error.map_or_else(|| "it gives no reason".to_owned(), |error| error.message);
                checked.probe_problem = Some(why);
            }
            None => checked.probe_problem = Some("the account is not among those that were asked".to_owned()),
        },
        Err(error) if error.code == ErrorCode::NotSupported => {}
        Err(error) => checked.probe_problem = Some(error.message),
    }
    Ok(checked)
}

/// Whether the way out is to allow private networks.
fn is_private(error: &Error) -> bool {
    error.field.as_deref().is_some_and(|field| field.ends_with(".network.dangerouslyAllowPrivateNetwork"))
}

fn validate(library: &Library, config: &Value) -> Validation {
    let question = QueryRequest::ConfigValidate { config: config.clone() };
    // A plugin that does not answer this has nothing against it.
    library.query(&question).ok().and_then(|answer| serde_json::from_value(answer).ok()).unwrap_or_default()
}
