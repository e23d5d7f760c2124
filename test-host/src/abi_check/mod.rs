//! `abi check LIB`: does a library keep the promises of `openclaw_channel.h`?
//!
//! Each check runs in a process of its own, because a library that breaks a promise may crash, hang or spoil the
//! process. The checks know no particular channel: they pass for every library that keeps the header.

mod checks;
mod child;

use crate::failure::Failure;
use crate::nearest::nearest;
use crate::output;
use crate::plugins;
use crate::table::Table;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What to check.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The shared library
    pub library: PathBuf,
    /// Run only this check (see the names in the table); may be given more than once
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The promise is kept.
    Pass,
    /// It is not.
    Fail,
    /// The process died.
    Crash,
    /// The process did not end in time.
    Hang,
    /// It cannot be checked here.
    Skip,
}

/// One line of the report.
#[derive(Debug, Serialize)]
pub struct Line {
    name: &'static str,
    verdict: Verdict,
    reason: String,
}

/// All that was found.
#[derive(Debug, Serialize)]
pub struct Report {
    library: PathBuf,
    ok: bool,
    checks: Vec<Line>,
}

/// Run the checks.
pub async fn run(library: &Path, only: &[String]) -> Result<Report, Failure> {
    let names: Vec<&'static str> = checks::names().collect();
    if let Some(unknown) = only.iter().find(|name| !names.contains(&name.as_str())) {
        let hint = match nearest(unknown, names.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("choose one of {}", names.join(", ")),
        };
        return Err(Failure::new(format!("there is no check {unknown:?}"), hint));
    }
    let library = library.canonicalize().map_err(|error| {
        Failure::new(
            format!("{} cannot be read: {error}", library.display()),
            "give the path of a shared library",
        )
    })?;
    plugins::loads(&library)?;
    let mut lines = Vec::new();
    for name in names {
        if only.is_empty() || only.iter().any(|wanted| wanted == name) {
            let (verdict, reason) = child::run(name, &library).await?;
            lines.push(Line { name, verdict, reason });
        }
    }
    let ok = lines.iter().all(|line| matches!(line.verdict, Verdict::Pass | Verdict::Skip));
    Ok(Report { library, ok, checks: lines })
}

/// Run the checks and print what was found.
pub async fn command(as_json: bool, options: Options) -> Result<(), Failure> {
    let report = run(&options.library, &options.only).await?;
    if as_json {
        output::json(&report);
    } else {
        print(&report);
    }
    let bad: Vec<&Line> =
        report.checks.iter().filter(|line| !matches!(line.verdict, Verdict::Pass | Verdict::Skip)).collect();
    let Some(first) = bad.first() else { return Ok(()) };
    let library = report.library.display();
    let failure = Failure::new(
        format!("{} of {} checks failed", bad.len(), report.checks.len()),
        format!(
            "run one again with `test-host abi check {library} --only {}`, or under a debugger with `test-host __abi-check-one {} {library}`",
            first.name, first.name
        ),
    );
    Err(Failure { answered: true, ..failure })
}

fn print(report: &Report) {
    let mut table = Table::new(&["CHECK", "RESULT", "REASON"]);
    for line in &report.checks {
        let verdict = format!("{:?}", line.verdict).to_lowercase();
        table.row([line.name, &verdict, &line.reason]);
    }
    for line in table.lines() {
        output::line(line);
    }
    if report.ok {
        output::line(format!("\n{} keeps what the header promises", report.library.display()));
    }
}

/// The hidden command: one check, in this process.
pub fn one(name: &str, library: &Path) {
    output::line(child::answer(name, library));
}
