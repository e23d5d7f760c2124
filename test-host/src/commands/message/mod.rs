//! `message ...`: one file sends, one asks for actions, one shows what came of them.

mod act;
mod send;
mod show;
mod uploads;

use crate::cli::Message;
use crate::failure::Failure;
use crate::settings::Settings;

/// Do what `message ...` says.
pub async fn run(settings: &Settings, command: Message) -> Result<(), Failure> {
    match command {
        Message::Send(options) => send::run(settings, options).await,
        other => act::run(settings, other).await,
    }
}
