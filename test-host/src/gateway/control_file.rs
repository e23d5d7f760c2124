//! How other commands find the running gateway.

use crate::failure::Failure;
use crate::files;
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

const FILE: &str = "gateway.json";
const LOCK: &str = "gateway.lock";

/// `gateway.json`: where the gateway is, and the secret that shows that one may read this file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ControlFile {
    /// The gateway's process.
    pub pid: u32,
    /// Its control endpoint.
    pub url: String,
    /// The bearer token for it.
    pub token: String,
}

/// Whether a gateway runs on a state directory.
#[derive(Debug)]
pub enum Presence {
    /// It does.
    Running(ControlFile),
    /// It does not.
    None,
    /// It does not, but one was killed and left its file.
    Stale(u32),
}

impl Presence {
    /// Look for the gateway of a state directory. Its lock goes with its process, so a stale file is told for sure.
    pub fn of(state_dir: &Path) -> Self {
        let Some(file) = read(&state_dir.join(FILE)) else { return Self::None };
        let locked =
            File::options().write(true).open(state_dir.join(LOCK)).map(|lock| lock.try_lock_shared());
        match locked {
            Ok(Err(TryLockError::WouldBlock)) => Self::Running(file),
            _ => Self::Stale(file.pid),
        }
    }
}

impl Presence {
    /// The port of the gateway that runs.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Running(file) => file.url.rsplit_once(':')?.1.parse().ok(),
            Self::None | Self::Stale(_) => None,
        }
    }
}

/// Somebody who only looks holds the lock for a moment; a gateway holds it for good.
fn patient_lock(lock: &File) -> Result<(), TryLockError> {
    for _ in 0..10 {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            result => return result,
        }
    }
    lock.try_lock()
}

fn read(path: &Path) -> Option<ControlFile> {
    serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

/// This process is the gateway of a state directory, until this is dropped.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    published: bool,
    _lock: File,
}

impl Claim {
    /// Become the gateway of a state directory.
    pub fn new(state_dir: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            Failure::system(format!("cannot use the state directory {}", state_dir.display()), &error)
        };
        files::create_private_dir(state_dir).map_err(failed)?;
        let path = state_dir.join(FILE);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(state_dir.join(LOCK))
            .map_err(failed)?;
        match patient_lock(&lock) {
            Ok(()) => Ok(Self { path, published: false, _lock: lock }),
            Err(TryLockError::Error(error)) => Err(failed(error)),
            Err(TryLockError::WouldBlock) => {
                let pid = read(&path).map_or_else(String::new, |file| format!(" (pid {})", file.pid));
                Err(Failure::new(
                    format!("a gateway is already running on {}{pid}", state_dir.display()),
                    "stop it first, or use another --state-dir",
                ))
            }
        }
    }

    /// Tell the other commands where this gateway is; only the same user can read it.
    pub fn publish(&mut self, file: &ControlFile) -> Result<(), Failure> {
        let bytes = serde_json::to_vec_pretty(file).map_err(std::io::Error::other);
        let written = bytes.and_then(|bytes| files::replace(&self.path, &bytes));
        written.map_err(|error| Failure::system(format!("cannot write {}", self.path.display()), &error))?;
        self.published = true;
        Ok(())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.published {
            // A file that stays is recognised as stale by its lock.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// A secret that nobody can guess.
pub fn secret() -> Result<String, Failure> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::system("the system gives no random numbers", &error))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn publish(state_dir: &Path) -> Claim {
        let mut claim = Claim::new(state_dir).unwrap();
        let file = ControlFile { pid: 1, url: "http://127.0.0.1:1".to_owned(), token: "secret".to_owned() };
        claim.publish(&file).unwrap();
        claim
    }

    fn mode(path: &Path) -> u32 {
        std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_a_killed_gateway_left_does_not_open_the_token_to_others() {
        let dir = tempfile::tempdir().unwrap();
        let left = dir.path().join("gateway.json.new");
        std::fs::write(&left, "").unwrap();
        std::fs::set_permissions(&left, std::fs::Permissions::from_mode(0o644)).unwrap();
        let _claim = publish(dir.path());
        assert_eq!(mode(&dir.path().join(FILE)), 0o600);
    }

    #[test]
    fn the_token_does_not_follow_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let elsewhere = dir.path().join("elsewhere");
        std::fs::write(&elsewhere, "untouched").unwrap();
        std::os::unix::fs::symlink(&elsewhere, dir.path().join("gateway.json.new")).unwrap();
        let _claim = publish(dir.path());
        assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "untouched");
        assert_eq!(mode(&dir.path().join(FILE)), 0o600);
    }

    #[test]
    fn a_new_state_directory_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let state_dir = dir.path().join("state");
        let _claim = publish(&state_dir);
        assert_eq!(mode(&state_dir), 0o700);
    }
}
