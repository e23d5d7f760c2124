//! The gateway is killed right after it has answered a click: the click's effect comes all the same, and once.

use super::stage::Stage;
use crate::failure::Failure;
use std::time::{Duration, Instant};

/// How long the next gateway may take for the effect.
const EFFECT: Duration = Duration::from_secs(20);
/// How long a second effect is waited for.
const QUIET: Duration = Duration::from_secs(2);

/// What came of it.
#[derive(Debug, Default)]
pub struct Kills {
    /// Clicks that were answered 200, each followed by a kill.
    pub clicks: usize,
    /// Of those, without an answer of the agent in the end.
    pub lost: usize,
    /// Answers beyond one each.
    pub doubled: usize,
    /// Posts that still show their buttons.
    pub unchanged: usize,
}

impl Kills {
    /// Each click had its effect, once.
    pub fn is_clean(&self) -> bool {
        self.clicks > 0 && self.lost + self.doubled + self.unchanged == 0
    }
}

/// Click and kill so often.
pub async fn run(stage: &mut Stage, rounds: usize) -> Result<Kills, Failure> {
    let mut kills = Kills::default();
    let before = stage.answers();
    for round in 0..rounds {
        let offer = stage.offer("general").await?;
        let clicked = stage.sim.click(stage.seed.user_id("alice"), &offer.post.id, "yes").await;
        // The first ones at once, the others a little later, when the answer may be on its way.
        tokio::time::sleep(Duration::from_millis(round as u64 * 3)).await;
        stage.gateway.kill().await;
        if clicked.status == 200 {
            kills.clicks += 1;
        }
        stage.begin().await?;
        let began = Instant::now();
        while stage.answers() < before + kills.clicks && began.elapsed() < EFFECT {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut unchanged = stage.has_buttons(&offer);
        while unchanged && began.elapsed() < EFFECT {
            tokio::time::sleep(Duration::from_millis(20)).await;
            unchanged = stage.has_buttons(&offer);
        }
        kills.unchanged += usize::from(unchanged);
    }
    tokio::time::sleep(QUIET).await;
    let answers = stage.answers() - before;
    kills.lost = kills.clicks.saturating_sub(answers);
    kills.doubled = answers.saturating_sub(kills.clicks);
    Ok(kills)
}
