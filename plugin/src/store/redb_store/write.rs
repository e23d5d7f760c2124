//! Changes, as writes to the tables.

use super::super::error::StoreError;
use super::super::records::{AccountMark, Change, Delivery, DeliveryState};
use super::prune::Counts;
use super::tables::{
    ACCOUNTS, CHANNELS, COMMANDS, DONE, OPEN, PENDING, SENT, SENT_ORDER, THREADS, decode, encode,
};
use redb::{Database, Durability, ReadableTable, Table, WriteTransaction};

type Rows<'a> = Table<'a, (&'static str, &'static str), &'static [u8]>;

/// Make changes in one transaction. `counts` is right when this succeeds, and to be thrown away when not.
pub(super) fn apply(db: &Database, changes: &[Change], counts: &mut Counts) -> Result<(), StoreError> {
    let mut transaction = db.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    {
        let mut tables = Tables::open(&transaction)?;
        for change in changes {
            tables.apply(change, counts)?;
        }
    }
    transaction.commit()?;
    Ok(())
}

struct Tables<'a> {
    accounts: Table<'a, &'static str, &'static [u8]>,
    channels: Rows<'a>,
    open: Rows<'a>,
    done: Table<'a, (&'static str, i64, &'static str), ()>,
    pending: Rows<'a>,
    sent: Rows<'a>,
    sent_order: Table<'a, (&'static str, i64, &'static str), u64>,
    threads: Table<'a, (&'static str, &'static str), (i64, i64)>,
    commands: Rows<'a>,
}

impl<'a> Tables<'a> {
    fn open(transaction: &'a WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            accounts: transaction.open_table(ACCOUNTS)?,
            channels: transaction.open_table(CHANNELS)?,
            open: transaction.open_table(OPEN)?,
            done: transaction.open_table(DONE)?,
            pending: transaction.open_table(PENDING)?,
            sent: transaction.open_table(SENT)?,
            sent_order: transaction.open_table(SENT_ORDER)?,
            threads: transaction.open_table(THREADS)?,
            commands: transaction.open_table(COMMANDS)?,
        })
    }

    fn apply(&mut self, change: &Change, counts: &mut Counts) -> Result<(), StoreError> {
        match change {
            Change::MarkAccount { account_id, mark } => self.mark_account(account_id, *mark),
            Change::MarkChannel { account_id, channel_id, mark } => {
                put(&mut self.channels, (account_id, channel_id), &encode(mark)?)
            }
            Change::Open(event) => {
                let key = (event.message.account_id.as_str(), event.message.event_id.as_str());
                put(&mut self.open, key, &encode(event)?)
            }
            Change::Settle { account_id, event_id, posts, at } => {
                self.open.remove((account_id.as_str(), event_id.as_str()))?;
                self.done(account_id, posts, *at, counts)
            }
            Change::Done { account_id, posts, at } => self.done(account_id, posts, *at, counts),
            Change::TookPart { account_id, root_id, at } => {
                let key = (account_id.as_str(), root_id.as_str());
                let known = self.threads.get(key)?.map(|row| row.value());
                let (first, last) = known.unwrap_or((*at, *at));
                self.threads.insert(key, (first.min(*at), last.max(*at)))?;
                Ok(())
            }
            Change::Deliver(delivery) => self.deliver(delivery, counts),
            Change::Forget { account_id, id } => {
                self.pending.remove((account_id.as_str(), id.as_str()))?;
                Ok(())
            }
            Change::Registered(command) => {
                let key = (command.account_id.as_str(), command.id.as_str());
                put(&mut self.commands, key, &encode(command)?)
            }
            Change::Unregistered { account_id, id } => {
                self.commands.remove((account_id.as_str(), id.as_str()))?;
                Ok(())
            }
        }
    }

    fn mark_account(&mut self, account_id: &str, mark: AccountMark) -> Result<(), StoreError> {
        let known = match self.accounts.get(account_id)? {
            // One that cannot be read is replaced.
            Some(row) => decode::<AccountMark>("accounts", &[account_id], row.value()).ok(),
            None => None,
        };
        if known.is_none_or(|known| known.proven_at < mark.proven_at) {
            self.accounts.insert(account_id, encode(&mark)?.as_slice())?;
        }
        Ok(())
    }

    fn done(
        &mut self,
        account_id: &str,
        posts: &[String],
        at: i64,
        counts: &mut Counts,
    ) -> Result<(), StoreError> {
        for post in posts {
            if self.done.insert((account_id, at, post.as_str()), ())?.is_none() {
                counts.of_account(account_id).done += 1;
            }
        }
        Ok(())
    }

    fn deliver(&mut self, delivery: &Delivery, counts: &mut Counts) -> Result<(), StoreError> {
        let key = (delivery.account_id.as_str(), delivery.id.as_str());
        if let Some(replaced) = &delivery.replaces {
            self.pending.remove((key.0, replaced.as_str()))?;
        }
        let DeliveryState::Sent { sent_at, .. } = &delivery.state else {
            // One that was sent stays sent.
            if self.sent.get(key)?.is_none() {
                put(&mut self.pending, key, &encode(delivery)?)?;
            }
            return Ok(());
        };
        self.pending.remove(key)?;
        let before = match self.sent.get(key)? {
            Some(row) => decode::<Delivery>("sent", &[key.0, key.1], row.value()).ok(),
            None => None,
        };
        if let Some(Delivery { state: DeliveryState::Sent { sent_at: before, .. }, .. }) = before
            && self.sent_order.remove((key.0, before, key.1))?.is_some()
        {
            let count = &mut counts.of_account(key.0).sent;
            *count = count.saturating_sub(1);
        }
        put(&mut self.sent, key, &encode(delivery)?)?;
        if self.sent_order.insert((key.0, *sent_at, key.1), delivery.seq)?.is_none() {
            counts.of_account(key.0).sent += 1;
        }
        Ok(())
    }
}

fn put(table: &mut Rows<'_>, key: (&str, &str), value: &[u8]) -> Result<(), StoreError> {
    table.insert(key, value)?;
    Ok(())
}
