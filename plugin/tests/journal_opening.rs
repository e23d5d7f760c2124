//! Opening a journal, whatever is in the state directory: other processes, damaged and foreign files, other formats.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "journal_support/mod.rs"]
mod support;

use openclaw_mattermost::store::{FORMAT, Journal, JournalError, Note, Opened, Retention, Snapshot};
use redb::{Database, ReadableDatabase, TableDefinition};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::{deliver, done, mark_account, mark_channel, open, registered};

const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
const OPEN: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("open");
const SENT: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("sent");

fn begin(dir: &Path) -> Opened {
    Journal::open(Some(dir), Retention { days: 100_000, rows: 20_000 }).unwrap()
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// Make a journal with something in it, and close it in good order.
fn filled(dir: &Path) -> Snapshot {
    let journal = begin(dir).journal;
    block(async {
        for number in 0..50 {
            journal.record(open("a", &format!("e{number}"), number)).await;
            journal.record(done("a", &format!("p{number}"), 5)).await;
            journal.record(deliver("a", &format!("d{number}"), number, (number % 2 == 0).then_some(6))).await;
            if number % 10 == 0 {
                journal.flush().await.unwrap();
            }
        }
        journal.record(mark_account("a", 77)).await;
        journal.record(mark_channel("a", "ops", 77)).await;
        let snapshot = journal.load("a").await.unwrap();
        journal.close(Duration::from_secs(5)).await;
        snapshot
    })
}

fn file(dir: &Path) -> PathBuf {
    dir.join("journal.redb")
}

/// Record something, read it after opening again: this journal works.
fn works(opened: Opened) {
    let journal = opened.journal;
    block(async {
        journal.record(mark_channel("b", "ops", 1)).await;
        assert_eq!(journal.load("b").await.unwrap().channels.len(), 1);
        journal.close(Duration::from_secs(5)).await;
    });
}

#[test]
fn what_was_recorded_is_there_after_opening_again_and_the_key_stays() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("deep").join("state");
    let snapshot = filled(&state);
    let opened = begin(&state);
    assert_eq!(opened.notes, []);
    let key = *opened.journal.key();
    assert_eq!(block(opened.journal.load("a")).unwrap(), snapshot);
    assert!(!format!("{:?}", opened.journal).contains(&format!("{}", key[0])));
    drop(opened);
    assert_eq!(begin(&state).journal.key(), &key);
    assert_eq!(std::fs::read(state.join("delivery.key")).unwrap(), key);
    assert_ne!(begin(&dir.path().join("other")).journal.key(), &key);
    let memory = Journal::open(None, Retention::default()).unwrap();
    assert_ne!(memory.journal.key(), Journal::open(None, Retention::default()).unwrap().journal.key());
    works(memory);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&state), 0o700);
        for name in ["journal.redb", "journal.lock", "delivery.key"] {
            assert_eq!(mode(&state.join(name)), 0o600, "{name}");
        }
    }
}

#[test]
fn a_second_process_is_refused_and_told_which_is_the_first() {
    let dir = tempfile::tempdir().unwrap();
    if let Ok(state) = std::env::var("JOURNAL_SECOND") {
        let error = Journal::open(Some(Path::new(&state)), Retention::default()).unwrap_err();
        assert!(matches!(error, JournalError::InUse { .. }));
        println!("refused: {error}");
        return;
    }
    let first = begin(dir.path());
    let second = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_second_process_is_refused_and_told_which_is_the_first", "--nocapture"])
        .env("JOURNAL_SECOND", dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&second.stdout).into_owned();
    assert!(second.status.success(), "{said}");
    assert!(said.contains("refused: the state directory"), "{said}");
    assert!(said.contains(&dir.path().display().to_string()), "{said}");
    if cfg!(unix) {
        assert!(said.contains(&format!("(pid {})", std::process::id())), "{said}");
    }
    // The same in one process.
    let again = Journal::open(Some(dir.path()), Retention::default()).unwrap_err();
    assert!(matches!(again, JournalError::InUse { .. }));
    works(first);
    assert_eq!(begin(dir.path()).notes, []);
}

/// Open a file that is not a whole journal: it is set aside as it was, and the fresh one works.
fn is_set_aside(dir: &Path, bytes: &[u8]) {
    std::fs::write(file(dir), bytes).unwrap();
    let opened = begin(dir);
    let [Note::SetAside { path, reason, last_written }] = opened.notes.as_slice() else {
        panic!("no note over {} bytes: {:?}", bytes.len(), opened.notes)
    };
    assert!(path.file_name().unwrap().to_str().unwrap().starts_with("journal.redb.damaged-"));
    assert_eq!(std::fs::metadata(path).unwrap().len(), bytes.len() as u64);
    assert!(!reason.is_empty());
    assert!(last_written.unwrap() > 1_700_000_000_000);
    assert_eq!(block(opened.journal.load("a")).unwrap(), Snapshot::default());
    works(opened);
}

fn set_aside(dir: &Path) -> usize {
    let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_str().unwrap().contains("damaged-")).count()
}

#[test]
fn truncated_empty_and_foreign_files_are_set_aside_and_none_replaces_another() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let key = std::fs::read(dir.path().join("delivery.key")).unwrap();
    let whole = std::fs::read(file(dir.path())).unwrap();
    let mut cases = 0;
    let mut lengths: Vec<usize> = vec![0, 1, 8, 9, 63, 64, 65, 191, 320, 511, 512, 4095, 4096, 4097, 8192];
    lengths.extend((1..24).map(|part| whole.len() * part / 24));
    lengths.push(whole.len() - 1);
    for length in lengths {
        is_set_aside(dir.path(), &whole[..length]);
        cases += 1;
    }
    let mut garbage = vec![0_u8; 100_000];
    getrandom::fill(&mut garbage).unwrap();
    is_set_aside(dir.path(), &garbage);
    is_set_aside(dir.path(), &vec![0; 1 << 20]);
    is_set_aside(dir.path(), b"SQLite format 3\0 and so on");
    // Begins like a journal, goes on otherwise.
    is_set_aside(dir.path(), &[&whole[..4096], garbage.as_slice()].concat());
    is_set_aside(dir.path(), &[&whole[..whole.len() / 2], &garbage, &garbage, &garbage].concat());
    cases += 5;
    assert_eq!(set_aside(dir.path()), cases);
    // The key has its own file and survives all that.
    assert_eq!(std::fs::read(dir.path().join("delivery.key")).unwrap(), key);
    // Whole again: no note.
    std::fs::write(file(dir.path()), &whole).unwrap();
    assert_eq!(begin(dir.path()).notes, []);
}

#[test]
fn a_file_with_flipped_bytes_is_set_aside_or_read_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let snapshot = filled(dir.path());
    let whole = std::fs::read(file(dir.path())).unwrap();
    let (mut noticed, mut harmless, mut older) = (0, 0, 0);
    // All of the header, and many places after it.
    let places = (0..400).chain((0..250).map(|step| 400 + step * (whole.len() - 401) / 250));
    for (number, place) in places.enumerate() {
        let flip = if number % 2 == 0 { 0x01 } else { 0xff };
        let mut bytes = whole.clone();
        bytes[place] ^= flip;
        std::fs::write(file(dir.path()), &bytes).unwrap();
        match Journal::open(Some(dir.path()), Retention { days: 100_000, rows: 20_000 }) {
            Ok(opened) if opened.notes.is_empty() => {
                harmless += 1;
                assert_eq!(block(opened.journal.load("a")).unwrap(), snapshot, "byte {place} ^ {flip}");
            }
            Ok(opened) => {
                noticed += 1;
                assert_eq!(block(opened.journal.load("a")).unwrap(), Snapshot::default());
            }
            // A version byte that says that the file is older: left as it is.
            Err(error @ JournalError::OldDatabase { .. }) => {
                older += 1;
                assert!(error.to_string().contains("older file format"), "{error}");
                assert_eq!(std::fs::read(file(dir.path())).unwrap()[place], bytes[place]);
            }
            Err(error) => panic!("byte {place} ^ {flip}: {error}"),
        }
    }
    println!("{noticed} flips noticed, {harmless} without any effect, {older} taken for older files");
    assert!(noticed > 100 && older > 0, "{noticed} {older}");
}

#[test]
fn other_databases_and_other_tables_are_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let other = dir.path().join("other.redb");
    let foreign = |names: &[&str]| {
        let db = Database::create(&other).unwrap();
        let writing = db.begin_write().unwrap();
        for name in names {
            let table: TableDefinition<u64, u64> = TableDefinition::new(name);
            writing.open_table(table).unwrap().insert(1, 1).unwrap();
        }
        writing.commit().unwrap();
        drop(db);
        let bytes = std::fs::read(&other).unwrap();
        std::fs::remove_file(&other).unwrap();
        bytes
    };
    is_set_aside(dir.path(), &foreign(&["shopping"]));
    is_set_aside(dir.path(), &foreign(&["open", "done"]));
    is_set_aside(dir.path(), &foreign(&["meta"]));
    is_set_aside(dir.path(), &foreign(&["open", "shopping"]));
}

/// Change the file behind the journal's back.
fn edit(dir: &Path, work: impl FnOnce(&redb::WriteTransaction)) {
    let db = Database::open(file(dir)).unwrap();
    let writing = db.begin_write().unwrap();
    work(&writing);
    writing.commit().unwrap();
}

#[test]
fn a_file_from_before_formats_were_written_is_adopted() {
    let dir = tempfile::tempdir().unwrap();
    let snapshot = filled(dir.path());
    edit(dir.path(), |writing| assert!(writing.delete_table(META).unwrap()));
    let opened = begin(dir.path());
    assert_eq!(opened.notes, []);
    assert_eq!(block(opened.journal.load("a")).unwrap(), snapshot);
    drop(opened);
    let db = Database::open(file(dir.path())).unwrap();
    let meta = db.begin_read().unwrap().open_table(META).unwrap();
    assert_eq!(meta.get("format").unwrap().unwrap().value(), FORMAT.to_string().as_bytes());
}

#[test]
fn a_file_from_before_commands_were_remembered_gets_a_place_for_them() {
    let dir = tempfile::tempdir().unwrap();
    let snapshot = filled(dir.path());
    edit(dir.path(), |writing| {
        let commands: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("commands");
        assert!(writing.delete_table(commands).unwrap());
        drop(writing.open_table(META).unwrap().insert("format", b"2".as_slice()).unwrap());
    });
    let opened = begin(dir.path());
    assert_eq!(opened.notes, []);
    block(async {
        assert_eq!(opened.journal.load("a").await.unwrap(), snapshot);
        opened.journal.record(registered("a", "c", "token")).await;
        assert_eq!(opened.journal.load("a").await.unwrap().commands.len(), 1);
    });
}

#[test]
fn a_newer_format_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let snapshot = filled(dir.path());
    let write = |value: &[u8]| {
        edit(dir.path(), |writing| drop(writing.open_table(META).unwrap().insert("format", value).unwrap()));
    };
    write(b"7");
    for _ in 0..2 {
        let error = Journal::open(Some(dir.path()), Retention::default()).unwrap_err();
        assert!(matches!(error, JournalError::Newer { found: 7, known: FORMAT, .. }), "{error}");
        assert!(error.to_string().contains("newer version"), "{error}");
    }
    assert_eq!(set_aside(dir.path()), 0);
    write(b"1");
    assert_eq!(block(begin(dir.path()).journal.load("a")).unwrap(), snapshot);
    write(b"\"first\"");
    assert_eq!(begin(dir.path()).notes.len(), 1);
}

#[test]
fn rows_that_cannot_be_read_are_left_out_and_left_there() {
    let dir = tempfile::tempdir().unwrap();
    let snapshot = filled(dir.path());
    edit(dir.path(), |writing| {
        let mut table = writing.open_table(OPEN).unwrap();
        table.insert(("a", "e7"), b"{\"seq\":".as_slice()).unwrap();
        table.insert(("a", "stranger"), b"[]".as_slice()).unwrap();
        writing.open_table(SENT).unwrap().insert(("a", "d4"), b"{}".as_slice()).unwrap();
    });
    for _ in 0..2 {
        let opened = begin(dir.path());
        assert_eq!(opened.notes, []);
        let mut found = block(opened.journal.load("a")).unwrap();
        assert_eq!(found.open.len(), 49);
        found.open.insert(7, snapshot.open[7].clone());
        assert_eq!(found, snapshot);
        // Nobody may take a delivery for unknown that was sent.
        let error = block(opened.journal.delivery("a", "d4")).unwrap_err();
        assert!(error.to_string().contains("the row a d4 of sent"), "{error}");
        assert!(block(opened.journal.delivery("a", "d6")).unwrap().is_some());
        assert_eq!(opened.journal.problem(), None);
    }
}

#[test]
fn a_key_of_the_wrong_size_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("delivery.key"), b"short").unwrap();
    let opened = begin(dir.path());
    assert!(matches!(opened.notes.as_slice(), [Note::KeySetAside { .. }]));
    assert_eq!(set_aside(dir.path()), 1);
}

#[cfg(unix)]
#[test]
fn a_file_that_the_system_refuses_is_no_damage() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(file(dir.path())).unwrap();
    let error = Journal::open(Some(dir.path()), Retention::default()).unwrap_err();
    assert!(matches!(error, JournalError::Io { .. }), "{error}");
    assert!(error.to_string().contains("journal.redb"), "{error}");
    assert_eq!(set_aside(dir.path()), 0);
    // Loose permissions are tightened.
    std::fs::remove_dir(file(dir.path())).unwrap();
    filled(dir.path());
    std::fs::set_permissions(file(dir.path()), std::fs::Permissions::from_mode(0o644)).unwrap();
    drop(begin(dir.path()));
    assert_eq!(std::fs::metadata(file(dir.path())).unwrap().permissions().mode() & 0o777, 0o600);
}
