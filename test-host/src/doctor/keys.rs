//! Keys that have moved.

use super::examine::of_failure;
use super::{Finding, Report};
use crate::config::{self, Backup, Source};
use host_sdk::host::Library;
use host_sdk::protocol::{ConfigRepair, QueryRequest};

/// Ask every plugin which keys have moved, and with `fix` move them. The configuration as it is then.
pub fn examine(source: &Source, libraries: &[Library], fix: bool, report: &mut Report) -> Source {
    let mut repaired = source.clone();
    for library in libraries {
        let question = QueryRequest::ConfigDoctor { config: repaired.value.clone() };
        // A plugin that does not know the question has no old keys.
        let Ok(answer) = library.query(&question) else { continue };
        let Ok(repair) = serde_json::from_value::<ConfigRepair>(answer) else { continue };
        let id = &library.info().id;
        report
            .findings
            .extend(repair.warnings.into_iter().map(|warning| Finding::warning("keys", id, warning)));
        if !repair.changes.is_empty() {
            let count = repair.changes.len();
            let what = if fix { "moved" } else { "to be moved" };
            let finding = Finding::warning("keys", id, format!("old keys {what}: {count}, see below"));
            report.findings.push(if fix { finding } else { finding.with(Some("run doctor with --fix")) });
            report.changes.extend(repair.changes);
            repaired.value = repair.config;
        }
    }
    if !fix || repaired.value == source.value {
        return source.clone();
    }
    match config::save(source, &repaired.value, Backup::Always) {
        Ok(written) => {
            report.fixed = true;
            report.backup = written.backup;
            repaired
        }
        Err(failure) => {
            report.findings.push(of_failure("keys", "file", failure));
            source.clone()
        }
    }
}
