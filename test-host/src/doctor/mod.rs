//! Finding out what is wrong with a configuration, its plugins and its accounts.

mod accounts;
mod examine;
mod explain;
mod keys;

pub use examine::examine;
pub use explain::explain;

use host_sdk::protocol::FindingLevel;
use serde::Serialize;
use std::path::PathBuf;

/// One thing that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: String,
    /// Of what: a plugin, a channel, an account.
    pub of: String,
    /// How it is.
    pub level: FindingLevel,
    /// What was found.
    pub message: String,
    /// What to do about it.
    #[serde(rename = "wayOut", skip_serializing_if = "Option::is_none")]
    pub way_out: Option<String>,
}

impl Finding {
    /// Something that is as it should be.
    pub fn ok(check: &str, of: impl Into<String>, message: impl Into<String>) -> Self {
        Self { check: check.to_owned(), of: of.into(), message: message.into(), ..Self::default() }
    }

    /// Something that works, but perhaps not as it is meant.
    pub fn warning(check: &str, of: impl Into<String>, message: impl Into<String>) -> Self {
        Self { level: FindingLevel::Warning, ..Self::ok(check, of, message) }
    }

    /// Something that does not work.
    pub fn error(check: &str, of: impl Into<String>, message: impl Into<String>) -> Self {
        Self { level: FindingLevel::Error, ..Self::ok(check, of, message) }
    }

    /// With what to do about it.
    pub fn with(self, way_out: Option<impl Into<String>>) -> Self {
        Self { way_out: way_out.map(Into::into), ..self }
    }
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Report {
    /// One for each thing that was looked at.
    pub findings: Vec<Finding>,
    /// Old keys that move, one sentence each.
    pub changes: Vec<String>,
    /// They were moved.
    pub fixed: bool,
    /// The file as it was before.
    pub backup: Option<PathBuf>,
}

impl Report {
    /// How much does not work.
    pub fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.level == FindingLevel::Error).count()
    }
}
