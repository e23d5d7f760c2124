//! What callers are answered.
//!
//! Servers show people nothing but "Command with a trigger of ... returned response 4xx" for every status but 200: who
//! proves nothing gets a status, people who gave a real command get a 200 with words that only they see.

use crate::gate::Refusal;
use crate::interactive::{and_header, closing, ephemeral, text};
use host_sdk::protocol::HttpResponse;

/// What a call is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is being worked on.
    Processing,
    /// Another method than POST.
    Method,
    /// No account answers commands.
    NotActive,
    /// Too many requests are open.
    TooMany,
    /// The body is too long.
    TooLarge,
    /// The body did not come in time.
    Timeout,
    /// The body is not what a server sends.
    Body,
    /// The token is not the command's, or the command does not stand on the server any more.
    Token,
    /// Several accounts have the command: by its token, or by its team and word.
    Several { by_token: bool },
    /// The server could not be asked whether the command still stands there.
    Unchecked,
    /// It could not be found out where it was given, or by whom.
    Unknown,
    /// The bot does not see the channel.
    NotThere { bot: String },
    /// Somebody who may be paired: his code and the command that approves it.
    Stranger { text: String },
    /// As many strangers wait as may.
    TooManyStrangers,
    /// He is not heard here: a reason code.
    NotHeard(&'static str),
    /// He is heard, but may give no such command.
    NotCommanding,
    /// It could not be written down; nothing has happened.
    NotWritten,
}

impl Answer {
    pub(super) fn response(&self) -> HttpResponse {
        let told = |words: &str| ephemeral(200, words);
        match self {
            Self::Processing => told("Processing..."),
            Self::Method => and_header(text(405, "Method Not Allowed"), "Allow", "POST"),
            Self::NotActive => {
                let response =
                    ephemeral(503, "Slash commands are not initialised yet. Try again in a moment.");
                and_header(closing(response), "Retry-After", "5")
            }
            Self::TooMany => closing(text(429, "Too Many Requests")),
            Self::TooLarge => closing(text(413, "Payload Too Large")),
            Self::Timeout => closing(text(408, "Request body timeout")),
            Self::Body => ephemeral(400, "Invalid slash command payload."),
            Self::Token => ephemeral(401, "Unauthorized: invalid command token."),
            Self::Several { by_token: true } => {
                ephemeral(409, "Conflict: this command token belongs to more than one account.")
            }
            Self::Several { by_token: false } => {
                ephemeral(409, "Conflict: this command belongs to more than one account.")
            }
            Self::Unchecked => told(
                "This command could not be checked with the server, so nothing was done. Try again in a moment.",
            ),
            Self::Unknown => {
                told("The server could not be asked who you are and where. Try again in a moment.")
            }
            Self::NotThere { bot } => {
                let name = if bot.is_empty() { "the bot".to_owned() } else { format!("@{bot}") };
                told(&format!(
                    "The bot is not in this channel and cannot answer here. Add {name} to it, then try again."
                ))
            }
            Self::Stranger { text } => told(text),
            Self::TooManyStrangers => told(
                "OpenClaw: access not configured, and too many others wait to be let in. Ask the bot's owner to approve \
                 or dismiss them, then try again.",
            ),
            Self::NotHeard(reason) => told(not_heard(reason)),
            Self::NotCommanding => told("Unauthorized."),
            Self::NotWritten => told("That could not be taken right now. Try again in a moment."),
        }
    }
}

fn not_heard(reason: &str) -> &'static str {
    if reason == Refusal::DmPolicyDisabled.code() {
        "Direct messages are disabled."
    } else if reason == Refusal::GroupPolicyDisabled.code() {
        "Commands in channels are disabled."
    } else if reason == Refusal::GroupPolicyEmptyAllowlist.code() {
        "Commands in channels are not configured: nobody is allowed yet (groupAllowFrom)."
    } else {
        "Unauthorized."
    }
}
