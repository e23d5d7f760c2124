//! `directory self`, `directory peers list`, `directory groups list|members`.

use crate::cli::{Directory, Groups, List, Peers, Where};
use crate::client;
use crate::config;
use crate::failure::Failure;
use crate::output;
use crate::plugins;
use crate::settings::Settings;
use crate::table::Table;
use host_sdk::protocol::{
    AccountRef, Directory as Found, DirectoryEntry, DirectoryKind, DirectoryMembers, DirectoryQuery,
    HandleRequest,
};
use serde_json::{Value, json};

/// What is listed, in words.
struct Words {
    heading: &'static str,
    none: &'static str,
}

/// Do what `directory ...` says.
pub async fn run(settings: &Settings, command: Directory) -> Result<(), Failure> {
    let query = |list: List| {
        let query =
            DirectoryQuery { account_id: list.place.account.clone(), query: list.query, limit: list.limit };
        (list.place, query)
    };
    let (place, request, words) = match command {
        Directory::Myself(place) => {
            let which = AccountRef { account_id: place.account.clone() };
            let words = Words { heading: "Self", none: "No identity" };
            (place, HandleRequest::DirectorySelf(which), words)
        }
        Directory::Peers(Peers::List(list)) => {
            let (place, query) = query(list);
            let words = Words { heading: "Peers", none: "No peers" };
            (place, HandleRequest::DirectoryPeers(query), words)
        }
        Directory::Groups(Groups::List(list)) => {
            let (place, query) = query(list);
            let words = Words { heading: "Groups", none: "No groups" };
            (place, HandleRequest::DirectoryGroups(query), words)
        }
        Directory::Groups(Groups::Members { place, group_id, limit }) => {
            let which = DirectoryMembers { account_id: place.account.clone(), group: group_id, limit };
            let words = Words { heading: "Members", none: "No members" };
            (place, HandleRequest::DirectoryMembers(which), words)
        }
    };
    let found = ask(settings, &place, &request).await?;
    // On stderr: the list is for programs, too.
    for failure in &found.failures {
        output::note(format!(
            "warning: account {} could not be asked: {}",
            failure.account_id, failure.error
        ));
    }
    if found.more {
        output::note("note: there are more; --query finds fewer, --limit allows more");
    }
    if settings.json {
        output::json(&found.entries.iter().map(document).collect::<Vec<_>>());
        return Ok(());
    }
    lines(&words, &place, &found.entries).iter().for_each(output::line);
    Ok(())
}

async fn ask(settings: &Settings, place: &Where, request: &HandleRequest) -> Result<Found, Failure> {
    let config = config::load_for_channels(settings).await?.value;
    let library = plugins::channel(settings, &place.channel)?;
    client::ask(settings, &config, &library, request).await.map_err(|error| {
        let option = match error.field.as_deref() {
            Some("account_id") => Some("check --account; `channels status` shows the accounts"),
            Some("group") => Some("check --group-id; `directory groups list` shows what there is"),
            _ => None,
        };
        let failure = Failure::of_config(error, &config, &settings.config_file);
        Failure { hint: option.map(str::to_owned).or(failure.hint), ..failure }
    })
}

/// An entry as OpenClaw's own commands print it, and what is known beside that.
fn document(entry: &DirectoryEntry) -> Value {
    let mut document = json!({
        "kind": entry.kind, "id": entry.id, "name": entry.name, "isBot": entry.is_bot, "teams": entry.teams,
        "accounts": entry.accounts,
    });
    if let Some(handle) = &entry.handle {
        document["handle"] = json!(handle);
    }
    document
}

fn lines(words: &Words, place: &Where, entries: &[DirectoryEntry]) -> Vec<String> {
    if entries.is_empty() {
        let account = place.account.as_ref().map(|id| format!(", account \"{id}\"")).unwrap_or_default();
        return vec![format!("{} found for channel \"{}\"{account}.", words.none, place.channel)];
    }
    let several = |accounts: &DirectoryEntry| entries.iter().any(|other| other.accounts != accounts.accounts);
    let several = entries.first().is_some_and(several);
    // A column that says nothing would only push the others apart.
    let displays = entries.iter().any(|entry| entry.handle.is_some());
    let teams = entries.iter().any(|entry| !entry.teams.is_empty());
    let columns = [
        ("ID", true),
        ("NAME", true),
        ("DISPLAY NAME", displays),
        ("KIND", true),
        ("TEAM", teams),
        ("ACCOUNT", several),
    ];
    let shown = |cells: [String; 6]| {
        let cells = cells.into_iter().zip(columns);
        cells.filter(|(_, (_, shown))| *shown).map(|(cell, _)| cell).collect::<Vec<_>>()
    };
    let heading: Vec<&str> = columns.iter().filter(|(_, shown)| *shown).map(|(name, _)| *name).collect();
    let mut table = Table::new(&heading);
    for entry in entries {
        let kind = match entry.kind {
            DirectoryKind::User if entry.is_bot => "bot",
            DirectoryKind::User => "person",
            DirectoryKind::Channel => "public",
            DirectoryKind::Group => "private",
        };
        table.row(shown([
            entry.id.clone(),
            entry.name.clone(),
            entry.handle.clone().unwrap_or_default(),
            kind.to_owned(),
            entry.teams.join(", "),
            entry.accounts.join(", "),
        ]));
    }
    [vec![format!("{} ({})", words.heading, entries.len())], table.lines()].concat()
}
