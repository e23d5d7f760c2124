//! How an account's state is shown.

use crate::times::ago;
use host_sdk::protocol::{AccountStatus, CatchUp, Lifecycle, Probe, ValueSource};
use serde_json::{Map, Value};

/// One line: label, account, then flags.
pub fn line(label: &str, account: &AccountStatus, probe: Option<&Probe>, live: bool, now_ms: i64) -> String {
    let mut flags: Vec<String> = vec![
        if account.enabled { "enabled" } else { "disabled" }.to_owned(),
        if account.configured { "configured" } else { "not configured" }.to_owned(),
    ];
    if live {
        flags.push(if account.running { "running" } else { "stopped" }.to_owned());
        flags.push(connection(account).to_owned());
    }
    match account.token_source {
        ValueSource::Config => flags.push("token:config".to_owned()),
        ValueSource::Env => flags.push("token:env".to_owned()),
        ValueSource::None => {}
    }
    let bot = account.bot.as_ref().or_else(|| probe.and_then(|probe| probe.bot.as_ref()));
    flags.extend(bot.map(|bot| format!("bot:@{}", bot.username)));
    flags.extend(account.dm_policy.as_ref().map(|policy| format!("dm:{policy}")));
    flags.extend(account.last_inbound_at_ms.map(|at| format!("in:{}", ago(at, now_ms))));
    flags.extend(account.last_outbound_at_ms.map(|at| format!("out:{}", ago(at, now_ms))));
    if account.reconnects > 0 {
        flags.push(format!("reconnects:{}", account.reconnects));
    }
    if account.unsettled > 0 {
        flags.push(format!("unsettled:{}", account.unsettled));
    }
    if account.undelivered > 0 {
        flags.push(format!("undelivered:{}", account.undelivered));
    }
    flags.extend(account.catch_up.as_ref().and_then(catch_up));
    let slash = account.slash.as_ref();
    flags.extend(
        slash.filter(|slash| slash.commands > 0).map(|slash| format!("slash commands:{}", slash.commands)),
    );
    flags.extend(account.base_url.as_ref().map(|url| format!("url:{url}")));
    if let Some(probe) = probe {
        flags.push(if probe.ok { "works".to_owned() } else { failed(probe) });
    }
    let trouble = account.problem.as_ref().map(ToString::to_string).or_else(|| account.last_error.clone());
    let trouble = trouble.filter(|_| probe.is_none()).map_or_else(String::new, |why| format!("\n    {why}"));
    let journal = account.journal_problem.as_ref().map_or_else(String::new, |why| {
        format!("\n    the journal cannot be written, a crash may repeat messages: {why}")
    });
    let slash = slash.and_then(|slash| slash.problem.as_ref());
    let slash = slash.map_or_else(String::new, |why| format!("\n    slash commands: {why}"));
    format!("- {label} {}: {}{trouble}{journal}{slash}", account.account_id, flags.join(", "))
}

/// What a person wants to know of the reading of what was missed: that it goes on, that it does not, or that it left
/// something out.
fn catch_up(catch_up: &CatchUp) -> Option<String> {
    match &catch_up.problem {
        Some(problem) => Some(format!("catch-up waits ({problem})")),
        None if catch_up.running => {
            Some(format!("catching up: {} of {} channels", catch_up.channels_read, catch_up.channels))
        }
        None if catch_up.skipped > 0 => Some(format!("catch-up left out {} posts", catch_up.skipped)),
        None => None,
    }
}

fn connection(account: &AccountStatus) -> &'static str {
    match account.lifecycle {
        _ if account.connected => "connected",
        Lifecycle::Blocked => "blocked",
        Lifecycle::Starting => "connecting",
        Lifecycle::Recovering => "reconnecting",
        _ => "not connected",
    }
}

fn failed(probe: &Probe) -> String {
    let reason = probe.error.as_ref().map_or("no reason given", |error| error.message.as_str());
    format!("fails: {reason}")
}

/// An account as the real command's JSON names its keys: `lastInboundAt` instead of `last_inbound_at_ms`.
pub fn json(account: &AccountStatus, probe: Option<&Probe>) -> Value {
    let mut value = camel(serde_json::to_value(account).unwrap_or_default());
    if let (Some(probe), Value::Object(entries)) = (probe, &mut value) {
        entries.insert("probe".to_owned(), camel(serde_json::to_value(probe).unwrap_or_default()));
    }
    value
}

fn camel(value: Value) -> Value {
    let Value::Object(entries) = value else { return value };
    let renamed = entries.into_iter().map(|(key, value)| {
        let key = if key.ends_with("_at_ms") || key == "at_ms" { key.trim_end_matches("_ms") } else { &key };
        let mut parts = key.split('_');
        let first = parts.next().unwrap_or_default().to_owned();
        let name = parts.fold(first, |mut name, part| {
            let mut letters = part.chars();
            name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
            name.push_str(letters.as_str());
            name
        });
        (name, camel(value))
    });
    Value::Object(renamed.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use host_sdk::protocol::SlashStatus;

    fn account() -> AccountStatus {
        AccountStatus { account_id: "default".to_owned(), ..AccountStatus::default() }
    }

    #[test]
    fn a_person_reads_what_is_still_to_be_done_and_nothing_of_what_is_done() {
        let busy = AccountStatus {
            undelivered: 3,
            catch_up: Some(CatchUp { running: true, channels: 9, channels_read: 4, ..CatchUp::default() }),
            journal_problem: Some("no space".to_owned()),
            ..account()
        };
        let shown = line("Mattermost", &busy, None, true, 0);
        for words in ["undelivered:3", "catching up: 4 of 9 channels", "\n    the journal cannot be written"]
        {
            assert!(shown.contains(words), "no {words:?} in {shown}");
        }
        let done = AccountStatus { catch_up: Some(CatchUp::default()), ..account() };
        let shown = line("Mattermost", &done, None, true, 0);
        assert!(!shown.contains("catch") && !shown.contains("undelivered"), "{shown}");
    }

    #[test]
    fn slash_commands_are_counted_and_what_keeps_them_away_is_told() {
        let slash = SlashStatus { enabled: true, commands: 9, teams: 1, ..SlashStatus::default() };
        let shown = |slash| line("M", &AccountStatus { slash: Some(slash), ..account() }, None, true, 0);
        let well = shown(slash.clone());
        assert!(well.contains("slash commands:9") && !well.contains('\n'), "{well}");
        let without = shown(SlashStatus { commands: 0, problem: Some("no right".to_owned()), ..slash });
        assert!(without.contains("\n    slash commands: no right"), "{without}");
    }

    #[test]
    fn a_catch_up_that_waits_or_left_something_out_is_told() {
        let shown =
            |catch_up| line("M", &AccountStatus { catch_up: Some(catch_up), ..account() }, None, true, 0);
        let waits = CatchUp { running: true, problem: Some("429".to_owned()), ..CatchUp::default() };
        assert!(shown(waits).contains("catch-up waits (429)"));
        assert!(shown(CatchUp { skipped: 7, ..CatchUp::default() }).contains("catch-up left out 7 posts"));
    }
}
