//! Starting the channels.

use super::hints::Hints;
use super::names::Names;
use crate::config;
use crate::failure::Failure;
use crate::logging::{self, Level};
use crate::nearest::nearest;
use crate::plugins::{self, HostTools};
use crate::settings::{self, Settings};
use host_sdk::host::registry::Found;
use host_sdk::host::{Events, Instance, LibraryInfo};
use host_sdk::protocol::{
    AccountStatus, Error, GatewayFacts, HandleRequest, HostFacts, Init, LogOptions, Role,
};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A running channel.
#[derive(Debug)]
pub struct Channel {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// The plugin's instance.
    pub instance: Instance,
    /// What the agents are called in it.
    pub names: Names,
    /// What they are told of it.
    pub hints: Hints,
}

/// Start every plugin that is there. One that does not start is reported and does not stop the others; if no account
/// at all is left, that is the failure.
pub async fn all(
    settings: &Settings,
    config: &Value,
    port: u16,
) -> Result<Vec<(Arc<Channel>, Events)>, Failure> {
    let found = settings.registry().find_all(&mut HostTools::quiet())?;
    if found.is_empty() {
        return Err(Failure::new(
            format!("no plugin is installed in {}", settings.registry().root().display()),
            "install one, for example `test-host plugins install ./extensions/mattermost`",
        ));
    }
    warn_of_unknown(config, &found);
    let mut running = Vec::new();
    let mut reasons: Vec<(String, Failure)> = Vec::new();
    for plugin in found {
        if !config::plugin_enabled(config, &plugin.id) {
            tracing::info!("{}: switched off by plugins.entries.{}.enabled", plugin.id, plugin.id);
            continue;
        }
        let id = plugin.id.clone();
        match start(settings, config, port, &plugin).await {
            Ok(started) => running.push(started),
            Err(failure) => reasons.push((id, failure)),
        }
    }
    // The one reason why nothing runs is the command's own error; it is not told twice.
    let first = if running.is_empty() && !reasons.is_empty() { Some(reasons.remove(0).1) } else { None };
    for (id, failure) in &reasons {
        tracing::error!("{id}: not started: {}{}", failure.what, failure.way_out());
    }
    if running.is_empty() {
        return Err(match first {
            Some(failure) => {
                Failure { what: format!("no account could be started: {}", failure.what), ..failure }
            }
            None => Failure::new(
                "no account could be started: every plugin is switched off",
                "set plugins.entries.<id>.enabled to true",
            ),
        });
    }
    Ok(running)
}

/// A section that no plugin reads is a slip most of the time.
fn warn_of_unknown(config: &Value, found: &[Found]) {
    // Sections of OpenClaw's own.
    const NO_CHANNELS: [&str; 2] = ["defaults", "modelByChannel"];
    let ids = |found: &Found| {
        let manifest = &found.manifest;
        let ids: Vec<String> =
            [&found.id, &manifest.id].into_iter().chain(&manifest.channels).cloned().collect();
        ids
    };
    let known: Vec<String> = found.iter().flat_map(ids).collect();
    let sections = config["channels"].as_object().into_iter().flat_map(|channels| channels.keys());
    for section in sections.filter(|section| !NO_CHANNELS.contains(&section.as_str())) {
        if known.contains(section) {
            continue;
        }
        // What is no channel's id may be anything, also a secret in the wrong place.
        let shown: String = section.chars().take(40).collect();
        let meant = nearest(section, known.iter().map(String::as_str))
            .map_or_else(String::new, |near| format!("; did you mean channels.{near}?"));
        tracing::warn!(
            "gateway: channels.{shown} is ignored: no installed plugin brings this channel{meant}"
        );
    }
}

async fn start(
    settings: &Settings,
    config: &Value,
    port: u16,
    plugin: &Found,
) -> Result<(Arc<Channel>, Events), Failure> {
    let library = plugins::open(plugin)?;
    let info = library.info();
    let init = Init {
        role: Role::Gateway,
        config: config.clone(),
        state_dir: Some(settings.channel_state(&info.id)),
        media_roots: media_roots(settings, config),
        gateway: GatewayFacts { port: Some(port) },
        ..init(settings.log_level.unwrap_or(Level::Info))
    };
    let hook = logging::HeldErrors::new(logging::plugin_hook(&info.id));
    let created = library.instance(&init, Some(hook.hook()));
    let result = match created {
        Ok((instance, events)) => {
            let hints = Hints::new(library.clone(), config);
            run(info, Names::read(config), hints, instance, events).await
        }
        Err(error) => Err(error),
    };
    // The plugin may have logged what it then returned.
    hook.release(result.as_ref().err().map(|error| error.message.as_str()));
    result.map_err(|error| Failure::of_config(error, config, &settings.config_file))
}

/// The folders of which agents may send files: what they work in, and what was put aside for them. No folder that other
/// users of this machine can write to is among them.
fn media_roots(settings: &Settings, config: &Value) -> Vec<PathBuf> {
    let workspace = config["agents"]["defaults"]["workspace"].as_str().map(str::trim);
    let workspace = workspace.filter(|workspace| !workspace.is_empty()).map(settings::expanded);
    let usual = ["workspace", "media"].map(|name| settings.state_dir.join(name));
    usual.into_iter().chain(workspace.filter(|workspace| workspace.is_absolute())).collect()
}

/// Start the accounts of an instance.
async fn run(
    info: &LibraryInfo,
    names: Names,
    hints: Hints,
    instance: Instance,
    events: Events,
) -> Result<(Arc<Channel>, Events), Error> {
    let channel = Arc::new(Channel { id: info.id.clone(), label: info.name.clone(), instance, names, hints });
    let started = channel.instance.handle(&HandleRequest::AccountStart(Default::default())).await;
    let none = matches!(&started, Ok(answer) if answer["accounts"].as_array().is_some_and(Vec::is_empty));
    let failure = match started {
        Err(error) => error,
        Ok(_) if none => no_account(&channel).await,
        Ok(_) => return Ok((channel, events)),
    };
    // The reason is what counts; a shutdown that fails as well adds nothing to it.
    let _ = channel.instance.shutdown(Duration::from_secs(2)).await;
    Err(failure)
}

/// What every instance of this host is created with.
pub fn init(level: Level) -> Init {
    Init {
        log: LogOptions { level: level.for_plugins(), poll: false },
        host: HostFacts {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        ..Init::default()
    }
}

/// Why a channel started no account.
async fn no_account(channel: &Channel) -> Error {
    let list = channel.instance.handle(&HandleRequest::AccountList(Default::default())).await;
    let accounts: Vec<AccountStatus> =
        list.ok().and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default();
    for account in &accounts {
        let of = format!("{} {}", channel.id, account.account_id);
        if !account.enabled {
            return Error::config(
                format!("channels.{}.enabled", channel.id),
                format!("{of} is switched off; set its `enabled` to true"),
            );
        }
        if let Some(problem) = &account.problem {
            return Error { message: format!("{of}: {problem}"), ..problem.clone() };
        }
    }
    Error::config(format!("channels.{}", channel.id), format!("{} has no configured account", channel.id))
}
