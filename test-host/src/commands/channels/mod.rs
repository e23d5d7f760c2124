//! `channels status|list|add|remove`.

mod add;
mod list;
mod remove;
mod status;

use crate::cli::Channels;
use crate::config::Written;
use crate::failure::Failure;
use crate::gateway::Presence;
use crate::output;
use crate::settings::Settings;

/// Do what `channels ...` says.
pub async fn run(settings: &Settings, command: Channels) -> Result<(), Failure> {
    match command {
        Channels::Status { probe } => status::run(settings, probe).await,
        Channels::List => list::run(settings),
        Channels::Add(options) => add::run(settings, options).await,
        Channels::Remove { channel, account, delete, yes } => {
            remove::run(settings, &channel, &account, delete, yes)
        }
    }
}

/// Where something was saved, and what happens to it next.
fn tell_saved(settings: &Settings, written: &Written) {
    output::line(format!("   saved in {}", written.path.display()));
    if let Some(backup) = &written.backup {
        output::line(format!("   its comments could not be kept; the old file is {}", backup.display()));
    }
    match Presence::of(&settings.state_dir) {
        Presence::Running(_) => output::line("The running gateway takes it over."),
        _ => output::line(format!("Start the gateway: {}", settings.command_line("gateway run"))),
    }
}
