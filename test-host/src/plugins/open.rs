//! Opening an installed plugin in this process.

use super::HostTools;
use crate::failure::Failure;
use crate::settings::Settings;
use host_sdk::host::registry::{Found, Trust};
use host_sdk::host::{Library, LoadError};

/// Whether a plugin brings a channel.
pub fn brings(found: &Found, channel: &str) -> bool {
    found.manifest.id == channel
        || found.id == channel
        || found.manifest.channels.iter().any(|name| name == channel)
}

/// Whether some plugin brings a channel.
pub fn is_installed(settings: &Settings, channel: &str) -> Result<bool, Failure> {
    let found = settings.registry().find_all(&mut HostTools::quiet())?;
    Ok(found.iter().any(|found| brings(found, channel)))
}

/// The plugin that brings a channel.
pub fn channel(settings: &Settings, channel: &str) -> Result<Library, Failure> {
    let found = settings.registry().find_all(&mut HostTools::quiet())?;
    let Some(plugin) = found.iter().find(|found| brings(found, channel)) else {
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
    open(plugin)
}

/// Open a plugin that was found. What was not verified when it came here, or was changed since, may crash this
/// process, so a child opens it first.
pub fn open(plugin: &Found) -> Result<Library, Failure> {
    if let Some(problem) = &plugin.problem {
        return Err(Failure::new(problem.to_string(), problem.hint()));
    }
    let Some(library) = &plugin.library else {
        return Err(Failure::new(
            format!("the plugin {:?} has no library", plugin.id),
            "install it again with `plugins install`",
        ));
    };
    if plugin.check(&mut HostTools::quiet())? == Trust::Changed {
        tracing::warn!(
            "{}: {} is not the file that was installed; if nobody is known to have changed it, install it again",
            plugin.id,
            library.display()
        );
    }
    Ok(Library::open(library)?)
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
