//! The table, for people and for programs.

use super::fault::Fault;
use super::judge::{Count, Wrong};
use super::plan::Place;
use super::row::Played;
use super::trace;
use crate::failure::Failure;
use crate::output;
use crate::table::Table;
use serde_json::{Value, json};

/// What became of one fault.
pub enum Outcome {
    /// It was tried.
    Played(Box<Played>),
    /// It could not be tried here.
    Skipped(Fault, String),
    /// Trying it failed.
    Failed(Fault, Failure),
}

/// The whole run.
pub struct Report {
    /// What everything was drawn from.
    pub seed: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// What became of each fault, in the order of the table.
    pub outcomes: Vec<Outcome>,
}

impl Outcome {
    /// The fault.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Played(played) => played.fault,
            Self::Skipped(fault, _) | Self::Failed(fault, _) => *fault,
        }
    }

    fn is_clean(&self) -> bool {
        match self {
            Self::Played(played) => played.is_clean(),
            Self::Skipped(..) => true,
            Self::Failed(..) => false,
        }
    }

    /// One line for somebody who waits.
    pub fn line(&self) -> String {
        match self {
            Self::Played(played) => {
                let total = played.verdict.total();
                let effect = played.effect.as_ref();
                let effect =
                    effect.map_or_else(String::new, |effect| format!(", {} {}", effect.count, effect.what));
                format!(
                    "{:<13} {} of {} answered, {} lost, {} doubled, {} out of order ({:.0} s{effect})",
                    played.fault,
                    total.answered,
                    total.posted,
                    total.lost,
                    total.doubled,
                    total.out_of_order,
                    played.took.as_secs_f64()
                )
            }
            Self::Skipped(fault, why) => format!("{fault:<13} left out: {why}"),
            Self::Failed(fault, failure) => format!("{fault:<13} failed: {}", failure.what),
        }
    }
}

impl Report {
    /// Whether no message was lost, doubled or out of order, and nothing else was wrong.
    pub fn is_clean(&self) -> bool {
        self.outcomes.iter().all(Outcome::is_clean)
    }

    fn played(&self) -> impl Iterator<Item = &Played> {
        self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Played(played) => Some(played.as_ref()),
            _ => None,
        })
    }

    /// All rows together.
    pub fn total(&self) -> Count {
        self.played().fold(Count::default(), |sum, played| sum.plus(played.verdict.total()))
    }

    fn kills(&self) -> usize {
        self.played().map(|played| played.kills).sum()
    }

    /// Print the table.
    pub fn print(&self) {
        let mut table = Table::new(&[
            "FAULT",
            "PLACE",
            "POSTED",
            "ANSWERED",
            "LOST",
            "DOUBLED",
            "OUT OF ORDER",
            "SLOWEST",
            "SECONDS",
        ]);
        for outcome in &self.outcomes {
            let fault = outcome.fault().name();
            match outcome {
                Outcome::Played(played) => {
                    for place in Place::ALL {
                        let count = played.verdict.places.get(&place).copied().unwrap_or_default();
                        table.row(cells(fault, &place.to_string(), &count, played.took.as_secs_f64()));
                    }
                }
                _ => table.row([fault, "-", "-", "-", "-", "-", "-", "-", "-"]),
            }
        }
        table.row(cells("all", "", &self.total(), self.seconds));
        table.lines().iter().for_each(output::line);
        output::line("");
        for outcome in &self.outcomes {
            match outcome {
                Outcome::Played(played) => {
                    for problem in played.diary.problems() {
                        output::line(format!("{}: {problem}", played.fault));
                    }
                }
                other => output::line(other.line()),
            }
        }
        output::line(format!("seed {}, the gateway was killed {} times", self.seed, self.kills()));
        output::line(if self.is_clean() {
            "No message was lost, none was answered twice, and all answers came in order."
        } else {
            "NOT CLEAN: see above."
        });
    }

    /// The document for programs.
    pub fn document(&self) -> Value {
        let rows: Vec<Value> = self
            .played()
            .flat_map(|played| {
                Place::ALL.map(|place| {
                    let count = played.verdict.places.get(&place).copied().unwrap_or_default();
                    let mut row = json!(count);
                    row["fault"] = json!(played.fault.name());
                    row["place"] = json!(place.to_string());
                    row["seconds"] = json!(seconds(played.took.as_secs_f64()));
                    row
                })
            })
            .collect();
        let faults: Vec<Value> = self.outcomes.iter().map(about).collect();
        json!({
            "ok": self.is_clean(), "seed": self.seed, "seconds": seconds(self.seconds), "kills": self.kills(),
            "total": self.total(), "rows": rows, "faults": faults,
        })
    }

    /// Tell on stderr about the first message that went wrong.
    pub fn tell_first_bad(&self) {
        let first = self.played().find_map(|played| Some((played, *played.verdict.bad.first()?)));
        let Some((played, (number, wrong))) = first else { return };
        output::note(format!("The first message that went wrong (seed {}):", self.seed));
        trace::lines(played, number, wrong).iter().for_each(output::note);
        output::note(format!(
            "The same again: chaos --seed {} --faults {} --messages {}",
            self.seed,
            played.fault,
            played.asked.len()
        ));
        for played in self.played().filter(|played| played.verdict.bad.len() > 1) {
            let bad = played.verdict.bad.iter().take(12).map(|(number, wrong)| {
                let wrong = match wrong {
                    Wrong::Lost => "lost",
                    Wrong::Doubled => "doubled",
                    Wrong::OutOfOrder => "out of order",
                };
                format!("{} {wrong}", super::judge::text(*number))
            });
            let bad: Vec<String> = bad.collect();
            let more = played.verdict.bad.len().saturating_sub(bad.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            output::note(format!("{}: {}{more}", played.fault, bad.join(", ")));
        }
    }
}

/// What programs may want to know of a fault.
fn about(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Played(played) => json!({
            "fault": played.fault.name(), "seconds": seconds(played.took.as_secs_f64()), "plan": played.plan,
            "effect": played.effect,
            "gateway_starts": played.starts, "gateway_kills": played.kills, "problems": played.diary.problems(),
            "bad": played.verdict.bad.iter().map(|(number, wrong)| json!({
                "message": super::judge::text(*number), "wrong": wrong,
            })).collect::<Vec<_>>(),
        }),
        Outcome::Skipped(fault, why) => json!({ "fault": fault.name(), "skipped": why }),
        Outcome::Failed(fault, failure) => json!({ "fault": fault.name(), "failed": failure.what }),
    }
}

fn cells(fault: &str, place: &str, count: &Count, took: f64) -> Vec<String> {
    vec![
        fault.to_owned(),
        place.to_owned(),
        count.posted.to_string(),
        count.answered.to_string(),
        count.lost.to_string(),
        count.doubled.to_string(),
        count.out_of_order.to_string(),
        format!("{:.1} s", count.slowest_ms as f64 / 1000.0),
        format!("{took:.0}"),
    ]
}

fn seconds(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}
