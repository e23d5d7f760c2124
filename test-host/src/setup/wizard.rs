//! The questions of `channels add`.

use super::ask::{Asker, until, yes};
use super::draft::{Credentials, Draft, base_url};
use super::{DEFAULT, TOKEN_VARIABLE, URL_VARIABLE, account, canonical};
use crate::cli::{Add, DmPolicy};
use crate::failure::Failure;
use clap::ValueEnum;
use serde_json::Value;

const INTRO: &str = "\
A Mattermost bot needs two things: the server's address and a token.
  1. In Mattermost: Integrations, Bot Accounts, Add Bot Account; copy the token.
     (An administrator may have to enable bot accounts in the System Console.)
  2. Add the bot to the team and to the channels that it should hear.";

/// Ask for what the options do not say.
pub fn ask(
    asker: &mut dyn Asker,
    options: &Add,
    config: &Value,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Draft, Failure> {
    asker.say(INTRO);
    let channel = options.channel.as_str();
    let has = |account: &str, key: &str| account::own(config, channel, account, key).is_some();
    let account = match &options.account {
        Some(account) => canonical(account),
        None if has(DEFAULT, "botToken") || config["channels"][channel]["accounts"].is_object() => {
            let typed = asker.line("Account to set up or change [default]: ")?;
            canonical(&typed)
        }
        None => DEFAULT.to_owned(),
    };
    let (has_token, has_url) = (has(&account, "botToken"), has(&account, "baseUrl"));
    asker.say(&match (has_token, has_url) {
        (true, true) => format!("{channel} {account}: configured"),
        (true, false) => format!("{channel} {account}: needs the server's URL"),
        (false, true) => format!("{channel} {account}: needs a token"),
        (false, false) => format!("{channel} {account}: needs a token and the server's URL"),
    });
    let credentials = credentials(asker, options, config, &account, variable)?;
    let dm_policy = match options.dm_policy {
        // The root's policy is every account's.
        None if account::of(config, channel, &account, "dmPolicy").is_none() => Some(policy(asker)?),
        given => given,
    };
    Ok(Draft {
        account,
        credentials,
        name: options.name.clone(),
        dm_policy,
        allow_private_network: options.allow_private_network,
    })
}

fn credentials(
    asker: &mut dyn Asker,
    options: &Add,
    config: &Value,
    account: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Credentials, Failure> {
    let configured = |key: &str| account::own(config, &options.channel, account, key);
    let nothing = [&options.bot_token, &options.http_url].iter().all(|given| given.is_none())
        && configured("botToken").is_none()
        && configured("baseUrl").is_none();
    let from_variables = [TOKEN_VARIABLE, URL_VARIABLE].iter().all(|name| variable(name).is_some());
    if options.use_env {
        return Ok(Credentials::Environment);
    }
    if account == DEFAULT && nothing && from_variables {
        let question = format!("{TOKEN_VARIABLE} and {URL_VARIABLE} are set. Use them at each start?");
        if yes(asker, &question, true)? {
            return Ok(Credentials::Environment);
        }
    }
    let token = match &options.bot_token {
        Some(token) => Some(token.clone()),
        None if configured("botToken").is_some()
            && yes(asker, "Keep the token that is configured?", true)? =>
        {
            None
        }
        None => Some(until(asker, |asker| Ok(token(&asker.secret("Bot token (not shown): ")?)))?),
    };
    // Most bots of one host are on one server.
    let first = || account::own(config, &options.channel, DEFAULT, "baseUrl");
    let old = configured("baseUrl").or_else(first).and_then(Value::as_str);
    let url = match &options.http_url {
        Some(url) => Some(url.clone()),
        None => {
            let usual = old.map_or_else(String::new, |old| format!(" [{old}]"));
            until(asker, |asker| {
                let typed =
                    asker.line(&format!("Server URL, for example https://chat.example.com{usual}: "))?;
                Ok(match typed.trim() {
                    "" if configured("baseUrl").is_some() => Ok(None),
                    "" => base_url(old.unwrap_or_default()).map(Some),
                    typed => base_url(typed).map(Some),
                })
            })?
        }
    };
    Ok(Credentials::Configuration { token, url })
}

/// A token as it was typed or pasted.
pub fn token(typed: &str) -> Result<String, String> {
    let token = typed.trim();
    if token.is_empty() {
        Err("the token is needed".to_owned())
    } else if token.contains(|c: char| c.is_whitespace() || c.is_control()) {
        Err("a token has no blanks in it; paste the token alone".to_owned())
    } else {
        Ok(token.to_owned())
    }
}

fn policy(asker: &mut dyn Asker) -> Result<DmPolicy, Failure> {
    asker.say(
        "Who may write to the bot directly?\n  pairing    whoever you approve: strangers get a code\n  \
         allowlist  only the user ids in allowFrom\n  open       everybody\n  disabled   nobody",
    );
    until(asker, |asker| {
        let typed = asker.line("Policy [pairing]: ")?;
        Ok(match typed.trim() {
            "" => Ok(DmPolicy::Pairing),
            typed => DmPolicy::from_str(typed, true)
                .map_err(|_| "please answer pairing, allowlist, open or disabled".to_owned()),
        })
    })
}

#[cfg(test)]
#[path = "wizard_tests.rs"]
mod tests;
