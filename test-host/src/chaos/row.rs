//! One fault from begin to end: an own server, an own gateway, a plan, and what became of it.

use super::diary::Diary;
use super::effect::Effect;
use super::fault::{Cause, Fault};
use super::ground::{Ground, Ledger};
use super::judge::{self, Asked, Verdict, judge};
use super::plan::{Plan, What};
use super::process::{Gateway, Launch};
use super::switches::Switches;
use crate::failure::Failure;
use std::collections::HashMap;
use std::time::Duration;

/// How often the server's posts are looked at in the end.
const LOOK: Duration = Duration::from_millis(500);
/// Somebody else's server is asked less often.
const LOOK_REMOTE: Duration = Duration::from_secs(3);
/// After everything is answered, late second answers are waited for.
const QUIET: Duration = Duration::from_secs(8);
/// What retention deletes must have been answered by then.
const SETTLE: Duration = Duration::from_secs(20);
/// However much still changes, it ends.
const LONGEST: Duration = Duration::from_secs(600);
/// A gateway's memory may grow by this much while nothing is acknowledged.
const MEMORY: u64 = 32 << 20;
/// Somebody who starts gateways again leaves them time.
const AGAIN: Duration = Duration::from_secs(1);

/// What a row needs.
pub struct Setting {
    /// What goes wrong.
    pub fault: Fault,
    /// Who says what when.
    pub plan: Plan,
    /// How the gateway is started.
    pub launch: Launch,
    /// The proxy, when the fault is one of the connection or the server is not embedded.
    pub proxy: Option<chaos_proxy::Proxy>,
    /// When nothing changes for so long, nothing will.
    pub patience: Duration,
    /// Answers are streamed: nothing that was shown on the way may stay.
    pub streams: bool,
}

/// What became of it.
pub struct Played {
    /// The fault.
    pub fault: Fault,
    /// The count.
    pub verdict: Verdict,
    /// The questions.
    pub asked: Vec<Asked>,
    /// Every post that was seen.
    pub ledger: Ledger,
    /// The bot's user id.
    pub bot: String,
    /// What happened when.
    pub diary: Diary,
    /// How long it took.
    pub took: Duration,
    /// How often the gateway was killed.
    pub kills: usize,
    /// How often it was started.
    pub starts: usize,
    /// The plan's fingerprint.
    pub plan: String,
    /// When each question was asked.
    pub times: HashMap<u32, Duration>,
    /// What the fault did, where that can be counted.
    pub effect: Option<Effect>,
}

impl Played {
    /// Whether all is as it should be.
    pub fn is_clean(&self) -> bool {
        self.verdict.bad.is_empty() && self.diary.problems().is_empty()
    }
}

/// A row that is being played.
struct Row<'a> {
    fault: Fault,
    ground: &'a Ground,
    switches: Switches,
    ledger: Ledger,
    asked: Vec<Asked>,
    times: HashMap<u32, Duration>,
    diary: Diary,
    patience: Duration,
}

/// Play it.
pub async fn play(setting: Setting, ground: &Ground) -> Result<Played, Failure> {
    let diary = Diary::new();
    let clock = setting.launch.clock.clone();
    let gateway = Gateway::new(setting.launch, diary.clone());
    let mut row = Row {
        fault: setting.fault,
        ground,
        switches: Switches::new(gateway, setting.proxy, clock, diary.clone()),
        // Of what retention deletes the answers count all the same.
        ledger: match setting.streams && setting.fault != Fault::Retention {
            true => Ledger::forgetful(),
            false => Ledger::default(),
        },
        asked: Vec::new(),
        times: HashMap::new(),
        diary: diary.clone(),
        patience: setting.patience,
    };
    let result = Box::pin(row.run(&setting.plan)).await;
    let effect = Effect::of(row.fault, &row.switches, ground);
    if let Some(effect) = effect.as_ref().filter(|effect| effect.is_missing(row.asked.len())) {
        diary.problem(&format!("the fault did not happen: no {}", effect.what));
    }
    // However it went, nothing of it stays.
    row.switches.gateway.stop().await;
    if let Some(proxy) = row.switches.proxy.take() {
        proxy.stop().await;
    }
    result?;
    let bot = ground.bot().to_owned();
    let mut verdict = judge(&row.asked, row.ledger.posts(), &bot);
    if setting.streams && setting.fault != Fault::Retention {
        for left in judge::unfinished(row.ledger.posts(), &bot).take(3) {
            diary.problem(&format!("a preview was left behind: {:?} ({})", left.message, left.id));
        }
    }
    if !row.fault.keeps_order() {
        verdict.bad.retain(|(_, wrong)| *wrong != judge::Wrong::OutOfOrder);
    }
    Ok(Played {
        fault: row.fault,
        verdict,
        asked: row.asked,
        ledger: row.ledger,
        bot,
        took: diary.now(),
        kills: row.switches.gateway.kills,
        starts: row.switches.gateway.starts,
        diary,
        plan: setting.plan.fingerprint(),
        times: row.times,
        effect,
    })
}

impl Row<'_> {
    async fn run(&mut self, plan: &Plan) -> Result<(), Failure> {
        self.switches.gateway.start(&[])?;
        self.switches.gateway.connected(0).await?;
        let memory = self.memory();
        let mut roots = HashMap::new();
        let mut start = self.diary.now();
        for step in &plan.steps {
            let due = start + step.at;
            while let left = due.saturating_sub(self.diary.now())
                && !left.is_zero()
            {
                tokio::time::sleep(left.min(LOOK)).await;
                self.keep_alive().await?;
            }
            match step.what {
                What::Root { lane, person } => {
                    if let Some(of) = plan.lanes.get(lane) {
                        let post = self.ground.say(person, of.room, "", judge::TOPIC, false).await?;
                        roots.insert(lane, post.id);
                    }
                }
                What::Say { number, lane, person } => {
                    let Some(of) = plan.lanes.get(lane) else { continue };
                    let root = if of.thread { roots.get(&lane).map_or("", String::as_str) } else { "" };
                    let at = self.diary.now();
                    let text = judge::text(number);
                    let post = self.ground.say(person, of.room, root, &text, true).await?;
                    self.times.insert(number, at);
                    let person = self.ground.name(person);
                    self.asked.push(Asked { number, place: of.place(), person, post });
                }
                What::Settle => {
                    let before = self.diary.now();
                    self.settle(SETTLE, Duration::ZERO).await?;
                    // What is planned for later moves as much.
                    start += self.diary.now() - before;
                }
                What::On(round) => self.switches.on(self.fault, round, self.ground).await?,
                What::Off(round) => {
                    self.bounded(memory);
                    self.switches.off(self.fault, round, self.ground, &mut self.ledger).await?;
                }
            }
        }
        self.diary.note("all is said; waiting for the answers");
        self.settle(self.patience, QUIET.min(self.patience)).await
    }

    /// Wait until everything is answered and then was quiet for a time, or nothing has changed for `patience`.
    async fn settle(&mut self, patience: Duration, quiet: Duration) -> Result<(), Failure> {
        let look = if matches!(self.ground, Ground::Remote(_)) { LOOK_REMOTE } else { LOOK };
        let begin = self.diary.now();
        let mut changed = begin;
        loop {
            self.keep_alive().await?;
            if self.ledger.read(self.ground).await? > 0 {
                changed = self.diary.now();
            }
            let verdict = judge(&self.asked, self.ledger.posts(), self.ground.bot());
            let whole = judge::unfinished(self.ledger.posts(), self.ground.bot()).next().is_none();
            let limit = if verdict.total().lost == 0 && whole { quiet } else { patience };
            let now = self.diary.now();
            if now - changed >= limit || now - begin >= LONGEST {
                return Ok(());
            }
            tokio::time::sleep(look.min(limit)).await;
        }
    }

    /// A gateway that ends by itself is a problem, and is started again as a service manager would.
    async fn keep_alive(&mut self) -> Result<(), Failure> {
        if self.switches.expects_an_end() {
            return Ok(());
        }
        let Some(status) = self.switches.gateway.has_ended() else { return Ok(()) };
        self.diary.problem(&format!("the gateway ended by itself ({status})"));
        tokio::time::sleep(AGAIN).await;
        self.switches.gateway.start(&[])
    }

    fn memory(&self) -> Option<u64> {
        crate::proc::resident(self.switches.gateway.pid()?)
    }

    /// A host that does not acknowledge must not cost memory without end.
    fn bounded(&self, before: Option<u64>) {
        if self.fault != Fault::NoAck {
            return;
        }
        if let (Some(before), Some(now)) = (before, self.memory()) {
            let megabytes = |bytes: u64| bytes as f64 / 1e6;
            let grown = format!("gateway memory {:.1} MB, then {:.1} MB", megabytes(before), megabytes(now));
            match now > before + MEMORY {
                true => self.diary.problem(&format!("{grown}: it is not bounded")),
                false => self.diary.note(grown),
            }
        }
    }
}

/// Whether a fault needs the proxy before an embedded server.
pub fn needs_proxy(fault: Fault, ground: &Ground) -> bool {
    fault.cause() == Cause::Proxy || matches!(ground, Ground::Remote(_))
}
