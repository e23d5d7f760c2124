//! Whether a fault really happened: a row that is clean because nothing went wrong proves nothing.

use super::fault::Fault;
use super::ground::Ground;
use super::switches::Switches;
use chaos_proxy::Stats;
use serde::Serialize;

/// With fewer messages a fault may find nothing to break.
const ENOUGH: usize = 20;

/// What a fault did, in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct Effect {
    /// What is counted.
    pub what: &'static str,
    /// How often.
    pub count: u64,
}

impl Effect {
    /// What a fault did so far; `None` where it cannot be counted from outside.
    pub fn of(fault: Fault, switches: &Switches, ground: &Ground) -> Option<Self> {
        let proxy = |what, count: fn(&Stats) -> u64| {
            let stats = switches.proxy.as_ref()?.control().stats();
            Some(Self { what, count: count(&stats) })
        };
        let answers = |what, least: u16, most: u16| {
            let Ground::Embedded(server) = ground else { return None };
            let requests = server.sim.requests();
            let count = requests.iter().filter(|request| (least..=most).contains(&request.status)).count();
            Some(Self { what, count: u64::try_from(count).unwrap_or(u64::MAX) })
        };
        let of_gateway =
            |what, count: usize| Some(Self { what, count: u64::try_from(count).unwrap_or(u64::MAX) });
        match fault {
            Fault::Cut => proxy("connections cut", |stats| stats.cut),
            Fault::Reset => proxy("connections reset", |stats| stats.reset),
            Fault::HalfOpen => proxy("silent connections", |stats| stats.reset),
            Fault::Refuse => proxy("connections refused", |stats| stats.refused),
            Fault::DropResponse => proxy("responses dropped", |stats| stats.responses_dropped),
            Fault::RefusePosts => proxy("posts refused", |stats| stats.posts_refused),
            Fault::RateLimited => answers("answers 429", 429, 429),
            Fault::Errors => answers("answers 5xx", 500, 599),
            Fault::Retention => of_gateway("posts deleted", switches.purged),
            Fault::KillAnswered => of_gateway("kills right after an answer", switches.answered_kills()),
            Fault::Kill => of_gateway("kills", switches.gateway.kills),
            Fault::ClockJump => of_gateway("log lines by the other clock", switches.diary.by_another_clock()),
            Fault::DiskFull => {
                of_gateway("warnings of the journal", switches.diary.count("journal cannot be written"))
            }
            Fault::Restart | Fault::RestartOld | Fault::ReplicaLag => {
                of_gateway("connections lost", switches.diary.count("connection lost ("))
            }
            _ => None,
        }
    }

    /// Whether it was none although there was enough to break.
    pub fn is_missing(&self, messages: usize) -> bool {
        self.count == 0 && messages >= ENOUGH
    }
}
