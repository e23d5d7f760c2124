//! The format of the file, and the ways from older ones.

use super::super::error::StoreError;
use super::tables::{
    ACCOUNTS, CHANNELS, COMMANDS, DONE, META, NAMES, OPEN, PENDING, SENT, SENT_ORDER, THREADS, decode, encode,
};
use redb::{Database, ReadableDatabase, TableHandle, WriteTransaction};

/// The format that this version writes.
pub const FORMAT: u32 = 3;

const KEY: &str = "format";

type Step = fn(&WriteTransaction) -> Result<(), StoreError>;

/// The step at index `n` makes format `n + 1` of format `n`.
const STEPS: [Step; FORMAT as usize] = [adopt, threads, commands];

/// Bring the file to [`FORMAT`], in one transaction. Also checks that all tables can be opened.
pub(super) fn migrate(db: &Database) -> Result<(), StoreError> {
    let found = found(db)?;
    if found > FORMAT {
        return Err(StoreError::Newer { found, known: FORMAT });
    }
    if found < FORMAT {
        let transaction = db.begin_write()?;
        for step in STEPS.iter().skip(found as usize) {
            step(&transaction)?;
        }
        transaction.open_table(META)?.insert(KEY, encode(&FORMAT)?.as_slice())?;
        transaction.commit()?;
        tracing::debug!(from = found, to = FORMAT, "the journal has the current format");
    }
    let reading = db.begin_read()?;
    reading.open_table(ACCOUNTS)?;
    reading.open_table(CHANNELS)?;
    reading.open_table(OPEN)?;
    reading.open_table(DONE)?;
    reading.open_table(PENDING)?;
    reading.open_table(SENT)?;
    reading.open_table(SENT_ORDER)?;
    reading.open_table(THREADS)?;
    reading.open_table(COMMANDS)?;
    Ok(())
}

/// The format of the file. 0: files that were made before formats were written, and empty ones.
fn found(db: &Database) -> Result<u32, StoreError> {
    let reading = db.begin_read()?;
    let names: Vec<String> = reading.list_tables()?.map(|table| table.name().to_owned()).collect();
    if names.iter().any(|name| name == META.name())
        && let Some(value) = reading.open_table(META)?.get(KEY)?
    {
        return decode("meta", &[KEY], value.value())
            .map_err(|_| StoreError::Damaged("its format is not a number".to_owned()));
    }
    // Nobody else's database has all its tables named as these.
    if names.iter().all(|name| name == META.name() || NAMES.contains(&name.as_str())) {
        return Ok(0);
    }
    Err(StoreError::Damaged("it is the database of another program".to_owned()))
}

/// From 0: the same tables. Those that are missing are made.
fn adopt(transaction: &WriteTransaction) -> Result<(), StoreError> {
    transaction.open_table(ACCOUNTS)?;
    transaction.open_table(CHANNELS)?;
    transaction.open_table(OPEN)?;
    transaction.open_table(DONE)?;
    transaction.open_table(PENDING)?;
    transaction.open_table(SENT)?;
    transaction.open_table(SENT_ORDER)?;
    Ok(())
}

/// From 1: the threads in which the bot takes part are remembered.
fn threads(transaction: &WriteTransaction) -> Result<(), StoreError> {
    transaction.open_table(THREADS)?;
    Ok(())
}

/// From 2: the slash commands that stand on servers are remembered.
fn commands(transaction: &WriteTransaction) -> Result<(), StoreError> {
    transaction.open_table(COMMANDS)?;
    Ok(())
}
