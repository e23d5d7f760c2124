//! Opening a library where it can do no harm.

use crate::output;
use crate::plugins::load_hint;
use crate::times;
use host_sdk::host::registry::{LibraryFacts, RegistryError};
use host_sdk::host::{Library, LoadError};
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Opening a library takes milliseconds; this is for a machine that is busy building.
const LIMIT: Duration = Duration::from_secs(10);

/// What the child says.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Fits(LibraryFacts),
    Refused {
        reason: String,
        hint: String,
        /// It was loaded, and has what a plugin has; only then it was refused.
        loaded: bool,
    },
}

/// The child's part: open the library, print what it is.
pub fn answer(library: &Path) {
    let answer = match Library::open(library) {
        Ok(library) => Answer::Fits(library.info().into()),
        Err(error) => Answer::Refused {
            hint: load_hint(&error),
            reason: error.to_string(),
            loaded: !matches!(
                error,
                LoadError::Missing { .. } | LoadError::Open { .. } | LoadError::NotAPlugin { .. }
            ),
        },
    };
    output::json(&answer);
}

/// The parent's part: have a child open the library, and survive whatever the library does.
pub fn in_child(library: &Path) -> Result<LibraryFacts, RegistryError> {
    match ask(library)? {
        Answer::Fits(facts) => Ok(facts),
        Answer::Refused { reason, hint, .. } => {
            Err(RegistryError::Unusable { path: library.to_owned(), reason, hint })
        }
    }
}

/// Whether a library can be loaded at all and is a plugin, however well it keeps its promises then.
pub fn loads(library: &Path) -> Result<(), RegistryError> {
    match ask(library)? {
        Answer::Refused { reason, hint, loaded: false } => {
            Err(RegistryError::Unusable { path: library.to_owned(), reason, hint })
        }
        _ => Ok(()),
    }
}

fn ask(library: &Path) -> Result<Answer, RegistryError> {
    let unusable = |reason: String, hint: &str| RegistryError::Unusable {
        path: library.to_owned(),
        reason,
        hint: hint.to_owned(),
    };
    let (status, output) = run(library).map_err(|error| {
        unusable(
            format!("{} cannot be checked: {error}", library.display()),
            "try again; the check starts this program a second time",
        )
    })?;
    let Some(status) = status else {
        return Err(unusable(
            format!("{} did not finish loading in {}", library.display(), times::took(LIMIT)),
            "the library hangs in its initialisers; report it to its author",
        ));
    };
    serde_json::from_slice(&output).map_err(|_| {
        unusable(
            format!("{} crashed while it was loaded ({status})", library.display()),
            "the library is broken; report it to its author, with this message",
        )
    })
}

/// Run the child; `None` when it did not end in time.
fn run(library: &Path) -> std::io::Result<(Option<ExitStatus>, Vec<u8>)> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("__verify")
        .arg(library)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut stdout = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut output = Vec::new();
        if let Some(stdout) = &mut stdout {
            // A broken answer is seen as one by the parser.
            let _ = stdout.read_to_end(&mut output);
        }
        output
    });
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if start.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    // The pipe may outlive the child in a grandchild; then the answer is not worth waiting for.
    let output = if status.is_some() { reader.join().unwrap_or_default() } else { Vec::new() };
    Ok((status, output))
}
