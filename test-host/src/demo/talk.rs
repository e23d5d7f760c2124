//! The conversation, and whether it went as it should.

use super::stage::Stage;
use crate::failure::Failure;
use mattermost_sim::PostRecord;
use serde::Serialize;
use serde_json::json;
use std::time::{Duration, Instant};

/// An answer that comes later counts as none.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// One question and its answer.
#[derive(Debug, Serialize)]
pub struct Exchange {
    /// Where: `DM`, `#general`, `#general thread`.
    pub place: String,
    /// Who asked.
    pub from: String,
    /// What was asked.
    pub text: String,
    /// What was answered.
    pub answer: String,
    /// From the request that posted the question until the server had the answer.
    pub took_ms: f64,
}

/// Three people's ways to reach a bot.
pub async fn conversation(stage: &Stage) -> Result<Vec<Exchange>, Failure> {
    let bot = stage.seed.user_id("openclaw");
    let direct = direct_channel(stage, bot)?;
    let general = stage.seed.channel("general").to_owned();
    let mut lines = Vec::new();
    lines.push(ask(stage, Question::new("DM", "alice", &direct, "Hello, are you there?")).await?);
    lines.push(
        ask(stage, Question::new("#general", "alice", &general, "@openclaw what is for lunch?")).await?,
    );
    let text = "The build is red again.";
    stage.tell(format!("  {:<16} {:<10} {text}", "#general", "@alice"));
    let root = post(stage, "alice", &general, text, "").await?;
    let question = Question {
        root,
        ..Question::new("#general thread", "bob", &general, "@openclaw please have a look")
    };
    lines.push(ask(stage, question).await?);
    stage.tell("");
    Ok(lines)
}

/// The direct channel of alice and the bot.
pub fn direct_channel(stage: &Stage, bot: &str) -> Result<String, Failure> {
    let channel = stage.sim.direct_channel(stage.seed.user_id("alice"), bot);
    channel.map_err(|error| Failure::system("the embedded Mattermost", &error))
}

/// Something that somebody asks the bot.
pub struct Question<'a> {
    place: &'a str,
    from: &'a str,
    channel: &'a str,
    text: &'a str,
    /// The thread's first post; empty for none.
    root: String,
}

impl<'a> Question<'a> {
    /// A question outside of threads.
    pub fn new(place: &'a str, from: &'a str, channel: &'a str, text: &'a str) -> Self {
        Self { place, from, channel, text, root: String::new() }
    }
}

async fn ask(stage: &Stage, question: Question<'_>) -> Result<Exchange, Failure> {
    let show = |who: &str, text: &str| format!("  {:<16} {who:<10} {text}", question.place);
    stage.tell(show(&format!("@{}", question.from), question.text));
    let (answer, took) = answer_to(stage, &question).await?;
    let expected = format!("echo: {}", question.text.trim_start_matches("@openclaw").trim());
    if answer.message != expected {
        let what = format!("the bot answered {:?} instead of {expected:?}", answer.message);
        return Err(stage.failure(&what));
    }
    if answer.root_id != question.root {
        let place = if answer.root_id.is_empty() { "outside of the thread" } else { "in a thread" };
        return Err(stage.failure(&format!("the bot answered {place} to {:?}", question.text)));
    }
    let took_ms = took.as_secs_f64() * 1000.0;
    stage.tell(format!("{}  ({took_ms:.1} ms)", show("@openclaw", &answer.message)));
    Ok(Exchange {
        place: question.place.to_owned(),
        from: question.from.to_owned(),
        text: question.text.to_owned(),
        answer: answer.message,
        took_ms,
    })
}

/// Post a question as its author's app would, and wait for what the bot posts next in that channel.
pub async fn answer_to(stage: &Stage, question: &Question<'_>) -> Result<(PostRecord, Duration), Failure> {
    let bot = stage.seed.user_id("openclaw").to_owned();
    let mark = stage.sim.mark(question.channel);
    let start = Instant::now();
    post(stage, question.from, question.channel, question.text, &question.root).await?;
    let new = |post: &PostRecord| post.user_id == bot;
    let answer = stage.sim.wait_for_post_since(question.channel, mark, new, ANSWER_LIMIT).await;
    let took = start.elapsed();
    match answer {
        Ok(answer) => Ok((answer, took)),
        Err(_) => Err(stage.failure(&format!(
            "the bot did not answer {:?} in {} within {} s",
            question.text,
            question.place,
            ANSWER_LIMIT.as_secs()
        ))),
    }
}

/// Post over HTTP; the post's id.
pub async fn post(
    stage: &Stage,
    from: &str,
    channel: &str,
    text: &str,
    root: &str,
) -> Result<String, Failure> {
    let url = format!("{}/api/v4/posts", stage.sim.url());
    let body = json!({ "channel_id": channel, "message": text, "root_id": root });
    let answer = stage.http.post(&url, stage.seed.token(from), &body, ANSWER_LIMIT).await;
    match answer {
        Ok((status, post)) if status.is_success() => Ok(post["id"].as_str().unwrap_or_default().to_owned()),
        Ok((status, body)) => {
            Err(Failure::system("the embedded Mattermost took no post", &format!("{status} {body}")))
        }
        Err(error) => Err(Failure::system("the embedded Mattermost took no post", &error)),
    }
}
