//! `attacks`: what strangers may send to the gateway's HTTP server. Everything that is no click and no slash command is
//! refused with its status and without any effect, and those who may are served all the while.

mod cases;
mod flood;
mod kills;
mod stage;
mod wire;

use crate::chaos::Installed;
use crate::cli::Attacks;
use crate::failure::Failure;
use crate::output;
use crate::signals::Signals;
use crate::table::Table;
use cases::Attack;
use flood::Flood;
use kills::Kills;
use serde_json::{Value, json};
use stage::Stage;
use std::time::Duration;

/// Characters of an answer that the table shows.
const SHOWN: usize = 60;

/// What became of one attack.
struct Row {
    name: &'static str,
    status: u16,
    expected: &'static [u16],
    said: String,
    /// Effects that it had: there must be none.
    effects: usize,
    /// How long a valid click took right after it.
    click: Duration,
}

impl Row {
    fn is_clean(&self) -> bool {
        self.expected.contains(&self.status) && self.effects == 0
    }
}

struct Outcome {
    rows: Vec<Row>,
    flood: Option<Flood>,
    kills: Option<Kills>,
}

/// Run them.
pub async fn run(as_json: bool, options: Attacks) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let installed = Installed::new(options.plugin.clone()).await?;
    let result = tokio::select! {
        result = Box::pin(attack(&installed, &options, as_json)) => result,
        signal = signals.next() => Err(Failure::bare(format!("interrupted by {signal}"))),
    };
    installed.clear();
    let outcome = result?;
    if as_json {
        output::json(&outcome.document());
    } else {
        outcome.print();
    }
    if outcome.is_clean() {
        return Ok(());
    }
    Err(Failure { answered: true, ..Failure::new("an attack had an effect", "the table says which one") })
}

async fn attack(installed: &Installed, options: &Attacks, as_json: bool) -> Result<Outcome, Failure> {
    let tell = |text: &str| {
        if !as_json {
            output::note(text);
        }
    };
    let mut stage = Stage::new(installed).await?;
    let mut rows = Vec::new();
    for attack in Attack::ALL {
        tell(attack.name());
        let before = stage.answers();
        let seen = attack.run(&stage).await?;
        // One valid click had an effect on the way.
        let own = usize::from(attack == Attack::Replayed);
        let click = stage.valid_click().await?;
        // The valid click comes after everything that the attack could have caused.
        let effects = stage.answers().saturating_sub(before + own + 1);
        rows.push(Row {
            name: attack.name(),
            status: seen.status,
            expected: seen.expected,
            said: seen.said,
            effects,
            click,
        });
    }
    let flood = match options.rate {
        0 => None,
        rate => {
            tell(&format!("{rate} forged clicks a second"));
            Some(flood::run(&stage, rate, Duration::from_secs(options.seconds)).await?)
        }
    };
    let kills = match options.kills {
        0 => None,
        rounds => {
            tell("kill -9 after the answer to a click");
            Some(kills::run(&mut stage, rounds).await?)
        }
    };
    stage.gateway.stop().await;
    Ok(Outcome { rows, flood, kills })
}

impl Outcome {
    fn is_clean(&self) -> bool {
        self.rows.iter().all(Row::is_clean)
            && self.flood.as_ref().is_none_or(Flood::is_clean)
            && self.kills.as_ref().is_none_or(Kills::is_clean)
    }

    fn print(&self) {
        let mut table = Table::new(&["ATTACK", "STATUS", "", "EFFECTS", "VALID CLICK AFTER IT", "ANSWER"]);
        for row in &self.rows {
            let status = if row.status == 0 { "closed".to_owned() } else { row.status.to_string() };
            table.row([
                row.name.to_owned(),
                status,
                if row.is_clean() { "ok".to_owned() } else { "NOT REFUSED".to_owned() },
                row.effects.to_string(),
                format!("{:.1} ms", row.click.as_secs_f64() * 1e3),
                row.said.chars().take(SHOWN).collect(),
            ]);
        }
        table.lines().iter().for_each(output::line);
        if let Some(flood) = &self.flood {
            let statuses: Vec<String> =
                flood.statuses.iter().map(|(status, count)| format!("{count} x {status}")).collect();
            let slowest = flood.clicks.iter().max().copied().unwrap_or_default();
            output::line(format!(
                "{:.0} forged clicks a second (asked for {}) over {:.0} s: {}; memory {:.1} MB, at most {:.1} MB ({}); {} valid clicks meanwhile, the slowest {:.0} ms",
                flood.rate(),
                flood.wanted,
                flood.took.as_secs_f64(),
                statuses.join(", "),
                flood.memory.0 as f64 / 1e6,
                flood.memory.1 as f64 / 1e6,
                if flood.is_clean() { "bounded" } else { "NOT CLEAN" },
                flood.clicks.len(),
                slowest.as_secs_f64() * 1e3,
            ));
        }
        if let Some(kills) = &self.kills {
            output::line(format!(
                "kill -9 after the answer to a click, {} times: {} effects lost, {} doubled, {} posts unchanged",
                kills.clicks, kills.lost, kills.doubled, kills.unchanged
            ));
        }
    }

    fn document(&self) -> Value {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "attack": row.name, "status": row.status, "expected": row.expected, "effects": row.effects,
                    "valid_click_ms": row.click.as_secs_f64() * 1e3, "ok": row.is_clean(),
                })
            })
            .collect();
        let flood = self.flood.as_ref().map(|flood| {
            json!({
                "wanted_per_second": flood.wanted, "per_second": flood.rate(), "statuses": flood.statuses,
                "memory_before": flood.memory.0, "memory_most": flood.memory.1, "memory_slack": flood::MEMORY,
                "valid_clicks": flood.clicks.len(), "ok": flood.is_clean(),
            })
        });
        let kills = self.kills.as_ref().map(|kills| {
            json!({
                "clicks": kills.clicks, "lost": kills.lost, "doubled": kills.doubled,
                "unchanged": kills.unchanged, "ok": kills.is_clean(),
            })
        });
        json!({ "ok": self.is_clean(), "attacks": rows, "flood": flood, "kills": kills })
    }
}
