//! Starting the channels.

use crate::config;
use crate::failure::Failure;
use crate::logging::{self, Level};
use crate::plugins::HostTools;
use crate::settings::Settings;
use host_sdk::host::registry::{Found, Origin, Tools};
use host_sdk::host::{Events, Instance, Library};
use host_sdk::protocol::{AccountStatus, GatewayFacts, HandleRequest, HostFacts, Init, LogOptions, Role};
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
    let mut running = Vec::new();
    let mut reasons: Vec<Failure> = Vec::new();
    for plugin in found {
        if !config::plugin_enabled(config, &plugin.id) {
            tracing::info!("{}: switched off by plugins.entries.{}.enabled", plugin.id, plugin.id);
            continue;
        }
        let id = plugin.id.clone();
        match start(settings, config, port, &plugin).await {
            Ok(started) => running.push(started),
            Err(failure) => {
                tracing::error!("{id}: not started: {}{}", failure.what, way_out(&failure));
                reasons.push(failure);
            }
        }
    }
    if running.is_empty() {
        return Err(match reasons.into_iter().next() {
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

fn way_out(failure: &Failure) -> String {
    failure.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"))
}

async fn start(
    settings: &Settings,
    config: &Value,
    port: u16,
    plugin: &Found,
) -> Result<(Arc<Channel>, Events), Failure> {
    let library = open(plugin)?;
    let info = library.info();
    let init = Init {
        role: Role::Gateway,
        config: config.clone(),
        state_dir: Some(settings.channel_state(&info.id)),
        gateway: GatewayFacts { port: Some(port) },
        ..init(settings.log_level.unwrap_or(Level::Info))
    };
    let (instance, events) = library.instance(&init, Some(logging::plugin_hook(&info.id)))?;
    let channel = Arc::new(Channel { id: info.id.clone(), label: info.name.clone(), instance });
    let started = channel.instance.handle(&HandleRequest::AccountStart(Default::default())).await;
    let none = matches!(&started, Ok(answer) if answer["accounts"].as_array().is_some_and(Vec::is_empty));
    let failure = match started {
        Err(error) => Failure::from(error),
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

fn open(plugin: &Found) -> Result<Library, Failure> {
    if let Some(problem) = &plugin.problem {
        return Err(Failure::new(problem.to_string(), problem.hint()));
    }
    let path: &PathBuf = plugin.library.as_ref().unwrap_or(&plugin.path);
    // What was installed was checked then; what was copied by hand may crash this process, so a child goes first.
    if plugin.origin == Origin::Folder {
        HostTools::quiet().verify(path)?;
    }
    Ok(Library::open(path)?)
}

/// Why a channel started no account.
async fn no_account(channel: &Channel) -> Failure {
    let list = channel.instance.handle(&HandleRequest::AccountList(Default::default())).await;
    let accounts: Vec<AccountStatus> =
        list.ok().and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default();
    let configured = format!("configure channels.{} and start again", channel.id);
    for account in &accounts {
        let of = format!("{} {}", channel.id, account.account_id);
        if !account.enabled {
            return Failure::new(format!("{of} is switched off"), "set its `enabled` to true");
        }
        if let Some(problem) = &account.problem {
            return Failure::new(format!("{of}: {problem}"), configured);
        }
    }
    Failure::new(format!("{} has no configured account", channel.id), configured)
}
