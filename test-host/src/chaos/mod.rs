//! `chaos`: things go wrong under load, and what stands on the server in the end is counted.

mod clock;
mod diary;
mod disk;
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
use chaos_proxy::Proxy;
use clock::Clock;
use plan::Plan;
use remote::Remote;
use report::{Outcome, Report};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use target::Target;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Messages of a whole run.
const MESSAGES: usize = 2_200;
/// The same on somebody else's server, where the faults come one after the other.
const MESSAGES_REMOTE: usize = 400;
/// Faults that are tried at the same time: most of the time is waiting.
const AT_ONCE: usize = 7;

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
    let trial = Trial {
        seed,
        shares: shares(&faults, options.messages.map(|messages| messages as usize), target.is_some()),
        patience: Duration::from_secs(options.patience),
        agent: options.agent.clone(),
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
    if let Ok(installed) = Arc::try_unwrap(installed) {
        installed.clear();
    }
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

/// What all rows share.
struct Trial {
    seed: u64,
    shares: Vec<(Fault, usize)>,
    patience: Duration,
    agent: String,
    installed: Arc<Installed>,
    json: bool,
}

impl Trial {
    fn tell(&self, text: impl AsRef<str>) {
        if !self.json {
            output::note(text);
        }
    }

    async fn run(&self, target: Option<Target>) -> Result<Vec<Outcome>, Failure> {
        match target {
            Some(target) => self.one_by_one(target).await,
            None => self.at_once().await,
        }
    }

    /// Every fault has a server and a gateway of its own.
    async fn at_once(&self) -> Result<Vec<Outcome>, Failure> {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut rows = JoinSet::new();
        let mut order = self.rows();
        // The longest first, so that none of them is alone in the end.
        order.sort_by_key(|row| {
            let shape = row.fault.shape(row.messages);
            std::cmp::Reverse((shape.before + shape.lasts + shape.after) * shape.rounds)
        });
        for row in order {
            let places = places.clone();
            rows.spawn(async move {
                let _place = places.acquire_owned().await;
                let ground = match Embedded::start().await {
                    Ok(embedded) => Ground::Embedded(Box::new(embedded)),
                    Err(failure) => return Outcome::Failed(row.fault, failure),
                };
                let outcome = Box::pin(row.play(&ground)).await;
                ground.end().await;
                outcome
            });
        }
        let mut outcomes = Vec::new();
        while let Some(outcome) = rows.join_next().await {
            let outcome = outcome.map_err(|error| Failure::system("a row of the table", &error))?;
            self.tell(outcome.line());
            outcomes.push(outcome);
        }
        outcomes.sort_by_key(|outcome| Fault::ALL.iter().position(|fault| *fault == outcome.fault()));
        Ok(outcomes)
    }

    /// There is one server and one bot.
    async fn one_by_one(&self, target: Target) -> Result<Vec<Outcome>, Failure> {
        let mut remote = Box::new(Remote::connect(target).await?);
        let mut outcomes = Vec::new();
        for row in self.rows() {
            remote.begin().await?;
            let ground = Ground::Remote(remote);
            let outcome = Box::pin(row.play(&ground)).await;
            self.tell(outcome.line());
            outcomes.push(outcome);
            let Ground::Remote(again) = ground else { break };
            remote = again;
        }
        Ok(outcomes)
    }

    fn rows(&self) -> Vec<RowSpec> {
        let mut first = 1;
        let mut rows = Vec::new();
        for (fault, messages) in &self.shares {
            rows.push(RowSpec {
                fault: *fault,
                messages: *messages,
                first,
                seed: self.seed,
                patience: self.patience,
                agent: self.agent.clone(),
                installed: self.installed.clone(),
            });
            first += u32::try_from(*messages).unwrap_or_default();
        }
        rows
    }
}

/// A row that is to be played.
struct RowSpec {
    fault: Fault,
    messages: usize,
    /// Its first message's number.
    first: u32,
    seed: u64,
    patience: Duration,
    agent: String,
    installed: Arc<Installed>,
}

impl RowSpec {
    async fn play(self, ground: &Ground) -> Outcome {
        let fault = self.fault;
        match self.set(ground).await {
            Ok(Ok(setting)) => match Box::pin(row::play(setting, ground)).await {
                Ok(played) => Outcome::Played(Box::new(played)),
                Err(failure) => Outcome::Failed(fault, failure),
            },
            Ok(Err(why)) => Outcome::Skipped(fault, why),
            Err(failure) => Outcome::Failed(fault, failure),
        }
    }

    /// Everything that it needs; or why it cannot be tried here.
    async fn set(&self, ground: &Ground) -> Result<Result<row::Setting, String>, Failure> {
        let folder = self.installed.folder().join(format!("{}-tools", self.fault.name()));
        let clock = match self.fault {
            Fault::ClockJump => match self.clock(folder).await {
                Ok(clock) => Some(clock),
                Err(why) => return Ok(Err(why)),
            },
            Fault::DiskFull => match disk::possible().await {
                Ok(()) => None,
                Err(why) => return Ok(Err(why)),
            },
            _ => None,
        };
        let proxy = match row::needs_proxy(self.fault, ground) {
            true => Some(self.proxy(ground).await?),
            false => None,
        };
        let url = proxy.as_ref().map_or_else(|| ground.url(), |proxy| format!("http://{}", proxy.addr()));
        let launch = Launch {
            state_dir: self.installed.state(self.fault.name(), &url, ground.token())?,
            agent: self.agent.clone(),
            survives_full_disk: self.fault == Fault::DiskFull,
            clock,
        };
        let plan = Plan::new(self.seed, self.fault, self.messages, self.first, ground.cast());
        Ok(Ok(row::Setting { fault: self.fault, plan, launch, proxy, patience: self.patience }))
    }

    async fn clock(&self, folder: PathBuf) -> Result<Clock, String> {
        std::fs::create_dir(&folder).map_err(|error| error.to_string())?;
        Clock::new(&folder).await
    }

    async fn proxy(&self, ground: &Ground) -> Result<Proxy, Failure> {
        let upstream = match ground {
            Ground::Embedded(embedded) => embedded.sim.addr().to_string(),
            Ground::Remote(remote) => remote.upstream().to_owned(),
        };
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let options = chaos_proxy::Options { listen, upstream, seed: self.seed };
        Proxy::start(options).await.map_err(|error| Failure::system("the proxy", &error))
    }
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
