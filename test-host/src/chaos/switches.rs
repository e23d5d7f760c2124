//! Letting a fault come and go.

use super::clock::Clock;
use super::diary::Diary;
use super::disk;
use super::fault::{Cause, Fault};
use super::ground::{Embedded, Ground, Ledger};
use super::process::Gateway;
use crate::failure::Failure;
use chaos_proxy::Proxy;
use mattermost_sim::{PostRecord, Version};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How long a restarted server is away.
const RESTART: Duration = Duration::from_secs(2);
/// How long a post takes on a slow server, so that a kill may fall between a post and its response.
const SLOW_POST: Duration = Duration::from_millis(25);
/// How long a server that restarts behind a dead gateway is away.
const SHORT_RESTART: Duration = Duration::from_millis(300);
/// A gateway that says nothing for so long has been asked nothing.
const ANSWERED: Duration = Duration::from_secs(3);
/// How late what was written can be read.
const LAG: Duration = Duration::from_millis(1_500);
/// How many seconds a clock jumps.
const JUMP: i64 = 3_600;
/// Bytes a second through a slow proxy: a handshake takes seconds.
const SLOW: u32 = 4_000;

/// All that a fault may need.
pub struct Switches {
    /// The gateway.
    pub gateway: Gateway,
    /// The proxy before the server, when there is one.
    pub proxy: Option<Proxy>,
    /// The gateway's clock, when it can be changed.
    pub clock: Option<Clock>,
    /// What happens.
    pub diary: Diary,
    /// How many posts retention has deleted.
    pub purged: usize,
    /// The posts of each channel when retention began to look.
    kept: HashMap<String, usize>,
    /// Kills the gateway when it has answered.
    killer: Option<tokio::task::JoinHandle<()>>,
    /// How often it did.
    answered_kills: Arc<AtomicUsize>,
}

impl Switches {
    /// Nothing is wrong yet.
    pub fn new(gateway: Gateway, proxy: Option<Proxy>, clock: Option<Clock>, diary: Diary) -> Self {
        Self {
            gateway,
            proxy,
            clock,
            diary,
            purged: 0,
            kept: HashMap::new(),
            killer: None,
            answered_kills: Arc::default(),
        }
    }

    /// Let the fault come for the n-th time.
    pub async fn on(&mut self, fault: Fault, round: u32, ground: &Ground) -> Result<(), Failure> {
        self.diary.note(format!("fault {fault} begins (round {})", round + 1));
        match (fault.cause(), ground) {
            (Cause::Nobody, _) => Ok(()),
            (Cause::Proxy, _) => {
                self.through_proxy(fault, round, true);
                Ok(())
            }
            (Cause::Server, Ground::Embedded(server)) => {
                self.on_server(fault, round, server).await;
                Ok(())
            }
            (Cause::Server, Ground::Remote(_)) => Ok(()),
            (Cause::Host, _) => self.on_host(fault, round, ground).await,
        }
    }

    /// Let it go.
    pub async fn off(
        &mut self,
        fault: Fault,
        round: u32,
        ground: &Ground,
        ledger: &mut Ledger,
    ) -> Result<(), Failure> {
        match (fault.cause(), ground) {
            (Cause::Proxy, _) => self.through_proxy(fault, round, false),
            (Cause::Server, Ground::Embedded(server)) => {
                if fault == Fault::Retention {
                    // What goes now has been seen.
                    ledger.read(ground).await?;
                    self.purge(server);
                    if round.is_multiple_of(2) {
                        self.gateway.start(&[])?;
                    }
                }
                if fault == Fault::KillAnswered {
                    self.revive().await?;
                }
                server.sim.faults().clear();
            }
            (Cause::Host, _) => self.off_host(fault, round).await?,
            _ => {}
        }
        self.diary.note(format!("fault {fault} is over (round {})", round + 1));
        Ok(())
    }

    fn through_proxy(&self, fault: Fault, round: u32, on: bool) {
        let Some(proxy) = &self.proxy else { return };
        let control = proxy.control();
        match (fault, on) {
            (Fault::Cut, true) => control.cut(),
            (Fault::Reset, true) => control.reset(),
            (Fault::Refuse, true) => {
                control.refuse(true);
                control.cut();
            }
            (Fault::HalfOpen, true) => control.half_open(true),
            (Fault::Stall, true) => control.stall(true),
            (Fault::Split, true) => control.split(true),
            (Fault::Throttle, true) => control.throttle(Some(SLOW)),
            (Fault::DropResponse, true) => control.drop_post_response(1 + round % 3),
            (Fault::RefusePosts, true) => control.refuse_posts(true),
            (_, false) => control.clear(),
            _ => {}
        }
    }

    async fn on_server(&mut self, fault: Fault, round: u32, server: &Embedded) {
        let faults = server.sim.faults();
        let restart = |version| {
            let sim = server.sim.clone();
            tokio::spawn(async move { sim.restart(RESTART, version).await });
        };
        match fault {
            Fault::Restart => restart(Version::V11_6),
            // There and back again.
            Fault::RestartOld if round.is_multiple_of(2) => restart(Version::V5_16),
            Fault::RestartOld => restart(Version::V11_6),
            Fault::RateLimited | Fault::Errors => {
                match fault {
                    Fault::RateLimited => faults.rate_limited(true),
                    _ => faults.errors(&[500, 502, 503, 504]),
                }
                // Every other time what was missed must be read from such a server.
                if !round.is_multiple_of(2) {
                    server.sim.forget_sockets();
                }
            }
            Fault::ReplicaLag => {
                faults.replica_lag(LAG);
                // What is read after a reconnect is what may be old.
                server.sim.forget_sockets();
            }
            Fault::Duplicates => {
                faults.duplicate_events(true);
                if !round.is_multiple_of(2) {
                    server.sim.cut_sockets();
                }
            }
            Fault::KillAnswered => self.killer = self.kill_when_answered(server),
            Fault::Deaf => faults.deaf(true),
            Fault::Retention => {
                self.kept = count(server);
                if round.is_multiple_of(2) {
                    self.gateway.kill().await;
                } else {
                    faults.refuse(true);
                    server.sim.forget_sockets();
                }
            }
            _ => {}
        }
    }

    /// Kill the gateway as soon as the bot has posted something, then let the server restart.
    fn kill_when_answered(&self, server: &Embedded) -> Option<tokio::task::JoinHandle<()>> {
        let (pid, bot, sim) = (self.gateway.pid()?, server.bot().to_owned(), server.sim.clone());
        let (channels, diary) = (server.channels(), self.diary.clone());
        let count = self.answered_kills.clone();
        let marks: Vec<_> = channels.into_iter().map(|channel| (sim.mark(&channel), channel)).collect();
        Some(tokio::spawn(async move {
            let mut waits = tokio::task::JoinSet::new();
            for (mark, channel) in marks {
                let (sim, bot) = (sim.clone(), bot.clone());
                waits.spawn(async move {
                    let answer = |post: &PostRecord| post.user_id == bot;
                    sim.wait_for_post_since(&channel, mark, answer, ANSWERED).await.is_ok()
                });
            }
            while let Some(answered) = waits.join_next().await {
                if matches!(answered, Ok(true)) {
                    kill(pid).await;
                    count.fetch_add(1, Ordering::Relaxed);
                    diary.note("gateway killed right after an answer");
                    sim.restart(SHORT_RESTART, Version::V11_6).await;
                    return;
                }
            }
        }))
    }

    /// How often the gateway was killed right after an answer.
    pub fn answered_kills(&self) -> usize {
        self.answered_kills.load(Ordering::Relaxed)
    }

    /// Whether the gateway's end is part of the fault.
    pub fn expects_an_end(&self) -> bool {
        self.killer.is_some()
    }

    /// Start the gateway that was killed.
    async fn revive(&mut self) -> Result<(), Failure> {
        if let Some(killer) = self.killer.take() {
            // Nobody asked anything: then nothing is to be killed.
            let _ = killer.await;
        }
        self.gateway.kill().await;
        self.gateway.start(&[])
    }

    /// Delete all that was there when the gateway went away.
    fn purge(&mut self, server: &Embedded) {
        for (channel, now) in count(server) {
            let before = self.kept.get(&channel).copied().unwrap_or_default();
            let gone = server.sim.purge(&channel, now.saturating_sub(before));
            self.purged += gone;
            if gone > 0 {
                self.diary.note(format!("retention: {gone} posts of channel {channel} are gone"));
            }
        }
    }

    async fn on_host(&mut self, fault: Fault, round: u32, ground: &Ground) -> Result<(), Failure> {
        match fault {
            Fault::Kill => {
                self.gateway.kill().await;
                if let Ground::Embedded(server) = ground {
                    // Every other life sees a server that takes its time.
                    let slow = if round.is_multiple_of(2) { SLOW_POST } else { Duration::ZERO };
                    server.sim.faults().slow_posts(slow);
                }
                self.gateway.start(&[])
            }
            Fault::DiskFull => self.disk(true).await,
            Fault::ClockJump => {
                self.jump(if round.is_multiple_of(2) { JUMP } else { -JUMP })?;
                // A new connection and what was missed, by a clock that is wrong.
                if round >= 2 {
                    ground.cut();
                    self.proxy.iter().for_each(|proxy| proxy.control().cut());
                }
                Ok(())
            }
            Fault::NoAck => {
                self.gateway.stop().await;
                self.gateway.start(&["--acknowledge", "never"])
            }
            _ => Ok(()),
        }
    }

    async fn off_host(&mut self, fault: Fault, round: u32) -> Result<(), Failure> {
        match fault {
            Fault::DiskFull => {
                self.disk(false).await?;
                // Once with the journal of the new life, once with that of the old one.
                if !round.is_multiple_of(2) {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                self.gateway.kill().await;
                self.gateway.start(&[])
            }
            Fault::ClockJump => self.jump(0),
            Fault::NoAck => {
                self.gateway.kill().await;
                self.gateway.start(&[])
            }
            _ => Ok(()),
        }
    }

    async fn disk(&self, full: bool) -> Result<(), Failure> {
        let Some(pid) = self.gateway.pid() else { return Ok(()) };
        disk::full(pid, full).await.map_err(|error| Failure::system("prlimit", &error))
    }

    fn jump(&self, seconds: i64) -> Result<(), Failure> {
        let Some(clock) = &self.clock else { return Ok(()) };
        self.diary.note(format!("the gateway's clock is {seconds} s ahead"));
        clock.jump(seconds).map_err(|error| Failure::system("the gateway's clock", &error))
    }
}

/// Kill a process at once.
async fn kill(pid: u32) {
    // It may have ended already.
    let _ = tokio::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status().await;
}

fn count(server: &Embedded) -> HashMap<String, usize> {
    let channels = server.channels().into_iter();
    channels.map(|channel| (channel.clone(), server.sim.posts(&channel).len())).collect()
}
