//! `plugins install|list|inspect|uninstall`.

use crate::cli::Plugins;
use crate::config;
use crate::failure::Failure;
use crate::output;
use crate::plugins::{self, HostTools};
use crate::settings::Settings;
use crate::table::Table;
use crate::times;
use host_sdk::host::registry::{Found, Installed, Origin, RegistryError};
use serde_json::{Value, json};
use std::path::Path;

/// Do what `plugins ...` says.
pub fn run(settings: &Settings, command: Plugins) -> Result<(), Failure> {
    match command {
        Plugins::Install { source, .. } => install(settings, &source),
        Plugins::List => list(settings),
        Plugins::Inspect { id } => inspect(settings, &id),
        Plugins::Uninstall { id } => uninstall(settings, &id),
    }
}

fn install(settings: &Settings, source: &str) -> Result<(), Failure> {
    let registry = settings.registry();
    let installed = if plugins::is_spec(source) {
        output::note(format!("Fetching {source} from npm…"));
        let (_fetched, archive) = plugins::pack(source)?;
        registry
            .install(&archive, source, &mut HostTools::default())
            .map_err(|error| of_npm(source, error))?
    } else {
        let path = Path::new(source);
        // What is recorded must still mean the same from another folder.
        let recorded = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        registry.install(path, &recorded.to_string_lossy(), &mut HostTools::default())?
    };
    report(settings, &installed);
    Ok(())
}

/// Say the package's name instead of a path inside an archive that is gone already.
fn of_npm(spec: &str, error: RegistryError) -> Failure {
    match error {
        RegistryError::NoLibrary { .. } => Failure::new(
            format!("the npm package {spec} has no native library for this machine"),
            "it is written for another host; install the native plugin's folder or library instead",
        ),
        RegistryError::NoManifest { .. } => Failure::new(
            format!("the npm package {spec} is not a plugin: it has no openclaw.plugin.json"),
            "check the name",
        ),
        other => other.into(),
    }
}

fn report(settings: &Settings, installed: &Installed) {
    let record = &installed.record;
    if settings.json {
        return output::json(&json!({
            "ok": true, "id": record.id, "name": installed.name, "version": record.version,
            "abi": abi(record.abi_minor), "sha256": record.sha256, "source": record.source,
            "path": installed.directory, "replaced": installed.replaced,
        }));
    }
    let replaced = installed.replaced.as_ref().map_or_else(String::new, |old| format!(", replaces {old}"));
    output::line(format!(
        "✅ Installed plugin: {} {} (ABI {}{replaced})",
        record.id,
        record.version,
        abi(record.abi_minor)
    ));
    output::line(format!("   in {}", installed.directory.display()));
    output::line(format!("   sha256 {}", record.sha256));
    output::line("Saved for the next gateway start.");
}

fn list(settings: &Settings) -> Result<(), Failure> {
    let registry = settings.registry();
    let found = registry.find_all(&mut HostTools::quiet())?;
    let config = config::load(settings).unwrap_or_default().value;
    if settings.json {
        let plugins: Vec<Value> = found.iter().map(|found| facts(found, &config)).collect();
        output::json(&json!({ "plugins": plugins }));
        return Ok(());
    }
    if found.is_empty() {
        output::line(format!("No plugins in {}.", registry.root().display()));
        output::line("Install one: test-host plugins install ./extensions/mattermost");
        return Ok(());
    }
    output::line(format!("Plugins ({})", found.len()));
    let mut table = Table::new(&["ID", "NAME", "VERSION", "STATUS", "ORIGIN", "PATH"]);
    let mut notes = Vec::new();
    for plugin in &found {
        let mut status = status(plugin, &config).to_owned();
        if changed(plugin) {
            status.push_str(", changed");
            notes.push(format!(
                "{}: its library is not the one that was installed; if you did not change it, install it again",
                plugin.id
            ));
        }
        notes.extend(
            plugin.problem.as_ref().map(|problem| format!("{}: {problem}; {}", plugin.id, problem.hint())),
        );
        table.row([
            plugin.id.as_str(),
            &plugin.manifest.name,
            plugin.version(),
            &status,
            origin(plugin.origin),
            &plugin.path.to_string_lossy(),
        ]);
    }
    table.lines().iter().for_each(output::line);
    notes.iter().for_each(output::line);
    Ok(())
}

fn inspect(settings: &Settings, id: &str) -> Result<(), Failure> {
    let found = settings.registry().get(id, &mut HostTools::quiet())?;
    let config = config::load(settings).unwrap_or_default().value;
    if settings.json {
        output::json(&facts(&found, &config));
        return Ok(());
    }
    output::line(if found.manifest.name.is_empty() { &found.id } else { &found.manifest.name });
    output::line(format!("id: {}", found.id));
    if !found.manifest.description.is_empty() {
        output::line(&found.manifest.description);
    }
    output::line("");
    let mut table = Table::bare();
    table.row(["Status:", status(&found, &config)]);
    if let Some(problem) = &found.problem {
        table.row(["Problem:".to_owned(), problem.to_string()]);
        table.row(["Way out:".to_owned(), problem.hint()]);
    }
    table.row(["Version:", found.version()]);
    table.row(["Channels:", &found.manifest.channels.join(", ")]);
    table.row(["Origin:", origin(found.origin)]);
    let library = found.library.as_deref().unwrap_or(&found.path);
    table.row(["Library:", &*library.to_string_lossy()]);
    if let Some(record) = &found.record {
        table.row(["ABI:", &abi(record.abi_minor)]);
        let mark = if changed(&found) { " (changed since the install)" } else { "" };
        table.row(["SHA-256:", &format!("{}{mark}", record.sha256)]);
        table.row(["Source:", &record.source]);
        table.row(["Installed at:", &times::stamp(record.installed_at_ms)]);
    }
    table.lines().iter().for_each(output::line);
    Ok(())
}

fn uninstall(settings: &Settings, id: &str) -> Result<(), Failure> {
    let removed = settings.registry().uninstall(id, &mut HostTools::quiet())?;
    let state = settings.channel_state(id);
    let state = state.exists().then_some(state);
    // A configuration that cannot be read is no reason not to remove a plugin.
    let config = config::load(settings).unwrap_or_default().value;
    let section = config["channels"].get(id).map(|_| format!("channels.{id}"));
    if settings.json {
        output::json(&json!({
            "ok": true, "id": removed.id, "removed": [removed.path],
            "kept": { "config": section, "state": state },
        }));
        return Ok(());
    }
    let record = if removed.had_record { " with its install record" } else { "" };
    output::line(format!("✅ Uninstalled plugin: {id}"));
    output::line(format!("   removed {}{record}", removed.path.display()));
    if let Some(section) = section {
        output::line(format!("   kept {section} in {}", settings.config_file.display()));
    }
    if let Some(state) = state {
        output::line(format!("   kept {}", state.display()));
    }
    output::line("A running gateway keeps it until its next start.");
    Ok(())
}

fn facts(found: &Found, config: &Value) -> Value {
    let problem = found.problem.as_ref();
    json!({
        "id": found.id, "name": found.manifest.name, "description": found.manifest.description,
        "version": found.version(), "channels": found.manifest.channels, "status": status(found, config),
        "problem": problem.map(|problem| json!({ "message": problem.to_string(), "hint": problem.hint() })),
        "origin": origin(found.origin), "path": found.path, "library": found.library,
        "install": found.record.as_ref().map(|record| json!({
            "abi": abi(record.abi_minor), "sha256": record.sha256, "source": record.source,
            "installedAt": record.installed_at_ms, "changed": changed(found),
        })),
    })
}

/// Whether the library is another one than was installed. One that cannot be read is a problem of its own.
fn changed(found: &Found) -> bool {
    let record = found.record.as_ref().filter(|_| found.problem.is_none());
    record.is_some_and(|record| record.is_unchanged(&found.path).is_ok_and(|unchanged| !unchanged))
}

fn status(found: &Found, config: &Value) -> &'static str {
    match &found.problem {
        Some(_) => "broken",
        None if config::plugin_enabled(config, &found.id) => "enabled",
        None => "disabled",
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Installed => "installed",
        Origin::Folder => "copied folder",
        Origin::Library => "dropped library",
    }
}

fn abi(minor: u32) -> String {
    format!("1.{minor}")
}
