//! `demo --stream`: an answer while it is written, as a client of the server sees it.

use super::stage::Stage;
use super::talk::{direct_channel, post};
use crate::agent::{DEMO_QUESTION, demo_answer};
use crate::failure::Failure;
use crate::watch::{Change, Watcher};
use std::time::Duration;

/// The watcher is connected by then, or never.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);
/// The script takes some seconds; this is for a machine under load.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// So long nothing changes any more: then it is over.
const QUIET: Duration = Duration::from_millis(1_500);

/// Ask the bot something, and tell what a person's app hears of it until the answer stands.
pub async fn play(stage: &Stage) -> Result<Vec<Change>, Failure> {
    let direct = direct_channel(stage, stage.seed.user_id("openclaw"))?;
    let mut watcher = Watcher::connect(&stage.sim.url(), stage.seed.token("alice"), CONNECT_LIMIT).await?;
    let result = watch(stage, &direct, &mut watcher).await;
    watcher.stop().await;
    result
}

async fn watch(stage: &Stage, direct: &str, watcher: &mut Watcher) -> Result<Vec<Change>, Failure> {
    let answer = demo_answer(DEMO_QUESTION);
    let bot = stage.seed.user_id("openclaw");
    watcher.restart_clock();
    post(stage, "alice", direct, DEMO_QUESTION, "").await?;
    let mut changes: Vec<Change> = Vec::new();
    let whole = async {
        let mut answered = false;
        loop {
            let next = match answered {
                true => tokio::time::timeout(QUIET, watcher.next()).await.ok().flatten(),
                false => watcher.next().await,
            };
            let Some(change) = next else { return answered };
            if change.post.channel_id != direct {
                continue;
            }
            stage.tell(change.line());
            answered |= change.post.user_id == bot && change.post.message == answer;
            changes.push(change);
        }
    };
    let answered = tokio::time::timeout(ANSWER_LIMIT, whole).await.unwrap_or(false);
    let stands = stage.sim.posts(direct);
    let stands = stands.iter().filter(|post| post.user_id == bot).any(|post| post.message == answer);
    if !answered || !stands {
        return Err(stage.failure("the bot's whole answer does not stand in the channel"));
    }
    stage.tell(format!("\nThe post as it stands:\n\n{}", indented(&answer)));
    Ok(changes)
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("  {line}").trim_end().to_owned()).collect();
    lines.join("\n")
}
