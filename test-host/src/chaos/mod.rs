//! `chaos`: things go wrong under load, and what stands on the server in the end is counted.

mod clock;
mod diary;
mod disk;
mod draft;
mod effect;
mod fault;
mod ground;
mod installed;
mod judge;
mod plan;
mod process;
mod remote;
mod report;
mod row;
mod switches;
mod target;
mod trace;
mod trial;

pub use diary::Diary;
pub use fault::Fault;
pub use ground::{Embedded, Ground, Ledger};
pub use installed::Installed;
pub use judge::{Asked, Verdict, judge, text};
pub use plan::{Place, Room};
pub use process::{Gateway, Launch};

use crate::cli::Chaos;
use crate::config;
use crate::failure::Failure;
use crate::output;
use crate::settings::Settings;
use crate::signals::Signals;
use report::Report;
use std::sync::Arc;
use std::time::{Duration, Instant};
use target::Target;
use trial::Trial;

/// Messages of a whole run.
const MESSAGES: usize = 2_200;
/// The same on somebody else's server, where the faults come one after the other.
const MESSAGES_REMOTE: usize = 400;
/// After an interruption, killed gateways end within this time, and their files can go.
const ENDING: Duration = Duration::from_secs(3);

/// Run the trial.
pub async fn run(settings: Settings, options: Chaos) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let target = target(&settings, &options)?;
    let seed = match options.seed {
        Some(seed) => seed,
        None => fastrand::u64(1..1_000_000),
    };
    let faults = chosen(&options, target.is_some())?;
    let installed = Arc::new(Installed::new(options.plugin.clone()).await?);
    let agent = match options.stream {
        true => format!("script:{}", script(&installed)?.display()),
        false => options.agent.clone(),
    };
    let trial = Trial {
        seed,
        shares: shares(&faults, options.messages.map(|messages| messages as usize), target.is_some()),
        patience: Duration::from_secs(options.patience),
        agent,
        streams: options.stream,
        installed: installed.clone(),
        json: settings.json,
    };
    trial.tell(format!("seed {seed}; this takes some minutes"));
    let began = Instant::now();
    let result = tokio::select! {
        outcomes = Box::pin(trial.run(target)) => outcomes,
        signal = signals.next() => Err(Failure::bare(format!("interrupted by {signal}"))),
    };
    drop(trial);
    clear(installed).await;
    let report = Report { seed, seconds: began.elapsed().as_secs_f64(), outcomes: result? };
    if settings.json {
        output::json(&report.document());
    } else {
        report.print();
    }
    if report.is_clean() {
        return Ok(());
    }
    report.tell_first_bad();
    let total = report.total();
    Err(Failure {
        answered: true,
        ..Failure::new(
            format!(
                "{} messages were lost, {} answered more than once, {} out of order (of {})",
                total.lost, total.doubled, total.out_of_order, total.posted
            ),
            "the trace of the first one is above; --faults and --seed repeat a part of it",
        )
    })
}

/// How a streamed answer comes: its number is at the end, so that what was shown before is no answer.
const STREAM: &str = r#"[
  { after_ms: 100, tool: { name: "look_up", detail: "what is asked" } },
  { text: "Somebody asked something, and the answer is long enough to be seen while it is being written. echo: {text}",
    chunk: 9, every_ms: 130 },
]
"#;

fn script(installed: &Installed) -> Result<std::path::PathBuf, Failure> {
    let path = installed.folder().join("stream.json5");
    std::fs::write(&path, STREAM)
        .map_err(|error| Failure::system("the script of the streaming agent", &error))?;
    Ok(path)
}

/// Remove the files. After an interruption there are rows that still end, and gateways that still die.
async fn clear(mut installed: Arc<Installed>) {
    let began = Instant::now();
    while began.elapsed() < ENDING {
        installed = match Arc::try_unwrap(installed) {
            Ok(installed) => return installed.clear(),
            Err(shared) => shared,
        };
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The server that was named, if one was.
fn target(settings: &Settings, options: &Chaos) -> Result<Option<Target>, Failure> {
    match (&options.server, settings.config_required) {
        (Some(server), true) => {
            let config = config::load(settings)?;
            Target::read(server, &config.value, &settings.config_file).map(Some)
        }
        (Some(_), false) => Err(Failure::new(
            "--server needs --config FILE, which says who writes there",
            "see `test-host chaos --help` for what it must have",
        )),
        (None, true) => Err(Failure::new(
            "--config says who writes on a server, but no --server is named",
            "add --server http://host:port, or leave --config out for the embedded server",
        )),
        (None, false) => Ok(None),
    }
}

/// The faults that were asked for, in the order of the table.
fn chosen(options: &Chaos, remote: bool) -> Result<Vec<Fault>, Failure> {
    let possible: Vec<Fault> = if remote { Fault::anywhere().collect() } else { Fault::ALL.to_vec() };
    let Some(asked) = &options.faults else { return Ok(possible) };
    if let Some(fault) = asked.iter().find(|fault| !possible.contains(fault)) {
        let names: Vec<&str> = possible.iter().map(|fault| fault.name()).collect();
        return Err(Failure::new(
            format!("{fault} is a fault of the embedded server; it cannot be caused on another one"),
            format!("choose among {}", names.join(", ")),
        ));
    }
    Ok(possible.into_iter().filter(|fault| asked.contains(fault)).collect())
}

/// How many messages each fault gets.
fn shares(faults: &[Fault], messages: Option<usize>, remote: bool) -> Vec<(Fault, usize)> {
    let messages = messages.unwrap_or(if remote { MESSAGES_REMOTE } else { MESSAGES });
    let all: usize = faults.iter().map(|fault| fault.weight()).sum();
    let (mut shares, mut weight, mut given) = (Vec::new(), 0, 0);
    for fault in faults {
        weight += fault.weight();
        let until = messages * weight / all.max(1);
        shares.push((*fault, until - given));
        given = until;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_messages_are_given_out_and_the_kills_get_more() {
        let shares = shares(&Fault::ALL, None, false);
        assert_eq!(shares.iter().map(|(_, share)| share).sum::<usize>(), MESSAGES);
        let of = |fault| shares.iter().find(|(other, _)| *other == fault).map_or(0, |(_, share)| *share);
        assert!(of(Fault::Kill) > 4 * of(Fault::Cut));
        assert!(Fault::Kill.shape(of(Fault::Kill)).rounds >= 50);
    }
}
