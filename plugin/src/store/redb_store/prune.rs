//! Dropping what is beyond retention.

use super::super::error::StoreError;
use super::super::records::Retention;
use super::tables::{DONE, SENT, SENT_ORDER, THREADS, after};
use redb::{
    Database, Durability, Key, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition,
    WriteTransaction,
};
use std::collections::BTreeMap;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// Threads of an account that are remembered, and for how long after the bot said something in them.
const MOST_THREADS: usize = 1_000;
const THREAD_DAYS: i64 = 7;

/// How many rows the accounts have, so that nothing must be counted to see whether there are too many. Counted once,
/// when the file is opened.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    accounts: BTreeMap<String, Count>,
}

/// The rows of one account.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) done: u64,
    pub(super) sent: u64,
}

impl Counts {
    /// Count.
    pub(super) fn of(db: &Database) -> Result<Self, StoreError> {
        let mut counts = Self::default();
        let reading = db.begin_read()?;
        count(&reading, DONE, |account| counts.of_account(account).done += 1)?;
        count(&reading, SENT_ORDER, |account| counts.of_account(account).sent += 1)?;
        Ok(counts)
    }

    pub(super) fn of_account(&mut self, account_id: &str) -> &mut Count {
        self.accounts.entry(account_id.to_owned()).or_default()
    }
}

fn count<V: redb::Value + 'static>(
    reading: &ReadTransaction,
    table: TableDefinition<(&'static str, i64, &'static str), V>,
    mut add: impl FnMut(&str),
) -> Result<(), StoreError>
where
    (&'static str, i64, &'static str): Key,
{
    for row in reading.open_table(table)?.iter()? {
        add(row?.0.value().0);
    }
    Ok(())
}

/// Drop rows, in one transaction. `counts` is right when this succeeds, and to be thrown away when not.
pub(super) fn prune(
    db: &Database,
    retention: Retention,
    now_ms: i64,
    counts: &mut Counts,
) -> Result<u64, StoreError> {
    let oldest = now_ms.saturating_sub(i64::from(retention.days).saturating_mul(DAY_MS));
    let rows = u64::try_from(retention.rows).unwrap_or(u64::MAX);
    let mut transaction = db.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    let mut dropped = 0;
    {
        let mut done = transaction.open_table(DONE)?;
        let mut sent = transaction.open_table(SENT)?;
        let mut sent_order = transaction.open_table(SENT_ORDER)?;
        for (account, count) in &mut counts.accounts {
            // Only rows that go are looked at, and the first that stays.
            for (at, post) in beyond(&done, account, oldest, count.done.saturating_sub(rows))? {
                done.remove((account.as_str(), at, post.as_str()))?;
                count.done = count.done.saturating_sub(1);
                dropped += 1;
            }
            for (at, id) in beyond(&sent_order, account, oldest, count.sent.saturating_sub(rows))? {
                sent_order.remove((account.as_str(), at, id.as_str()))?;
                sent.remove((account.as_str(), id.as_str()))?;
                count.sent = count.sent.saturating_sub(1);
                dropped += 1;
            }
        }
    }
    dropped += threads(&transaction, now_ms)?;
    if dropped == 0 {
        transaction.abort()?;
    } else {
        transaction.commit()?;
    }
    Ok(dropped)
}

/// Threads are few: all are looked at.
fn threads(transaction: &WriteTransaction, now_ms: i64) -> Result<u64, StoreError> {
    let oldest = now_ms.saturating_sub(THREAD_DAYS * DAY_MS);
    let mut table = transaction.open_table(THREADS)?;
    let mut accounts = BTreeMap::<String, Vec<(i64, String)>>::new();
    for row in table.iter()? {
        let (key, at) = row?;
        let (account, root_id) = key.value();
        accounts.entry(account.to_owned()).or_default().push((at.value().1, root_id.to_owned()));
    }
    let mut dropped = 0;
    for (account, mut rows) in accounts {
        rows.sort_unstable_by(|a, b| b.cmp(a));
        let keep = rows.partition_point(|(at, _)| *at >= oldest).min(MOST_THREADS);
        for (_, root_id) in rows.iter().skip(keep) {
            table.remove((account.as_str(), root_id.as_str()))?;
            dropped += 1;
        }
    }
    Ok(dropped)
}

/// The oldest `too_many` rows of an account, and all that are older than `oldest`.
fn beyond<V: redb::Value + 'static>(
    table: &impl ReadableTable<(&'static str, i64, &'static str), V>,
    account: &str,
    oldest: i64,
    too_many: u64,
) -> Result<Vec<(i64, String)>, StoreError> {
    let mut rows = Vec::new();
    let next = after(account);
    for row in table.range((account, i64::MIN, "")..(next.as_str(), i64::MIN, ""))? {
        let key = row?.0;
        let (_, at, own) = key.value();
        if at >= oldest && rows.len() as u64 >= too_many {
            break;
        }
        rows.push((at, own.to_owned()));
    }
    Ok(rows)
}
