//! `pairing list|approve|dismiss|revoke`.

mod approve;
mod show;

use crate::cli::Pairing;
use crate::failure::Failure;
use crate::nearest::nearest;
use crate::output;
use crate::pairing::{Refusal, Request, Store};
use crate::settings::Settings;
use crate::times;
use serde_json::json;

/// Do what `pairing ...` says.
pub async fn run(settings: &Settings, command: Pairing) -> Result<(), Failure> {
    match command {
        Pairing::List { channel, account, approved } => {
            show::run(settings, channel.as_deref(), account.as_deref(), approved)
        }
        Pairing::Approve(options) => approve::run(settings, options).await,
        Pairing::Dismiss { channel, code, account } => dismiss(settings, &channel, &code, account.as_deref()),
        Pairing::Revoke { channel, id, account } => revoke(settings, &channel, &id, account.as_deref()),
    }
}

fn dismiss(settings: &Settings, channel: &str, code: &str, account: Option<&str>) -> Result<(), Failure> {
    let store = Store::new(&settings.state_dir, channel)?;
    let request = store
        .change(|book| book.dismiss(code, account, times::now_ms()))?
        .map_err(|refusal| refused(settings, channel, code, refusal))?;
    if settings.json {
        output::json(&json!({
            "ok": true, "channel": channel, "accountId": request.account_id, "id": request.sender_id,
            "name": request.sender_name, "code": request.code,
        }));
    } else {
        output::line(format!(
            "✅ Dismissed the request of {}, account {}",
            who(&request),
            request.account_id
        ));
    }
    Ok(())
}

fn revoke(settings: &Settings, channel: &str, id: &str, account: Option<&str>) -> Result<(), Failure> {
    let store = Store::new(&settings.state_dir, channel)?;
    let revoked = store.change(|book| book.revoke(id, account))?;
    if revoked.is_empty() {
        let list = settings.command_line(&format!("pairing list {channel} --approved"));
        return Err(Failure::new(
            format!("{id:?} was not approved by pairing"),
            format!("`{list}` shows who was; allowFrom in the configuration lets people in as well"),
        ));
    }
    let accounts: Vec<&str> = revoked.iter().map(|(account, _)| account.as_str()).collect();
    if settings.json {
        output::json(&json!({ "ok": true, "channel": channel, "id": id, "accounts": accounts }));
    } else {
        output::line(format!("✅ Revoked {channel} sender {id}, account {}", accounts.join(", ")));
    }
    Ok(())
}

/// `@alice (id)`.
fn who(request: &Request) -> String {
    match &request.sender_name {
        Some(name) => format!("@{name} ({})", request.sender_id),
        None => request.sender_id.clone(),
    }
}

/// Why a code does nothing, with the command that helps.
fn refused(settings: &Settings, channel: &str, typed: &str, refusal: Refusal) -> Failure {
    let list = settings.command_line(&format!("pairing list {channel}"));
    match refusal {
        Refusal::Unknown(meant) => {
            let known = Store::channels(&settings.state_dir);
            let other = nearest(channel, known.iter().map(String::as_str)).filter(|near| *near != channel);
            let hint = match meant {
                Some(code) => format!("did you mean {code}? `{list}` shows who waits"),
                None => other.map_or_else(
                    || format!("`{list}` shows who waits"),
                    |near| format!("did you mean the channel {near}?"),
                ),
            };
            Failure::new(format!("no {channel} pairing request has the code {typed:?}"), hint)
        }
        Refusal::Expired(request) => Failure::new(
            format!(
                "the code {} of {} has expired: it was made {}, and a code is good for one hour",
                request.code,
                who(&request),
                times::ago(request.created_at_ms, times::now_ms())
            ),
            "ask him to write to the bot again; he gets a new code",
        ),
        Refusal::Used(account, approved) => Failure::new(
            format!(
                "the code {} was approved already, {}: {} is let in, account {account}",
                approved.code,
                times::ago(approved.approved_at_ms, times::now_ms()),
                approved.name.as_ref().map_or_else(|| approved.id.clone(), |name| format!("@{name}"))
            ),
            format!("nothing is to be done; to undo it: `{}`", {
                settings.command_line(&format!("pairing revoke {channel} {}", approved.id))
            }),
        ),
        Refusal::OtherAccount(request) => Failure::new(
            format!("the code {} was made in the account {}", request.code, request.account_id),
            format!("leave --account out, or say --account {}", request.account_id),
        ),
    }
}
