//! `soak`: steady load for a while. The gateway's memory, threads and descriptors must stay flat, also while the host
//! does not acknowledge, and every question must have one answer.

mod load;
mod sample;

use crate::chaos::{Diary, Embedded, Gateway, Ground, Installed, Launch, Ledger, Verdict, judge};
use crate::cli::Soak;
use crate::failure::Failure;
use crate::output;
use crate::signals::Signals;
use crate::table::Table;
use load::Load;
use sample::{Flat, Sample};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A question every so often.
const PACE: Duration = Duration::from_millis(50);
/// Samples are taken every so often.
const EVERY: Duration = Duration::from_secs(1);
/// The WebSocket is cut every so often, so many times; then it is left alone until a new round begins. A connection that
/// never lasts a minute is taken for a server in trouble: the plugin comes back after longer and longer pauses, and has
/// more and more to read each time, which would be measured in place of the memory that is left behind.
const CUT: Duration = Duration::from_secs(9);
const CUTS: usize = 5;
const ROUND: Duration = Duration::from_secs(120);
/// How long the host then does not acknowledge at most, and how much the memory may grow by that.
const CARELESS: Duration = Duration::from_secs(20);
const CARELESS_MEMORY: u64 = 32 << 20;
/// When nothing changes for so long, nothing will; and how long late second answers are waited for.
const PATIENCE: Duration = Duration::from_secs(100);
const QUIET: Duration = Duration::from_secs(5);

/// Run it.
pub async fn run(as_json: bool, options: Soak) -> Result<(), Failure> {
    if !cfg!(target_os = "linux") {
        return Err(Failure::new(
            "the soak reads /proc, which only Linux has",
            "run it on Linux; `chaos` runs elsewhere too",
        ));
    }
    let mut signals = Signals::new()?;
    let installed = Installed::new(options.plugin.clone()).await?;
    let length = Duration::from_secs_f64(options.minutes * 60.0);
    let result = tokio::select! {
        result = Box::pin(soak(&installed, length, as_json)) => result,
        signal = signals.next() => Err(Failure::bare(format!("interrupted by {signal}"))),
    };
    installed.clear();
    let result = result?;
    if as_json {
        output::json(&result.document());
    } else {
        result.print();
    }
    if result.is_clean() {
        return Ok(());
    }
    Err(Failure {
        answered: true,
        ..Failure::new(
            "the soak is not clean",
            "the table says what is not; `chaos` finds out why messages go",
        )
    })
}

/// What came out.
struct Outcome {
    minutes: f64,
    figures: Vec<Flat>,
    /// Memory with and without acknowledgements.
    careless: (u64, u64),
    cuts: usize,
    verdict: Verdict,
    problems: Vec<String>,
}

async fn soak(installed: &Installed, length: Duration, as_json: bool) -> Result<Outcome, Failure> {
    let ground = Ground::Embedded(Box::new(Embedded::start().await?));
    let diary = Diary::new();
    let state_dir = installed.state("soak", &ground.url(), ground.token())?;
    let launch = launch(state_dir);
    let mut gateway = Gateway::new(launch, diary.clone());
    let result = Box::pin(phases(&ground, &mut gateway, &diary, length, as_json)).await;
    gateway.stop().await;
    ground.end().await;
    result
}

fn launch(state_dir: PathBuf) -> Launch {
    Launch { state_dir, agent: "echo".to_owned(), survives_full_disk: false, clock: None }
}

async fn phases(
    ground: &Ground,
    gateway: &mut Gateway,
    diary: &Diary,
    length: Duration,
    as_json: bool,
) -> Result<Outcome, Failure> {
    let tell = |text: &str| {
        if !as_json {
            output::note(text);
        }
    };
    tell("steady load");
    gateway.start(&[])?;
    gateway.connected(0).await?;
    let mut load = Load::new(ground).await?;
    let mut ledger = Ledger::default();
    let mut cuts = 0;
    let samples = under_load(ground, gateway, &mut load, length, &mut cuts).await?;
    settle(ground, &load, &mut ledger).await?;
    gateway.stop().await;

    tell("the host does not acknowledge");
    let before = gateway.connections();
    gateway.start(&["--acknowledge", "never"])?;
    gateway.connected(before).await?;
    let calm = gateway.pid().and_then(Sample::of).unwrap_or_default().memory;
    let careless = under_load(ground, gateway, &mut load, length.min(CARELESS), &mut cuts).await?;
    let most = careless.iter().map(|sample| sample.memory).max().unwrap_or(u64::MAX);
    gateway.kill().await;

    tell("the next gateway finds what was not acknowledged");
    gateway.start(&[])?;
    let verdict = settle(ground, &load, &mut ledger).await?;
    Ok(Outcome {
        minutes: length.as_secs_f64() / 60.0,
        figures: sample::judge(&samples),
        careless: (calm, most),
        cuts,
        verdict,
        problems: diary.problems(),
    })
}

/// Ask at a steady pace for a time, with some cuts; what the gateway took.
async fn under_load(
    ground: &Ground,
    gateway: &mut Gateway,
    load: &mut Load<'_>,
    length: Duration,
    cuts: &mut usize,
) -> Result<Vec<Sample>, Failure> {
    let began = Instant::now();
    let (mut samples, mut next_sample, mut next_cut) = (Vec::new(), EVERY, CUT);
    let (mut round, mut in_round) = (Duration::ZERO, 0);
    let mut pace = tokio::time::interval(PACE);
    while began.elapsed() < length {
        pace.tick().await;
        load.ask().await?;
        if began.elapsed() >= next_sample {
            next_sample += EVERY;
            samples.extend(gateway.pid().and_then(Sample::of));
            if let Some(status) = gateway.has_ended() {
                return Err(Failure::bare(format!("the gateway ended by itself ({status})")));
            }
        }
        if began.elapsed() >= next_cut {
            // The server does not know the first connection of a round any more, so that what was missed is read from the
            // beginning on: nothing takes more memory.
            if in_round == 0 {
                ground.forget();
            } else {
                ground.cut();
            }
            *cuts += 1;
            in_round += 1;
            next_cut += CUT;
            if in_round == CUTS {
                round += ROUND;
                (in_round, next_cut) = (0, round + CUT);
            }
        }
    }
    Ok(samples)
}

/// Wait until everything is answered, or nothing changes any more.
async fn settle(ground: &Ground, load: &Load<'_>, ledger: &mut Ledger) -> Result<Verdict, Failure> {
    let mut changed = Instant::now();
    loop {
        if ledger.read(ground).await? > 0 {
            changed = Instant::now();
        }
        let verdict = judge(&load.asked, ledger.posts(), ground.bot());
        let limit = if verdict.total().lost == 0 { QUIET } else { PATIENCE };
        if changed.elapsed() >= limit {
            return Ok(verdict);
        }
        tokio::time::sleep(EVERY).await;
    }
}

impl Outcome {
    fn bounded(&self) -> bool {
        self.careless.1 <= self.careless.0 + CARELESS_MEMORY
    }

    fn is_clean(&self) -> bool {
        self.figures.iter().all(|figure| figure.ok)
            && self.bounded()
            && self.verdict.bad.is_empty()
            && self.problems.is_empty()
    }

    fn print(&self) {
        let said = |ok: bool| if ok { "ok" } else { "NOT FLAT" };
        let mut table = Table::new(&["GATEWAY", "SECOND QUARTER", "LAST QUARTER", "SLACK", ""]);
        for figure in &self.figures {
            let shown = |value: u64| match figure.what {
                "memory" => format!("{:.1} MB", value as f64 / 1e6),
                _ => value.to_string(),
            };
            table.row([
                figure.what.to_owned(),
                shown(figure.second_quarter),
                shown(figure.last_quarter),
                shown(figure.slack),
                said(figure.ok).to_owned(),
            ]);
        }
        table.lines().iter().for_each(output::line);
        output::line(format!(
            "memory while nothing is acknowledged: {:.1} MB, at most {:.1} MB ({})",
            self.careless.0 as f64 / 1e6,
            self.careless.1 as f64 / 1e6,
            if self.bounded() { "bounded" } else { "NOT BOUNDED" }
        ));
        let total = self.verdict.total();
        output::line(format!(
            "{} questions in {} min (and up to {} s without acknowledgements), {} cuts: {} answered, {} lost, {} doubled, {} out of order",
            total.posted,
            self.minutes,
            CARELESS.as_secs(),
            self.cuts,
            total.answered,
            total.lost,
            total.doubled,
            total.out_of_order
        ));
        self.problems.iter().for_each(output::line);
    }

    fn document(&self) -> Value {
        json!({
            "ok": self.is_clean(), "minutes": self.minutes, "figures": self.figures, "cuts": self.cuts,
            "not_acknowledging": {
                "memory_before": self.careless.0, "memory_most": self.careless.1, "slack": CARELESS_MEMORY,
                "ok": self.bounded(),
            },
            "total": self.verdict.total(), "problems": self.problems,
        })
    }
}
