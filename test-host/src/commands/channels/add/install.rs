//! The plugin of a channel that is to be set up.

use crate::failure::Failure;
use crate::output;
use crate::plugins::{self, HostTools, checkout};
use crate::settings::Settings;
use crate::setup::{self, Terminal};
use host_sdk::host::Library;

/// The plugin of a channel. When it is not installed and a checkout is around, a person is offered to install it.
pub fn library(settings: &Settings, channel: &str, at_terminal: bool) -> Result<Library, Failure> {
    if plugins::is_installed(settings, channel)? {
        return plugins::channel(settings, channel);
    }
    let folder = if channel == "mattermost" { checkout::find(None).ok() } else { None };
    let Some(folder) = folder else { return plugins::channel(settings, channel) };
    let install = format!("plugins install {}", folder.display());
    if !at_terminal {
        return Err(Failure::new(
            format!("the plugin of {channel} is not installed"),
            format!("install it from this checkout: `{}`", settings.command_line(&install)),
        ));
    }
    let question = format!("The plugin of {channel} is not installed. Install it from {}?", folder.display());
    if setup::yes(&mut Terminal, &question, true)? {
        let source = folder.to_string_lossy();
        let installed = settings.registry().install(&folder, &source, &mut HostTools::default())?;
        output::note(format!("Installed {} {}.", installed.record.id, installed.record.version));
    }
    plugins::channel(settings, channel)
}
