//! What this program does for the registry.

use super::{cargo, verify};
use crate::output;
use host_sdk::host::registry::{LibraryFacts, RegistryError, Step, Tools};
use std::path::{Path, PathBuf};

/// Builds with cargo, verifies in a child process, tells of its steps on stderr.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostTools {
    quiet: bool,
}

impl HostTools {
    /// Without telling of steps.
    pub fn quiet() -> Self {
        Self { quiet: true }
    }
}

impl Tools for HostTools {
    fn build(&mut self, manifest: &Path, package: &str) -> Result<PathBuf, RegistryError> {
        cargo::build(manifest, package)
    }

    fn verify(&mut self, library: &Path) -> Result<LibraryFacts, RegistryError> {
        verify::in_child(library)
    }

    fn step(&mut self, step: Step<'_>) {
        if self.quiet {
            return;
        }
        match step {
            Step::Unpacking(path) => output::note(format!("Unpacking {}…", path.display())),
            Step::Verifying(path) => output::note(format!("Checking {}…", path.display())),
            _ => {}
        }
    }
}
