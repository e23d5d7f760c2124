//! The attacks, one function each: what is sent, and what has to come back.

use super::stage::{CLICKS, Offer, Stage};
use super::wire::{self, Answer, Line};
use crate::failure::Failure;
use serde_json::{Value, json};
use std::time::Duration;

/// Where slash commands arrive.
const COMMANDS: &str = "/api/channels/mattermost/command";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// What an attack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// The signature is made up.
    Forged,
    /// The signature is another bot's.
    OtherAccount,
    /// The context was changed after it was signed.
    Changed,
    /// A part of the context is missing.
    Truncated,
    /// A button of one channel is clicked in another.
    OtherChannel,
    /// A button of one post is clicked on another.
    OtherPost,
    /// A click is sent again by somebody else after it had its effect.
    Replayed,
    /// The button is too old.
    Expired,
    /// The button is on no post.
    NoSuchButton,
    /// A bot clicks.
    Bot,
    /// Somebody clicks who does not exist.
    Nobody,
    /// The body says that it is longer than it is, and the connection ends.
    CutOff,
    /// The body is announced to be too long.
    Oversized,
    /// The body is too long, and not announced.
    OversizedUnannounced,
    /// The body comes a byte at a time.
    SlowBody,
    /// The headers come a byte at a time.
    SlowHeaders,
    /// The body is a form.
    WrongContentType,
    /// A key stands twice.
    DuplicateKeys,
    /// A number that no reader holds.
    HugeNumber,
    /// Lists inside lists.
    Deep,
    /// It is no POST.
    Method,
    /// A slash command with a token that is made up.
    SlashForged,
    /// A slash command with the token of another one.
    SlashOtherToken,
    /// A slash command without what has to be in it.
    SlashIncomplete,
    /// A slash command with a field that stands twice.
    SlashDuplicate,
    /// A slash command that is too long.
    SlashOversized,
    /// A slash command that is no POST.
    SlashMethod,
}

/// What came back, and what had to.
pub struct Seen {
    /// The status; 0: the connection was closed.
    pub status: u16,
    /// What had to come back.
    pub expected: &'static [u16],
    /// What the answer says.
    pub said: String,
}

impl Attack {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 27] = [
        Self::Forged,
        Self::OtherAccount,
        Self::Changed,
        Self::Truncated,
        Self::OtherChannel,
        Self::OtherPost,
        Self::Replayed,
        Self::Expired,
        Self::NoSuchButton,
        Self::Bot,
        Self::Nobody,
        Self::CutOff,
        Self::Oversized,
        Self::OversizedUnannounced,
        Self::SlowBody,
        Self::SlowHeaders,
        Self::WrongContentType,
        Self::DuplicateKeys,
        Self::HugeNumber,
        Self::Deep,
        Self::Method,
        Self::SlashForged,
        Self::SlashOtherToken,
        Self::SlashIncomplete,
        Self::SlashDuplicate,
        Self::SlashOversized,
        Self::SlashMethod,
    ];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forged => "forged signature",
            Self::OtherAccount => "signature of another bot",
            Self::Changed => "context changed",
            Self::Truncated => "context cut short",
            Self::OtherChannel => "replayed in another channel",
            Self::OtherPost => "replayed on another post",
            Self::Replayed => "replayed after its effect",
            Self::Expired => "expired",
            Self::NoSuchButton => "button that is not there",
            Self::Bot => "bot as clicker",
            Self::Nobody => "clicker who does not exist",
            Self::CutOff => "body cut off",
            Self::Oversized => "oversized",
            Self::OversizedUnannounced => "oversized, unannounced",
            Self::SlowBody => "slow body",
            Self::SlowHeaders => "slow headers (slow-loris)",
            Self::WrongContentType => "wrong content type",
            Self::DuplicateKeys => "duplicate keys",
            Self::HugeNumber => "huge number",
            Self::Deep => "deep nesting",
            Self::Method => "other methods",
            Self::SlashForged => "slash: forged token",
            Self::SlashOtherToken => "slash: token of another command",
            Self::SlashIncomplete => "slash: fields missing",
            Self::SlashDuplicate => "slash: duplicate fields",
            Self::SlashOversized => "slash: oversized",
            Self::SlashMethod => "slash: other methods",
        }
    }

    /// Carry it out on a fresh post.
    pub async fn run(self, stage: &Stage) -> Result<Seen, Failure> {
        let offer = stage.offer("general").await?;
        let alice = stage.seed.user_id("alice").to_owned();
        let good = stage.click_body(&alice, &offer, &offer.context);
        let (answer, expected): (Answer, &[u16]) = match self {
            Self::Forged => (stage.send(&with(&good, "_token", json!("0".repeat(64)))).await?, &[403]),
            Self::OtherAccount => {
                let context = sign(stage, "alerts", &offer, "yes", json!({}))?;
                (stage.send(&stage.click_body(&alice, &offer, &context).to_string()).await?, &[403])
            }
            Self::Changed => (stage.send(&with(&good, "callback_data", json!("no"))).await?, &[403]),
            Self::Truncated => {
                let mut short = good.clone();
                if let Some(context) = short["context"].as_object_mut() {
                    context.remove("callback_data");
                }
                (stage.send(&short.to_string()).await?, &[403])
            }
            Self::OtherChannel => {
                let other = stage.offer("ops").await?;
                let body = stage.click_body(&alice, &other, &offer.context);
                (stage.send(&body.to_string()).await?, &[403])
            }
            Self::OtherPost => {
                let other = stage.offer("general").await?;
                let body = stage.click_body(&alice, &other, &offer.context);
                (stage.send(&body.to_string()).await?, &[403])
            }
            Self::Replayed => return replayed(stage, &offer).await,
            Self::Expired => {
                let old = json!({ "__openclaw_expires_at": 1_000 });
                let context = sign(stage, "openclaw", &offer, "yes", old)?;
                (stage.send(&stage.click_body(&alice, &offer, &context).to_string()).await?, &[200])
            }
            Self::NoSuchButton => {
                let context = sign(stage, "openclaw", &offer, "maybe", json!({}))?;
                (stage.send(&stage.click_body(&alice, &offer, &context).to_string()).await?, &[403])
            }
            Self::Bot => {
                let body = stage.click_body(stage.seed.user_id("alerts"), &offer, &offer.context);
                (stage.send(&body.to_string()).await?, &[200])
            }
            Self::Nobody => {
                let body = stage.click_body(&"b".repeat(26), &offer, &offer.context);
                (stage.send(&body.to_string()).await?, &[200])
            }
            Self::CutOff => (cut_off(stage, &good.to_string()).await?, &[0, 400, 408]),
            Self::Oversized => {
                let head = format!("POST {CLICKS} HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n{{");
                (wire::send(stage.address, head.as_bytes()).await?, &[413])
            }
            Self::OversizedUnannounced => (unannounced(stage).await?, &[413]),
            Self::SlowBody => (slow_body(stage).await?, &[408]),
            Self::SlowHeaders => (slow_headers(stage).await?, &[0, 408]),
            Self::WrongContentType => {
                let body = wire::post(CLICKS, &[FORM], "user_id=x&context=y");
                (wire::send(stage.address, &body).await?, &[400])
            }
            Self::DuplicateKeys => {
                let text = good.to_string().replacen('{', "{\"user_id\":\"x\",", 1);
                (stage.send(&text).await?, &[400])
            }
            Self::HugeNumber => {
                let text = good.to_string().replacen("\"context\":{", "\"context\":{\"n\":1e9999,", 1);
                (stage.send(&text).await?, &[400])
            }
            Self::Deep => {
                let deep = format!("\"context\":{{\"n\":{}{},", "[".repeat(5_000), "]".repeat(5_000));
                (stage.send(&good.to_string().replacen("\"context\":{", &deep, 1)).await?, &[400])
            }
            Self::Method => (methods(stage, CLICKS).await?, &[405]),
            slash => return slash.on_slash(stage).await,
        };
        let said = answer.body;
        Ok(Seen { status: answer.status, expected, said })
    }

    async fn on_slash(self, stage: &Stage) -> Result<Seen, Failure> {
        let commands = stage.commands().await?;
        let at = |n: usize| commands.get(n).cloned().unwrap_or_default();
        let ((trigger, token), (_, other)) = (at(0), at(1));
        let (channel, user) = (stage.seed.channel("general"), stage.seed.user_id("alice"));
        let team = &stage.seed.team_id;
        let form = |token: &str, trigger: &str| {
            format!(
                "channel_id={channel}&command=%2F{trigger}&team_id={team}&text=&token={token}&user_id={user}&user_name=alice"
            )
        };
        let send = async |body: &str| wire::send(stage.address, &wire::post(COMMANDS, &[FORM], body)).await;
        let (answer, expected): (Answer, &[u16]) = match self {
            Self::SlashForged => (send(&form(&"x".repeat(26), &trigger)).await?, &[401]),
            Self::SlashOtherToken => (send(&form(&other, &trigger)).await?, &[401]),
            Self::SlashIncomplete => (send(&format!("token={token}&command=%2F{trigger}")).await?, &[400]),
            Self::SlashDuplicate => {
                (send(&format!("{}&user_id={}", form(&token, &trigger), "c".repeat(26))).await?, &[400])
            }
            Self::SlashOversized => {
                (send(&format!("{}&more={}", form(&token, &trigger), "x".repeat(70_000))).await?, &[413])
            }
            _ => (methods(stage, COMMANDS).await?, &[405]),
        };
        Ok(Seen { status: answer.status, expected, said: answer.body })
    }
}

fn with(body: &Value, key: &str, value: Value) -> String {
    let mut body = body.clone();
    body["context"][key] = value;
    body.to_string()
}

/// A context that a bot signs for a button: its author knows that bot's token.
fn sign(stage: &Stage, bot: &str, offer: &Offer, id: &str, more: Value) -> Result<Value, Failure> {
    let mut context = more;
    context["action_id"] = json!(id);
    context["__openclaw_channel_id"] = json!(offer.post.channel_id);
    stage.sign(stage.seed.token(bot), &context)
}

async fn replayed(stage: &Stage, offer: &Offer) -> Result<Seen, Failure> {
    let clicked = stage.sim.click(stage.seed.user_id("alice"), &offer.post.id, "yes").await;
    if clicked.status != 200 {
        return Err(Failure::bare(format!("a valid click was answered {}", clicked.status)));
    }
    let body = stage.click_body(stage.seed.user_id("bob"), offer, &offer.context).to_string();
    let mut last = Answer::default();
    for _ in 0..10 {
        last = stage.send(&body).await?;
    }
    Ok(Seen { status: last.status, expected: &[200], said: last.body })
}

async fn cut_off(stage: &Stage, body: &str) -> Result<Answer, Failure> {
    let mut line = Line::open(stage.address).await?;
    let head = format!("POST {CLICKS} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    line.send(head.as_bytes()).await;
    line.send(body.as_bytes().get(..body.len() / 2).unwrap_or_default()).await;
    line.finish().await;
    Ok(line.answer().await)
}

async fn unannounced(stage: &Stage) -> Result<Answer, Failure> {
    let mut line = Line::open(stage.address).await?;
    line.send(format!("POST {CLICKS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").as_bytes())
        .await;
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
    for _ in 0..8 {
        line.send(chunk.as_bytes()).await;
    }
    Ok(line.answer().await)
}

async fn slow_body(stage: &Stage) -> Result<Answer, Failure> {
    let mut line = Line::open(stage.address).await?;
    line.send(format!("POST {CLICKS} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n").as_bytes()).await;
    line.drip(b"{", Duration::from_millis(500)).await
}

async fn slow_headers(stage: &Stage) -> Result<Answer, Failure> {
    let mut line = Line::open(stage.address).await?;
    line.send(format!("POST {CLICKS} HTTP/1.1\r\nHost: x\r\nX-Slow: ").as_bytes()).await;
    line.drip(b"a", Duration::from_millis(500)).await
}

/// The worst answer to methods that are not served.
async fn methods(stage: &Stage, path: &str) -> Result<Answer, Failure> {
    let mut worst = Answer::default();
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        worst = wire::send(stage.address, request.as_bytes()).await?;
        if worst.status != 405 {
            break;
        }
    }
    Ok(worst)
}
