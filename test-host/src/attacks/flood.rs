//! As many forged clicks as fit into a second, on connections that stay open; those who may go on clicking.

use super::stage::{CLICKS, Stage};
use super::wire::{self, Line};
use crate::failure::Failure;
use crate::proc;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::time::{Interval, interval_at, timeout_at};

/// Connections.
const CONNECTIONS: usize = 32;
/// Requests that a connection sends without waiting for answers.
const PIPELINED: usize = 25;
/// The gateway's memory may grow by so much.
pub const MEMORY: u64 = 24 << 20;

/// What came of it.
#[derive(Debug, Default)]
pub struct Flood {
    /// Requests in a second that were asked for.
    pub wanted: u64,
    /// Requests that were answered.
    pub answered: u64,
    /// How long it went on.
    pub took: Duration,
    /// How often each status came.
    pub statuses: BTreeMap<u16, u64>,
    /// Memory of the gateway before it and at most, in bytes.
    pub memory: (u64, u64),
    /// How long each valid click meanwhile took.
    pub clicks: Vec<Duration>,
}

impl Flood {
    /// Requests in a second.
    pub fn rate(&self) -> f64 {
        self.answered as f64 / self.took.as_secs_f64().max(0.001)
    }

    /// Everything was refused, memory stayed bounded, and valid clicks were served.
    pub fn is_clean(&self) -> bool {
        let refused = self.statuses.keys().all(|status| matches!(status, 403 | 429 | 503));
        refused && self.answered > 0 && self.memory.1 <= self.memory.0 + MEMORY && !self.clicks.is_empty()
    }
}

/// Send so many a second for a while.
pub async fn run(stage: &Stage, per_second: u64, length: Duration) -> Result<Flood, Failure> {
    let resident = || stage.gateway.pid().and_then(proc::resident).unwrap_or_default();
    let before = resident();
    let offer = stage.offer("general").await?;
    let mut body = stage.click_body(stage.seed.user_id("mallory"), &offer, &offer.context);
    body["context"]["_token"] = "f".repeat(64).into();
    let request = wire::post(CLICKS, &[("Content-Type", "application/json")], &body.to_string());
    let began = Instant::now();
    // A thread of its own: those who click must not wait for those who attack.
    let (address, batch) = (stage.address, request.repeat(PIPELINED));
    let flooding = std::thread::spawn(move || attack(address, &batch, per_second, length));
    let mut flood = Flood { wanted: per_second, memory: (before, before), ..Flood::default() };
    while began.elapsed() < length {
        flood.clicks.push(stage.valid_click().await?);
        flood.memory.1 = flood.memory.1.max(resident());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let sent = flooding.join().map_err(|_| Failure::bare("the flood ended early"))??;
    flood.memory.1 = flood.memory.1.max(resident());
    flood.answered = sent.values().sum();
    flood.statuses = sent;
    flood.took = began.elapsed().min(length);
    if !stage.has_buttons(&offer) {
        return Err(Failure::bare("a forged click had an effect"));
    }
    Ok(flood)
}

fn attack(
    address: SocketAddr,
    batch: &[u8],
    per_second: u64,
    length: Duration,
) -> Result<BTreeMap<u16, u64>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::system("cannot start the runtime", &error))?;
    runtime.block_on(async {
        let pace = Duration::from_secs(1) * (CONNECTIONS * PIPELINED) as u32
            / u32::try_from(per_second.max(1)).unwrap_or(u32::MAX);
        // One after the other, not all at once: a batch of each is 800 requests.
        let begin = |at: usize| Instant::now() + pace * at as u32 / CONNECTIONS as u32;
        let lines =
            (0..CONNECTIONS).map(|at| line(address, batch, interval_at(begin(at).into(), pace), length));
        let mut statuses = BTreeMap::new();
        for seen in futures_util::future::join_all(lines).await {
            for (status, count) in seen {
                *statuses.entry(status).or_default() += count;
            }
        }
        Ok(statuses)
    })
}

/// One connection after the other, each used as long as it lives.
async fn line(address: SocketAddr, batch: &[u8], mut tick: Interval, length: Duration) -> BTreeMap<u16, u64> {
    let mut seen = BTreeMap::new();
    let end = Instant::now() + length;
    while in_time(&mut tick, end).await {
        let Ok(mut line) = Line::open(address).await else { continue };
        'connection: loop {
            line.send(batch).await;
            for _ in 0..PIPELINED {
                let status = line.answer().await.status;
                if status == 0 {
                    break 'connection;
                }
                *seen.entry(status).or_default() += 1;
            }
            if !in_time(&mut tick, end).await {
                return seen;
            }
        }
    }
    seen
}

/// Wait for the next tick; whether it comes before the end. Ticks that are late come at once, also after the end.
async fn in_time(tick: &mut Interval, end: Instant) -> bool {
    timeout_at(end.into(), tick.tick()).await.is_ok() && Instant::now() < end
}
