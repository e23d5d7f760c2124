//! The examination from start to end.

use super::{Finding, Report, accounts, keys};
use crate::config::{self, Source};
use crate::failure::Failure;
use crate::gateway::Presence;
use crate::plugins::{self, HostTools};
use crate::settings::Settings;
use host_sdk::host::Library;
use host_sdk::protocol::{Error, QueryRequest};
use serde::Deserialize;
use serde_json::Value;

/// Look at everything; with `fix` old keys are moved. What cannot be looked at any more is left out.
pub async fn examine(settings: &Settings, account: Option<&str>, fix: bool) -> Report {
    let mut report = Report::default();
    let source = match config::source(settings) {
        Ok(source) => source,
        Err(failure) => {
            report.findings.push(of_failure("config", "file", failure));
            libraries(settings, &Value::Null, &mut report);
            return report;
        }
    };
    file(&source, &mut report);
    report.findings.push(gateway(settings));
    let libraries = libraries(settings, &source.value, &mut report);
    let source = keys::examine(&source, &libraries, fix, &mut report);
    let filled = config::filled(source.clone());
    let config = match filled {
        Ok(config) => config,
        Err(failure) => {
            report.findings.push(of_failure("config", "environment", failure));
            return report;
        }
    };
    let mut value = config.value;
    for secret in crate::secrets::resolve(&mut value).await {
        let place = config::place(&source.path, &secret.key);
        let finding = Finding::error("secret", secret.key, format!("it cannot be had: {}", secret.why));
        report.findings.push(finding.with(Some(format!("see {place}"))));
    }
    for library in &libraries {
        validate(settings, library, &value, &mut report);
        accounts::examine(settings, library, &value, account, &mut report).await;
    }
    report
}

/// Whether a gateway runs; it need not.
fn gateway(settings: &Settings) -> Finding {
    let message = match Presence::of(&settings.state_dir) {
        Presence::Running(file) => format!("running, pid {}", file.pid),
        Presence::None => "not running".to_owned(),
        Presence::Stale(pid) => format!("not running; pid {pid} ended without cleaning up"),
    };
    Finding::ok("gateway", "", message)
}

/// A failure as a finding.
pub fn of_failure(check: &str, of: &str, failure: Failure) -> Finding {
    Finding::error(check, of, failure.what).with(failure.hint)
}

fn file(source: &Source, report: &mut Report) {
    let shown = source.path.display();
    report.findings.push(match &source.text {
        None => Finding::warning("config", "file", format!("{shown} does not exist"))
            .with(Some("`channels add` makes one; accounts may come from the environment alone")),
        Some(_) => Finding::ok("config", "file", shown.to_string()),
    });
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&source.path).map_or(0, |facts| facts.permissions().mode());
        if mode & 0o044 != 0 && has_token(&source.value["channels"]) {
            let finding =
                Finding::warning("config", "file", format!("others can read {shown}, and a token is in it"));
            report.findings.push(finding.with(Some(format!("chmod 600 {shown}"))));
        }
    }
}

/// Whether a token is written out somewhere.
fn has_token(value: &Value) -> bool {
    match value {
        Value::Object(entries) => entries.iter().any(|(key, value)| {
            let token = key == "botToken" && value.as_str().is_some_and(|token| !token.starts_with('$'));
            token || has_token(value)
        }),
        _ => false,
    }
}

/// The plugins that can be opened.
fn libraries(settings: &Settings, config: &Value, report: &mut Report) -> Vec<Library> {
    let found = match settings.registry().find_all(&mut HostTools::quiet()) {
        Ok(found) => found,
        Err(error) => {
            report.findings.push(of_failure("plugin", "all", error.into()));
            return Vec::new();
        }
    };
    if found.is_empty() {
        let finding =
            Finding::error("plugin", "all", format!("none in {}", settings.registry().root().display()));
        let install = settings.command_line("plugins install ./extensions/mattermost");
        report.findings.push(finding.with(Some(format!("install one, for example `{install}`"))));
    }
    let mut libraries = Vec::new();
    for plugin in &found {
        if !config::plugin_enabled(config, &plugin.id) {
            let key = format!("plugins.entries.{}.enabled", plugin.id);
            report.findings.push(Finding::warning("plugin", &plugin.id, format!("switched off by {key}")));
            continue;
        }
        match plugins::open(plugin) {
            Ok(library) => {
                let version = format!("{} {} loads", library.info().name, library.info().version);
                report.findings.push(Finding::ok("plugin", &plugin.id, version));
                libraries.push(library);
            }
            Err(failure) => report.findings.push(of_failure("plugin", &plugin.id, failure)),
        }
    }
    libraries
}

/// What a plugin says of the configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Validation {
    problems: Vec<Error>,
    warnings: Vec<String>,
}

fn validate(settings: &Settings, library: &Library, config: &Value, report: &mut Report) {
    let id = &library.info().id;
    let Ok(answer) = library.query(&QueryRequest::ConfigValidate { config: config.clone() }) else { return };
    let validation: Validation = serde_json::from_value(answer).unwrap_or_default();
    if validation.problems.is_empty() {
        report.findings.push(Finding::ok("config", id, format!("channels.{id} is valid")));
    }
    for problem in validation.problems {
        let failure = Failure::of_config(problem, config, &settings.config_file);
        report.findings.push(of_failure("config", id, failure));
    }
    report
        .findings
        .extend(validation.warnings.into_iter().map(|warning| Finding::warning("config", id, warning)));
}
