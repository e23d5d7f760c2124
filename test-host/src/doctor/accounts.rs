//! The accounts of a channel, as its plugin and the server see them.

use super::{Finding, Report};
use crate::client;
use crate::failure::Failure;
use crate::settings::Settings;
use host_sdk::host::Library;
use host_sdk::protocol::{
    self, AccountRef, Error, ErrorCode, FindingLevel, HandleRequest, Probe, StatusProbe,
};
use serde_json::Value;

/// Ask a plugin how its accounts are; one that does not know the question is asked whether the servers take them.
pub async fn examine(
    settings: &Settings,
    library: &Library,
    config: &Value,
    account: Option<&str>,
    report: &mut Report,
) {
    let id = &library.info().id;
    let account_id = account.map(str::to_owned);
    let request = HandleRequest::AccountDoctor(AccountRef { account_id: account_id.clone() });
    let found = client::ask::<Vec<protocol::Finding>>(settings, config, library, &request).await;
    let found = match found {
        Err(error) if error.code == ErrorCode::NotSupported => {
            let request = HandleRequest::StatusProbe(StatusProbe { account_id, timeout_ms: None });
            let probes = client::ask::<Vec<Probe>>(settings, config, library, &request).await;
            probes.map(|probes| probes.into_iter().map(of_probe).collect())
        }
        found => found,
    };
    match found {
        Ok(found) => {
            for finding in found {
                if is_told(report, &finding.message) {
                    continue;
                }
                report.findings.push(Finding {
                    check: finding.check,
                    of: format!("{id} {}", finding.account_id),
                    level: finding.level,
                    message: finding.message,
                    way_out: finding.way_out,
                });
            }
        }
        // A channel that knows neither question has no accounts to look at.
        Err(error) if error.code == ErrorCode::NotSupported => {}
        Err(error) => failed(id, &error, report),
    }
}

fn of_probe(probe: Probe) -> protocol::Finding {
    let message = match (&probe.error, &probe.bot) {
        (Some(error), _) => error.message.clone(),
        (None, Some(bot)) => format!("the server takes it; the bot is @{}", bot.username),
        (None, None) => "the server takes it".to_owned(),
    };
    let level = if probe.ok { FindingLevel::Ok } else { FindingLevel::Error };
    let way_out = (!probe.ok).then(|| "check the token and the server's URL".to_owned());
    protocol::Finding { account_id: probe.account_id, check: "token".to_owned(), level, message, way_out }
}

fn failed(id: &str, error: &Error, report: &mut Report) {
    if !is_told(report, &error.message) {
        let finding = Finding::error("accounts", id, &error.message);
        report.findings.push(finding.with(Failure::from(error.clone()).hint));
    }
}

/// What the configuration already was blamed for is not said twice.
fn is_told(report: &Report, message: &str) -> bool {
    report
        .findings
        .iter()
        .any(|finding| finding.level == FindingLevel::Error && finding.message.contains(message))
}
