//! What an account has.

use super::super::error::StoreError;
use super::super::records::{
    AccountMark, ChannelMark, Delivery, OpenEvent, SlashCommand, Snapshot, TookPart,
};
use super::tables::{ACCOUNTS, CHANNELS, COMMANDS, DONE, OPEN, PENDING, SENT, SENT_ORDER, THREADS, decode};
use redb::{Database, ReadTransaction, ReadableDatabase, TableDefinition};
use serde::de::DeserializeOwned;
use std::collections::HashSet;

/// All of one account.
pub(super) fn load(db: &Database, account_id: &str) -> Result<Snapshot, StoreError> {
    let reading = db.begin_read()?;
    let mark = match reading.open_table(ACCOUNTS)?.get(account_id)? {
        Some(row) => readable(decode::<AccountMark>("accounts", &[account_id], row.value())),
        None => None,
    };
    let channels = rows::<ChannelMark>(&reading, CHANNELS, "channels", account_id)?;
    let mut open: Vec<OpenEvent> =
        rows(&reading, OPEN, "open", account_id)?.into_iter().map(|(_, event)| event).collect();
    open.sort_by_key(|event| event.seq);
    let mut pending: Vec<Delivery> =
        rows(&reading, PENDING, "pending", account_id)?.into_iter().map(|(_, delivery)| delivery).collect();
    pending.sort_by_key(|delivery| delivery.seq);
    let (mut sent, mut last_sent) = (Vec::new(), None);
    for row in reading.open_table(SENT_ORDER)?.range((account_id, i64::MIN, "")..)? {
        let (key, seq) = row?;
        let (account, _, id) = key.value();
        if account != account_id {
            break;
        }
        last_sent = last_sent.max(Some(seq.value()));
        sent.push(id.to_owned());
    }
    let last = open.iter().map(|event| event.seq).chain(pending.iter().map(|delivery| delivery.seq));
    let next_seq = last.chain(last_sent).max().map_or(0, |last| last.saturating_add(1));
    let done = done(&reading, account_id)?;
    let threads = threads(&reading, account_id)?;
    let commands = rows::<SlashCommand>(&reading, COMMANDS, "commands", account_id)?;
    let commands = commands.into_iter().map(|(_, command)| command).collect();
    Ok(Snapshot { mark, channels, open, done, threads, commands, pending, sent, next_seq })
}

/// One delivery.
pub(super) fn delivery(db: &Database, account_id: &str, id: &str) -> Result<Option<Delivery>, StoreError> {
    let reading = db.begin_read()?;
    for (table, name) in [(SENT, "sent"), (PENDING, "pending")] {
        if let Some(row) = reading.open_table(table)?.get((account_id, id))? {
            return decode(name, &[account_id, id], row.value()).map(Some);
        }
    }
    Ok(None)
}

fn threads(reading: &ReadTransaction, account_id: &str) -> Result<Vec<(String, TookPart)>, StoreError> {
    let mut threads = Vec::new();
    for row in reading.open_table(THREADS)?.range((account_id, "")..)? {
        let (key, at) = row?;
        let (account, root_id) = key.value();
        if account != account_id {
            break;
        }
        let (first_at, last_at) = at.value();
        threads.push((root_id.to_owned(), TookPart { first_at, last_at }));
    }
    Ok(threads)
}

fn done(reading: &ReadTransaction, account_id: &str) -> Result<Vec<String>, StoreError> {
    let mut done = Vec::new();
    for row in reading.open_table(DONE)?.range((account_id, i64::MIN, "")..)? {
        let key = row?.0;
        let (account, _, post) = key.value();
        if account != account_id {
            break;
        }
        done.push(post.to_owned());
    }
    // The last row of a post counts.
    let mut seen = HashSet::new();
    let newest: Vec<bool> = done.iter().rev().map(|post| seen.insert(post.as_str())).collect();
    let mut newest = newest.into_iter().rev();
    done.retain(|_| newest.next().unwrap_or(true));
    Ok(done)
}

/// The rows of an account that can be read, by their own key.
fn rows<T: DeserializeOwned>(
    reading: &ReadTransaction,
    table: TableDefinition<(&'static str, &'static str), &'static [u8]>,
    name: &'static str,
    account_id: &str,
) -> Result<Vec<(String, T)>, StoreError> {
    let mut rows = Vec::new();
    for row in reading.open_table(table)?.range((account_id, "")..)? {
        let (key, value) = row?;
        let (account, own) = key.value();
        if account != account_id {
            break;
        }
        if let Some(row) = readable(decode(name, &[account, own], value.value())) {
            rows.push((own.to_owned(), row));
        }
    }
    Ok(rows)
}

/// One bad row must not take the others with it: it is reported, and stays for people to look at.
fn readable<T>(row: Result<T, StoreError>) -> Option<T> {
    row.map_err(|error| tracing::error!("the journal has a row that is left out: {error}")).ok()
}
