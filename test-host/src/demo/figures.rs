//! What the demo measures. Shown, never judged: machines differ.

use super::stage::Stage;
use super::talk::{Question, answer_to, direct_channel};
use crate::failure::Failure;
use crate::proc::resident;
use crate::table::Table;
use crate::times;
use serde::Serialize;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// Rounds of each measurement; the median of so many is steady within a few percent.
const ROUNDS: usize = 300;
/// Rounds before those that count: code that runs for the first time is read from the disk.
const WARM_UP: usize = 100;
/// The gateway rests before its memory is looked at.
const REST: Duration = Duration::from_millis(300);

/// The demo's figures.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// From the gateway's start until its account was connected.
    start_to_connected_ms: f64,
    /// Resident memory of the gateway's process, where the system tells it.
    gateway_rss_bytes: Option<u64>,
    /// The installed library.
    library_bytes: Option<u64>,
    /// From the request that posts a direct message until the server has the answer.
    dm_to_answer_median_ms: f64,
    /// Two posts over HTTP, one after the other, each from a process of its own: a question and an answer without a
    /// channel.
    two_posts_median_ms: f64,
    /// The one by the other.
    ratio: f64,
    /// How often each was measured.
    rounds: usize,
}

/// Measure.
pub async fn measure(stage: &Stage, connected: Duration, installed: &Value) -> Result<Figures, Failure> {
    let direct = direct_channel(stage, stage.seed.user_id("openclaw"))?;
    let other = direct_channel(stage, stage.seed.user_id("bob"))?;
    let (mut answers, mut posts) = (Vec::new(), Vec::new());
    // Turn by turn, so that a busy moment of the machine meets both.
    let mut asks = stage.poster("alice", &other).await?;
    let mut answers_plainly = stage.poster("bob", &other).await?;
    for round in 0..WARM_UP + ROUNDS {
        if round == WARM_UP {
            answers.clear();
            posts.clear();
        }
        let text = format!("round {round}");
        posts.push(asks.post().await? + answers_plainly.post().await?);
        answers.push(answer_to(stage, &Question::new("DM", "alice", &direct, &text)).await?.1);
    }
    asks.end().await;
    answers_plainly.end().await;
    tokio::time::sleep(REST).await;
    let (answer, two_posts) = (median(answers), median(posts));
    Ok(Figures {
        start_to_connected_ms: millis(connected),
        gateway_rss_bytes: resident(stage.gateway_pid()),
        library_bytes: library_size(installed),
        dm_to_answer_median_ms: millis(answer),
        two_posts_median_ms: millis(two_posts),
        ratio: (100.0 * answer.as_secs_f64() / two_posts.as_secs_f64().max(1e-9)).round() / 100.0,
        rounds: ROUNDS,
    })
}

impl Figures {
    /// The figures as lines for a person.
    pub fn table(&self) -> Vec<String> {
        let size = |bytes: Option<u64>| {
            bytes.map_or_else(|| "unknown".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6))
        };
        let start = Duration::from_secs_f64(self.start_to_connected_ms / 1000.0);
        let mut table = Table::bare();
        table.row(["  start to connected", &times::took(start)]);
        table.row(["  gateway memory (RSS)", &size(self.gateway_rss_bytes)]);
        table.row(["  plugin library on disk", &size(self.library_bytes)]);
        table.row([
            "  DM to answer",
            &format!("{:.2} ms (median of {})", self.dm_to_answer_median_ms, self.rounds),
        ]);
        table.row([
            "  two plain HTTP posts",
            &format!("{:.2} ms (from two other processes)", self.two_posts_median_ms),
        ]);
        table.row(["  ratio", &format!("{:.2}", self.ratio)]);
        table.lines()
    }
}

/// To microseconds; more would be noise.
fn millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn library_size(installed: &Value) -> Option<u64> {
    let native = Path::new(installed["path"].as_str()?).join("native");
    let library = std::fs::read_dir(native).ok()?.flatten().next()?;
    Some(library.metadata().ok()?.len())
}
