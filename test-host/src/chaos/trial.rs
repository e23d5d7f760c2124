//! All rows of the table, at once or one by one.

use super::clock::Clock;
use super::disk;
use super::fault::Fault;
use super::ground::{Embedded, Ground};
use super::installed::Installed;
use super::plan::Plan;
use super::process::Launch;
use super::remote::Remote;
use super::report::Outcome;
use super::row;
use super::target::Target;
use crate::failure::Failure;
use crate::output;
use chaos_proxy::Proxy;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Faults that are tried at the same time: most of the time is waiting.
const AT_ONCE: usize = 7;

/// What all rows share.
pub struct Trial {
    /// What everything is drawn from.
    pub seed: u64,
    /// How many messages each fault gets.
    pub shares: Vec<(Fault, usize)>,
    /// When nothing changes for so long, nothing will.
    pub patience: Duration,
    /// Who answers.
    pub agent: String,
    /// Its answers are streamed.
    pub streams: bool,
    /// The plugin.
    pub installed: Arc<Installed>,
    /// Stderr is for errors only.
    pub json: bool,
}

impl Trial {
    /// Tell somebody who waits.
    pub fn tell(&self, text: impl AsRef<str>) {
        if !self.json {
            output::note(text);
        }
    }

    /// Play all rows.
    pub async fn run(&self, target: Option<Target>) -> Result<Vec<Outcome>, Failure> {
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
                streams: self.streams,
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
    streams: bool,
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
        Ok(Ok(row::Setting {
            fault: self.fault,
            plan,
            launch,
            proxy,
            patience: self.patience,
            streams: self.streams,
        }))
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
