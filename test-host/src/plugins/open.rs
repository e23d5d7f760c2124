//! Opening an installed plugin in this process.

use super::HostTools;
use crate::failure::Failure;
use crate::settings::Settings;
use host_sdk::host::registry::Found;
use host_sdk::host::{Library, LoadError};

/// The plugin that brings a channel.
pub fn channel(settings: &Settings, channel: &str) -> Result<Library, Failure> {
    let found = settings.registry().find_all(&mut HostTools::quiet())?;
    let brings = |found: &&Found| {
        found.manifest.id == channel
            || found.id == channel
            || found.manifest.channels.iter().any(|name| name == channel)
    };
    let Some(plugin) = found.iter().find(brings) else {
        let channels: Vec<&str> =
            found.iter().flat_map(|found| &found.manifest.channels).map(String::as_str).collect();
        return Err(if channels.is_empty() {
            Failure::new(
                format!("no plugin brings the channel {channel:?}: none is installed"),
                "install one, for example `test-host plugins install ./extensions/mattermost`",
            )
        } else {
            Failure::new(
                format!("no plugin brings the channel {channel:?}"),
                format!("use one of: {}", channels.join(", ")),
            )
        });
    };
    match (&plugin.problem, &plugin.library) {
        (None, Some(library)) => Ok(Library::open(library)?),
        (Some(problem), _) => Err(Failure::new(problem.to_string(), problem.hint())),
        (None, None) => Err(Failure::new(
            format!("the plugin {:?} has no library", plugin.id),
            "install it again with `plugins install`",
        )),
    }
}

/// What to do about a library that does not open.
pub fn load_hint(error: &LoadError) -> String {
    match error {
        LoadError::Missing { .. } => "check the path, or build the plugin first",
        LoadError::Open { .. } => {
            "the loader's message names the cause: another system or processor, or a library that it needs"
        }
        LoadError::NotAPlugin { .. } => {
            "name the channel plugin's own library, libopenclaw_mattermost for example"
        }
        LoadError::Incompatible { .. } => "install releases of plugin and host that belong together",
        LoadError::Layout { .. } => "rebuild both from the same release",
        _ => "see the message of the plugin; a newer release may help",
    }
    .to_owned()
}
