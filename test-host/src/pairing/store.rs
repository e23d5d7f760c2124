//! Pairings on disk, for any number of processes at once.

use super::code;
use super::file::{self, Read};
use super::rules::{Ask, Book, Checked};
use crate::failure::Failure;
use crate::files;
use crate::times;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Nobody holds the lock longer than a file takes to be written.
const PATIENCE: Duration = Duration::from_secs(5);

/// The pairings of one channel.
#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
}

impl Store {
    /// The pairings of a channel in a state directory. Nothing is read or made yet.
    pub fn new(state_dir: &Path, channel: &str) -> Result<Self, Failure> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if channel.is_empty() || !channel.chars().all(plain) {
            return Err(Failure::new(
                format!("{channel:?} is not a channel's id"),
                "name a channel, for example mattermost",
            ));
        }
        Ok(Self { path: folder(state_dir).join(format!("{channel}.json")) })
    }

    /// The channels that have pairings, in order.
    pub fn channels(state_dir: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder(state_dir)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".json")?.to_owned()))
            .collect();
        names.sort();
        names
    }

    /// What is there now.
    pub fn read(&self) -> Result<Book, Failure> {
        match file::read(&self.path)? {
            Read::Book(book) => Ok(book),
            // Somebody may have mended it before the lock was had.
            Read::Damaged(_) => self.change(|book| book.clone()),
        }
    }

    /// Change something; nobody else can meanwhile. What is as before is not written.
    pub fn change<T>(&self, change: impl FnOnce(&mut Book) -> T) -> Result<T, Failure> {
        let _lock = self.lock()?;
        let old = match file::read(&self.path)? {
            Read::Book(book) => book,
            Read::Damaged(why) => {
                file::set_aside(&self.path, &why)?;
                Book::default()
            }
        };
        let mut new = old.clone();
        let result = change(&mut new);
        if new != old {
            file::write(&self.path, &new)?;
        }
        Ok(result)
    }

    /// A sender writes.
    pub fn check(&self, ask: &Ask<'_>, create: bool) -> Result<Checked, Failure> {
        // Most of those who write were let in, and for them nothing is written.
        let mut book = self.read()?;
        if !create || book.is_approved(ask.account_id, ask.sender_id) {
            return Ok(book.check(ask, false, times::now_ms(), &mut code::random));
        }
        self.change(|book| book.check(ask, true, times::now_ms(), &mut code::random))
    }

    fn lock(&self) -> Result<File, Failure> {
        let path = self.path.with_extension("lock");
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(
                format!("cannot lock {}: {error}", path.display()),
                "check who owns the file and its folder",
            )
        };
        if let Some(folder) = path.parent() {
            files::create_private_dir(folder).map_err(|error| failed(&error))?;
        }
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| failed(&error))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(TryLockError::WouldBlock) => return Err(failed(&"another process holds it")),
                Err(TryLockError::Error(error)) => return Err(failed(&error)),
            }
        }
    }
}

fn folder(state_dir: &Path) -> PathBuf {
    state_dir.join("pairing")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::pairing::rules::Refusal;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path(), "mattermost").unwrap();
        (dir, store)
    }

    fn ask<'a>(account_id: &'a str, sender_id: &'a str) -> Ask<'a> {
        Ask { account_id, sender_id, sender_name: Some("alice") }
    }

    #[test]
    #[cfg(unix)]
    fn the_file_is_private_and_read_again() {
        use std::os::unix::fs::PermissionsExt;
        let (dir, store) = store();
        let Checked::Waiting { code, created: true } = store.check(&ask("default", "u1"), true).unwrap()
        else {
            panic!("no code")
        };
        let file = dir.path().join("pairing/mattermost.json");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        let approved = store.change(|book| book.approve(&code, None, times::now_ms())).unwrap();
        assert_eq!(approved.unwrap().sender_name.as_deref(), Some("alice"));
        assert_eq!(store.check(&ask("default", "u1"), true).unwrap(), Checked::Approved);
        assert_eq!(Store::channels(dir.path()), ["mattermost"]);
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_kept() {
        let (dir, store) = store();
        store.check(&ask("default", "u1"), true).unwrap();
        let file = dir.path().join("pairing/mattermost.json");
        std::fs::write(&file, "{ \"version\": 1, \"requests\": [").unwrap();
        assert_eq!(store.read().unwrap(), Book::default());
        let names: Vec<String> = std::fs::read_dir(file.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let aside = names.iter().find(|name| name.starts_with("mattermost.json.damaged-")).unwrap();
        let kept = std::fs::read_to_string(file.with_file_name(aside)).unwrap();
        assert!(kept.contains("requests"), "{names:?}");
        assert!(!file.exists());
    }

    #[test]
    fn a_file_of_a_newer_release_is_left_alone() {
        let (dir, store) = store();
        let file = dir.path().join("pairing/mattermost.json");
        std::fs::create_dir(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "{ \"version\": 2, \"other\": 1 }").unwrap();
        assert!(store.check(&ask("default", "u1"), true).unwrap_err().what.contains("newer release"));
        assert!(std::fs::read_to_string(&file).unwrap().contains("other"));
    }

    #[test]
    fn many_writers_lose_nothing() {
        let (_dir, store) = store();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let store = store.clone();
                scope.spawn(move || {
                    let account = format!("a{number}");
                    for sender in ["u1", "u2", "u3", "u4"] {
                        store.check(&ask(&account, sender), true).unwrap();
                    }
                });
            }
        });
        assert_eq!(store.read().unwrap().waiting(times::now_ms()).count(), 24);
        let refused = store.change(|book| book.approve("nonsense", None, times::now_ms())).unwrap();
        assert_eq!(refused, Err(Refusal::Unknown(None)));
    }

    #[test]
    fn a_channel_is_no_path() {
        assert!(Store::new(Path::new("x"), "../gateway").is_err());
        assert!(Store::new(Path::new("x"), "").is_err());
    }
}
