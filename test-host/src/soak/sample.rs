//! What the gateway's process takes, second by second, and whether that stays flat.

use crate::proc;
use serde::Serialize;

/// What a process takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Resident memory, in bytes.
    pub memory: u64,
    /// Threads.
    pub threads: u64,
    /// Open descriptors.
    pub descriptors: u64,
}

impl Sample {
    /// Look at a process; `None` when it is gone.
    pub fn of(pid: u32) -> Option<Self> {
        Some(Self {
            memory: proc::resident(pid)?,
            threads: proc::threads(pid)?,
            descriptors: proc::descriptors(pid)?,
        })
    }
}

/// One figure over time.
#[derive(Clone, Debug, Serialize)]
pub struct Flat {
    /// What it is.
    pub what: &'static str,
    /// The median of the second quarter: everything has been used once by then.
    pub second_quarter: u64,
    /// The median of the last quarter.
    pub last_quarter: u64,
    /// How much more than in the second quarter is let pass.
    pub slack: u64,
    /// It stays within the slack.
    pub ok: bool,
}

/// What is let pass. Memory: bounded caches that still fill, and what an allocator keeps. Threads: one that is just
/// ending. Descriptors: connections that are kept for the next request.
fn slack(what: &str, of: u64) -> u64 {
    match what {
        "memory" => of / 20 + (4 << 20),
        "threads" => 1,
        _ => 4,
    }
}

/// Judge all three figures.
pub fn judge(samples: &[Sample]) -> Vec<Flat> {
    let quarter = samples.len() / 4;
    ["memory", "threads", "descriptors"]
        .into_iter()
        .map(|what| {
            let figure = |sample: &Sample| match what {
                "memory" => sample.memory,
                "threads" => sample.threads,
                _ => sample.descriptors,
            };
            let of = |samples: Option<&[Sample]>| median(samples.unwrap_or_default().iter().map(figure));
            let second_quarter = of(samples.get(quarter..2 * quarter));
            let last_quarter = of(samples.get(samples.len() - quarter..));
            let slack = slack(what, second_quarter);
            // Too few samples tell nothing, which is not the same as flat.
            let ok = quarter > 0 && last_quarter <= second_quarter + slack;
            Flat { what, second_quarter, last_quarter, slack, ok }
        })
        .collect()
}

fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(memory: impl Fn(u64) -> u64) -> Vec<(&'static str, bool)> {
        let samples: Vec<Sample> =
            (0..60).map(|at| Sample { memory: memory(at), threads: 4, descriptors: 20 + at / 30 }).collect();
        judge(&samples).into_iter().map(|flat| (flat.what, flat.ok)).collect()
    }

    #[test]
    fn a_warm_up_and_a_single_peak_are_flat() {
        let flat =
            judged(|at| if at < 15 { at << 20 } else { (30 << 20) + u64::from(at == 50) * (99 << 20) });
        assert_eq!(flat, [("memory", true), ("threads", true), ("descriptors", true)]);
    }

    #[test]
    fn a_leak_is_not() {
        assert_eq!(judged(|at| (30 << 20) + at * (1 << 19)).first(), Some(&("memory", false)));
        assert!(judge(&[]).iter().all(|flat| !flat.ok));
    }
}
