//! `channels add`.

mod check;
mod install;

use super::tell_saved;
use crate::cli::Add;
use crate::config::{self, Backup, Written};
use crate::failure::Failure;
use crate::output;
use crate::settings::Settings;
use crate::setup::{self, Credentials, DEFAULT, Draft, TOKEN_VARIABLE, Terminal, URL_VARIABLE};
use check::Checked;
use host_sdk::host::Library;
use serde_json::{Value, json};

/// Set an account up: from the options, and at a terminal by asking for the rest.
pub async fn run(settings: &Settings, options: Add) -> Result<(), Failure> {
    let at_terminal = setup::terminal_is_there();
    let library = install::library(settings, &options.channel, at_terminal)?;
    // A file that was named and is not there yet is made.
    let source = config::source(&Settings { config_required: false, ..settings.clone() })?;
    let mut draft = match from_options(&options, &source.value) {
        Ok(draft) => draft,
        Err(_) if at_terminal && !options.use_env => {
            setup::ask_for_rest(&mut Terminal, &options, &source.value, &variable)?
        }
        Err(failure) => return Err(failure),
    };
    let known = setup::is_known(&source.value, &options.channel, &draft.account);
    let (mut changed, mut notes) = setup::apply(&source.value, &options.channel, &draft)?;
    let mut asked = check::check(settings, &library, &source, &changed, &draft).await;
    if matches!(&asked, Ok(checked) if checked.private) && !draft.allow_private_network && at_terminal {
        draft.allow_private_network = setup::yes(
            &mut Terminal,
            "The server is on this machine or in a private network. Is it yours, and may the bot connect to it?",
            false,
        )?;
        (changed, notes) = setup::apply(&source.value, &options.channel, &draft)?;
        asked = check::check(settings, &library, &source, &changed, &draft).await;
    }
    let checked = match asked {
        Ok(checked) => checked,
        Err(failure) if options.yes => {
            notes.push(format!("saved without a check: {}", failure.what));
            Checked::default()
        }
        Err(failure) => return Err(failure),
    };
    if checked.private && !draft.allow_private_network && options.yes {
        notes.push(
            "the server is on this machine or in a private network: it is not connected to before \
             network.dangerouslyAllowPrivateNetwork is true (--allow-private-network sets it)"
                .to_owned(),
        );
    } else if checked.private && !draft.allow_private_network {
        let problem = checked.refused.as_ref().map(ToString::to_string).or(checked.probe_problem);
        return Err(Failure::new(
            format!("nothing was saved: {}", problem.unwrap_or_default()),
            "if that is your server, add --allow-private-network, which sets the key for this account",
        ));
    }
    if let Some(problem) = checked.refused.as_ref().filter(|_| !(checked.private && options.yes)) {
        return Err(Failure::new(format!("nothing was saved: {problem}"), "see `channels add --help`"));
    }
    if let Some(problem) = &checked.probe_problem {
        output::note(format!("The server does not take it: {problem}"));
        let go_on =
            options.yes || (at_terminal && setup::yes(&mut Terminal, "Save it all the same?", false)?);
        if !go_on {
            return Err(Failure::new(
                format!("nothing was saved: {problem}"),
                "correct the token or the URL; --yes saves it all the same",
            ));
        }
    }
    notes.extend(checked.warnings.iter().cloned());
    let written = config::save(&source, &changed, Backup::WhenNeeded)?;
    report(settings, &options, &draft, &library, &Outcome { known, checked, notes, written });
    Ok(())
}

struct Outcome {
    known: bool,
    checked: Checked,
    notes: Vec<String>,
    written: Written,
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// What the options alone say; why they are not enough.
fn from_options(options: &Add, config: &Value) -> Result<Draft, Failure> {
    let account = options.account.as_deref().map_or_else(|| DEFAULT.to_owned(), setup::canonical);
    let draft = |credentials| Draft {
        account: account.clone(),
        credentials,
        name: options.name.clone(),
        dm_policy: options.dm_policy,
        allow_private_network: options.allow_private_network,
    };
    if options.use_env {
        if account != DEFAULT {
            return Err(Failure::new(
                format!("--use-env is for the account default only, not for {account:?}"),
                "name the token and the URL with --bot-token and --url",
            ));
        }
        return Ok(draft(Credentials::Environment));
    }
    let wrong =
        |option: &str, why: String| Failure::new(format!("{option}: {why}"), format!("correct {option}"));
    let token = options.bot_token.as_deref().map(setup::token).transpose();
    let token = token.map_err(|why| wrong("--bot-token", why))?;
    let url = options.http_url.as_deref().map(setup::base_url).transpose();
    let url = url.map_err(|why| wrong("--url", why))?;
    let has = |key: &str| setup::own(config, &options.channel, &account, key).is_some();
    let (has_token, has_url) = (token.is_some() || has("botToken"), url.is_some() || has("baseUrl"));
    if !has_token || !has_url {
        let missing = match (has_token, has_url) {
            (false, false) => "--bot-token and --url are",
            (false, true) => "--bot-token is",
            _ => "--url is",
        };
        let env = if account == DEFAULT { ", or --use-env" } else { "" };
        return Err(Failure::new(
            format!("{missing} missing for the account {account}"),
            format!("name token and URL{env}; at a terminal they are asked for"),
        ));
    }
    Ok(draft(Credentials::Configuration { token, url }))
}

fn report(settings: &Settings, options: &Add, draft: &Draft, library: &Library, outcome: &Outcome) {
    let Outcome { known, checked, notes, written } = outcome;
    if settings.json {
        output::json(&json!({
            "ok": true, "channel": options.channel, "accountId": draft.account, "changed": known,
            "bot": checked.bot, "probeError": checked.probe_problem, "notes": notes, "configFile": written.path,
            "backup": written.backup,
        }));
        return;
    }
    let done = if *known { "Changed" } else { "Added" };
    let bot = checked.bot.as_ref().map_or_else(String::new, |bot| format!(": @{bot}"));
    output::line(format!("✅ {done} {} account {}{bot}", library.info().name, draft.account));
    if draft.credentials == Credentials::Environment {
        output::line(format!(
            "   the gateway takes {TOKEN_VARIABLE} and {URL_VARIABLE} from its environment"
        ));
    }
    tell_saved(settings, written);
    for note in notes {
        output::note(format!("note: {note}"));
    }
}
