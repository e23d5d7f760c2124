//! `channels status`.

use crate::channels;
use crate::client;
use crate::config;
use crate::failure::Failure;
use crate::gateway::{ChannelReport, ControlFile, GatewayStatus, Presence};
use crate::http::Local;
use crate::output;
use crate::plugins::{self, HostTools};
use crate::settings::Settings;
use crate::times;
use host_sdk::host::Library;
use host_sdk::protocol::{AccountStatus, Error, ErrorCode, HandleRequest, Probe, QueryRequest, StatusProbe};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Show how the accounts are.
pub async fn run(settings: &Settings, probe: bool) -> Result<(), Failure> {
    let (gateway, reports) = match Presence::of(&settings.state_dir) {
        Presence::Running(file) => {
            let status = ask(&file, probe).await?;
            let running = json!({
                "running": true, "pid": status.pid, "url": file.url, "startedAt": status.started_at_ms,
            });
            (running, status.channels)
        }
        other => {
            let stale = if let Presence::Stale(pid) = other { Some(pid) } else { None };
            let reports = from_config(settings, probe).await?;
            (json!({ "running": false, "stalePid": stale }), reports)
        }
    };
    let live = gateway["running"] == true;
    if settings.json {
        output::json(&document(&gateway, &reports));
    } else {
        print(&gateway, live, &reports);
    }
    if probe { probed(&reports) } else { Ok(()) }
}

/// Whether all that was asked works.
fn probed(reports: &[ChannelReport]) -> Result<(), Failure> {
    let bad_accounts = reports.iter().flat_map(|report| {
        let bad = report.probes.iter().filter(|probe| !probe.ok);
        bad.map(|probe| format!("{} {}", report.label, probe.account_id))
    });
    let bad_channels = reports.iter().filter(|report| {
        // A channel that cannot be asked has not failed.
        report.error.as_ref().is_some_and(|error| error.code != ErrorCode::NotSupported)
    });
    let bad: Vec<String> = bad_accounts.chain(bad_channels.map(|report| report.label.clone())).collect();
    if bad.is_empty() {
        return Ok(());
    }
    Err(Failure {
        answered: true,
        ..Failure::new(format!("the probe failed: {}", bad.join(", ")), "the status says why")
    })
}

fn print(gateway: &Value, live: bool, reports: &[ChannelReport]) {
    output::line(match (live, gateway["stalePid"].as_u64()) {
        (true, _) => "Gateway reachable.".to_owned(),
        (false, Some(pid)) => {
            format!("No gateway is running (pid {pid} ended without cleaning up). From the configuration:")
        }
        (false, None) => "No gateway is running. From the configuration:".to_owned(),
    });
    if reports.iter().all(|report| report.status.accounts.is_empty() && report.error.is_none()) {
        output::line("No accounts. Install a plugin and configure its channel.");
    }
    for report in reports {
        for account in &report.status.accounts {
            let probe = probe_of(report, account);
            output::line(channels::line(&report.label, account, probe, live, times::now_ms()));
        }
        if let Some(error) = &report.error {
            output::line(format!("- {}: {error}", report.label));
        }
    }
}

async fn ask(file: &ControlFile, probe: bool) -> Result<GatewayStatus, Failure> {
    let url = format!("{}/status?probe={probe}", file.url);
    let answer = Local::new().get(&url, &file.token, Duration::from_secs(10)).await;
    let (status, body) = answer.map_err(|error| {
        Failure::new(
            format!("the gateway (pid {}) does not answer at {}: {error}", file.pid, file.url),
            "look at its log, and start it again if it hangs",
        )
    })?;
    if !status.is_success() {
        return Err(Failure::new(
            format!("the gateway at {} refused with {status}", file.url),
            "start the gateway again",
        ));
    }
    serde_json::from_value(body).map_err(|error| {
        Failure::new(
            format!("the gateway's answer cannot be read: {error}"),
            "use the same release for the gateway and for this command",
        )
    })
}

/// What the configuration alone tells; with `probe` the servers are asked from here.
async fn from_config(settings: &Settings, probe: bool) -> Result<Vec<ChannelReport>, Failure> {
    let config = config::load_for_channels(settings).await?.value;
    let mut reports = Vec::new();
    for found in settings.registry().find_all(&mut HostTools::quiet())? {
        if !config::plugin_enabled(&config, &found.id) {
            continue;
        }
        let report = match plugins::open(&found) {
            Ok(library) => of_library(settings, &config, &library, probe).await,
            Err(failure) => broken(&found.id, &failure.what),
        };
        reports.push(report);
    }
    Ok(reports)
}

fn broken(label: &str, message: &str) -> ChannelReport {
    let error = Error::new(ErrorCode::Internal, message);
    ChannelReport { label: label.to_owned(), error: Some(error), ..ChannelReport::default() }
}

async fn of_library(settings: &Settings, config: &Value, library: &Library, probe: bool) -> ChannelReport {
    let mut report = ChannelReport { label: library.info().name.clone(), ..ChannelReport::default() };
    report.status.channel.clone_from(&library.info().id);
    let question = QueryRequest::AccountList { config: config.clone(), env: None };
    match library.query(&question).map(serde_json::from_value::<Vec<AccountStatus>>) {
        Ok(Ok(accounts)) => report.status.accounts = accounts,
        Ok(Err(error)) => report.error = Some(Error::invalid(error.to_string())),
        // A channel without accounts of its own has nothing to show.
        Err(error) if error.code == ErrorCode::NotSupported => return report,
        Err(error) => report.error = Some(error),
    }
    report.status.default_account_id =
        report.status.accounts.first().map(|account| account.account_id.clone()).unwrap_or_default();
    if probe {
        let request = HandleRequest::StatusProbe(StatusProbe::default());
        match client::ask(settings, config, library, &request).await {
            Ok(probes) => report.probes = probes,
            Err(error) => report.error = Some(error),
        }
    }
    report
}

fn probe_of<'a>(report: &'a ChannelReport, account: &AccountStatus) -> Option<&'a Probe> {
    report.probes.iter().find(|probe| probe.account_id == account.account_id)
}

/// The machine form; the keys are those of the real command.
fn document(gateway: &Value, reports: &[ChannelReport]) -> Value {
    let mut labels = Map::new();
    let mut accounts = Map::new();
    let mut defaults = Map::new();
    let mut issues = Vec::new();
    for report in reports {
        let id = &report.status.channel;
        labels.insert(id.clone(), report.label.clone().into());
        defaults.insert(id.clone(), report.status.default_account_id.clone().into());
        let list = report.status.accounts.iter();
        let list = list.map(|account| channels::json(account, probe_of(report, account)));
        accounts.insert(id.clone(), list.collect());
        for account in report.status.accounts.iter().filter(|account| account.enabled) {
            let account_id = &account.account_id;
            issues.extend(account.problem.as_ref().map(|problem| {
                json!({ "channel": id, "accountId": account_id, "kind": "config", "message": problem.message })
            }));
            let slash = account.slash.as_ref().and_then(|slash| slash.problem.as_ref());
            issues.extend(slash.map(|problem| {
                json!({ "channel": id, "accountId": account_id, "kind": "slash", "message": problem })
            }));
            let failure = probe_of(report, account).and_then(|probe| probe.error.as_ref());
            issues.extend(failure.map(|error| {
                json!({ "channel": id, "accountId": account_id, "kind": "probe", "message": error.message })
            }));
        }
        issues.extend(report.error.as_ref().map(|error| json!({ "channel": id, "message": error.message })));
    }
    let order: Vec<&String> = reports.iter().map(|report| &report.status.channel).collect();
    json!({
        "ts": times::now_ms(), "gateway": gateway, "channelOrder": order, "channelLabels": labels,
        "channelAccounts": accounts, "channelDefaultAccountId": defaults, "statusIssues": issues,
    })
}
