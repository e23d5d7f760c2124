//! `pairing list`.

use crate::failure::Failure;
use crate::output;
use crate::pairing::{Approved, Book, Request, Store};
use crate::settings::Settings;
use crate::table::Table;
use crate::times;
use serde_json::{Value, json};
use std::time::Duration;

/// Who waits, or who was let in, in one channel or in all.
pub fn run(
    settings: &Settings,
    channel: Option<&str>,
    account: Option<&str>,
    approved: bool,
) -> Result<(), Failure> {
    let channels = match channel {
        Some(channel) => vec![channel.to_owned()],
        None => Store::channels(&settings.state_dir),
    };
    let mut books = Vec::new();
    for id in channels {
        let book = Store::new(&settings.state_dir, &id)?.read()?;
        books.push((id, book));
    }
    let now = times::now_ms();
    if settings.json {
        output::json(&document(&books, channel, account, approved, now));
        return Ok(());
    }
    if books.is_empty() {
        output::line("No pending pairing requests.");
    }
    for (channel, book) in &books {
        let lines = if approved {
            table_of_approved(channel, &allowed(book, account), now)
        } else {
            table_of_waiting(channel, &waiting(book, account, now), now)
        };
        lines.iter().for_each(output::line);
    }
    Ok(())
}

fn waiting<'a>(book: &'a Book, account: Option<&str>, now: i64) -> Vec<&'a Request> {
    book.waiting(now).filter(|request| account.is_none_or(|account| request.account_id == account)).collect()
}

fn allowed<'a>(book: &'a Book, account: Option<&str>) -> Vec<(&'a str, &'a Approved)> {
    book.approved().filter(|(id, _)| account.is_none_or(|account| *id == account)).collect()
}

fn table_of_waiting(channel: &str, requests: &[&Request], now: i64) -> Vec<String> {
    if requests.is_empty() {
        return vec![format!("No pending {channel} pairing requests.")];
    }
    let mut table = Table::new(&["CODE", "NAME", "ID", "ACCOUNT", "ASKED", "EXPIRES IN"]);
    for request in requests {
        table.row([
            request.code.clone(),
            at(request.sender_name.as_deref()),
            request.sender_id.clone(),
            request.account_id.clone(),
            times::ago(request.created_at_ms, now),
            rest(request.rest_ms(now)),
        ]);
    }
    [vec![format!("{channel} pairing requests ({})", requests.len())], table.lines()].concat()
}

fn table_of_approved(channel: &str, approved: &[(&str, &Approved)], now: i64) -> Vec<String> {
    if approved.is_empty() {
        return vec![format!("Nobody was approved for {channel} by pairing.")];
    }
    let mut table = Table::new(&["NAME", "ID", "ACCOUNT", "APPROVED"]);
    for (account, one) in approved {
        table.row([
            at(one.name.as_deref()),
            one.id.clone(),
            (*account).to_owned(),
            times::ago(one.approved_at_ms, now),
        ]);
    }
    [vec![format!("{channel} senders let in by pairing ({})", approved.len())], table.lines()].concat()
}

/// A name as people write it.
fn at(name: Option<&str>) -> String {
    name.map_or_else(|| "-".to_owned(), |name| format!("@{name}"))
}

fn rest(millis: i64) -> String {
    let minutes = millis / 60_000;
    if minutes > 0 {
        format!("{minutes} min")
    } else {
        times::took(Duration::from_secs((millis / 1000).unsigned_abs()))
    }
}

fn document(
    books: &[(String, Book)],
    channel: Option<&str>,
    account: Option<&str>,
    approved: bool,
    now: i64,
) -> Value {
    let mut list = Vec::new();
    for (channel, book) in books {
        if approved {
            list.extend(allowed(book, account).into_iter().map(|(account, one)| {
                json!({
                    "channel": channel, "accountId": account, "id": one.id, "name": one.name,
                    "approvedAt": one.approved_at_ms,
                })
            }));
        } else {
            list.extend(waiting(book, account, now).into_iter().map(|request| {
                json!({
                    "channel": channel, "accountId": request.account_id, "code": request.code,
                    "id": request.sender_id, "name": request.sender_name, "createdAt": request.created_at_ms,
                    "lastSeenAt": request.last_seen_at_ms, "expiresAt": now + request.rest_ms(now),
                })
            }));
        }
    }
    let key = if approved { "approved" } else { "requests" };
    json!({ "ts": now, "channel": channel, key: list })
}
