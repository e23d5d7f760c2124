//! `channels remove`.

use super::tell_saved;
use crate::config::{self, Backup};
use crate::failure::Failure;
use crate::output;
use crate::settings::Settings;
use crate::setup::{self, Terminal};
use serde_json::json;

/// Switch an account off, or remove it.
pub fn run(
    settings: &Settings,
    channel: &str,
    account: &str,
    delete: bool,
    yes: bool,
) -> Result<(), Failure> {
    let source = config::source(settings)?;
    let account = setup::canonical(account);
    let changed = if delete {
        setup::delete(&source.value, channel, &account)
    } else {
        setup::disable(&source.value, channel, &account)
    };
    let Some(changed) = changed else {
        return Err(Failure::new(
            format!("{} has no {channel} account {account:?}", source.path.display()),
            format!("`{}` shows the accounts", settings.command_line("channels list")),
        ));
    };
    let what = if delete { "Remove" } else { "Switch off" };
    if !yes && setup::terminal_is_there() {
        let question = format!("{what} the {channel} account {account}?");
        if !setup::yes(&mut Terminal, &question, false)? {
            return Err(Failure::bare("nothing was changed"));
        }
    }
    let written = config::save(&source, &changed, Backup::WhenNeeded)?;
    if settings.json {
        output::json(&json!({
            "ok": true, "channel": channel, "accountId": account, "deleted": delete, "configFile": written.path,
            "backup": written.backup,
        }));
        return Ok(());
    }
    let done = if delete { "Removed" } else { "Switched off" };
    output::line(format!("✅ {done} {channel} account {account}"));
    tell_saved(settings, &written);
    Ok(())
}
