//! `doctor`.

use crate::cli::Doctor;
use crate::doctor::{self, Report};
use crate::failure::Failure;
use crate::output;
use crate::settings::Settings;
use crate::table::Table;
use host_sdk::protocol::{Explanation, FindingLevel};
use serde_json::json;

/// Find out what is wrong, or why a post is answered or not.
pub async fn run(settings: &Settings, options: Doctor) -> Result<(), Failure> {
    if let Some(post) = &options.explain {
        let explanation = doctor::explain(settings, options.account.as_deref(), post).await?;
        if settings.json {
            output::json(&explanation);
        } else {
            explained(&explanation);
        }
        return Ok(());
    }
    let report = doctor::examine(settings, options.account.as_deref(), options.fix).await;
    if settings.json {
        output::json(&json!({
            "ok": report.errors() == 0, "findings": report.findings, "changes": report.changes,
            "configFile": settings.config_file, "fixed": report.fixed, "backup": report.backup,
        }));
    } else {
        tell(settings, &report);
    }
    match report.errors() {
        0 => Ok(()),
        count => {
            let plural = if count == 1 { "one thing does" } else { "some things do" };
            Err(Failure {
                answered: true,
                ..Failure::new(format!("{plural} not work"), "the list says what to do about each")
            })
        }
    }
}

fn tell(settings: &Settings, report: &Report) {
    let mut table = Table::new(&["", "CHECK", "OF", "FOUND"]);
    for finding in &report.findings {
        let mark = match finding.level {
            FindingLevel::Ok => "ok",
            FindingLevel::Warning => "warn",
            FindingLevel::Error => "ERROR",
        };
        // More lines would tear the table.
        let found = finding.message.lines().next().unwrap_or_default();
        table.row([mark, &finding.check, &finding.of, found]);
        if let Some(way_out) = &finding.way_out {
            table.row(["", "", "", &format!("-> {way_out}")]);
        }
    }
    table.lines().iter().for_each(output::line);
    let what = if report.fixed { "Changed" } else { "To be changed" };
    for change in &report.changes {
        output::line(format!("{what}: {change}"));
    }
    if !report.changes.is_empty() && !report.fixed {
        output::line(format!("`{}` does it.", settings.command_line("doctor --fix")));
    }
    if report.fixed {
        output::line(format!("Saved in {}", settings.config_file.display()));
    }
    if let Some(backup) = &report.backup {
        output::line(format!("The old file is {}", backup.display()));
    }
}

fn explained(explanation: &Explanation) {
    let what = if explanation.answered { "The agent is asked" } else { "The agent is not asked" };
    output::line(format!("{what}: {}", explanation.reason));
    output::line(format!("message {}, account {}", explanation.message_id, explanation.account_id));
    let mut table = Table::new(&["STEP", "PASSED", "REASON", "DETAIL"]);
    for step in &explanation.steps {
        let passed = if step.passed { "yes" } else { "no" };
        table.row([&step.step, passed, &step.reason, &step.detail]);
    }
    table.lines().iter().for_each(output::line);
}
