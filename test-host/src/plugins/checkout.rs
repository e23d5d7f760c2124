//! Where the plugin is that the demo and the trials install.

use crate::failure::Failure;
use host_sdk::host::registry::PluginManifest;
use std::path::{Path, PathBuf};

/// The plugin's folder in a checkout.
const FOLDER: &str = "extensions/mattermost";

/// The plugin that was asked for, else that of the checkout around the working directory or this program.
pub fn find(asked: Option<PathBuf>) -> Result<PathBuf, Failure> {
    if let Some(asked) = asked {
        return Ok(asked);
    }
    let places = [std::env::current_dir().ok(), std::env::current_exe().ok()];
    places.iter().flatten().find_map(|place| above(place)).ok_or_else(|| {
        Failure::new(
            format!("{FOLDER} was found neither above this directory nor above this program"),
            "run this inside a checkout, or name the plugin with --plugin PATH",
        )
    })
}

/// Refuse a folder of another plugin before anything is built of it.
pub fn check(plugin: &Path) -> Result<(), Failure> {
    // What else may be wrong with the folder is told by its install.
    match PluginManifest::read(plugin) {
        Ok(manifest) => check_id(&manifest.id),
        Err(_) => Ok(()),
    }
}

/// They speak to a Mattermost.
pub fn check_id(id: &str) -> Result<(), Failure> {
    if id == "mattermost" {
        return Ok(());
    }
    Err(Failure::new(
        format!("this needs the plugin \"mattermost\", but this one is {id:?}"),
        "leave --plugin out, or name the Mattermost plugin's folder or library",
    ))
}

fn above(place: &Path) -> Option<PathBuf> {
    place
        .ancestors()
        .map(|folder| folder.join(FOLDER))
        .find(|folder| folder.join("openclaw.plugin.json").is_file())
}
