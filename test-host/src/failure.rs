//! Why a command failed.

use host_sdk::host::LoadError;
use host_sdk::host::registry::RegistryError;
use host_sdk::protocol::{Error, ErrorCode};

/// Why a command failed, and what to do next.
#[derive(Debug)]
pub struct Failure {
    /// What is wrong; may have more lines, for example a place in a file.
    pub what: String,
    /// The next step.
    pub hint: Option<String>,
    /// The kind, for programs, when a plugin gave one.
    pub code: Option<ErrorCode>,
}

impl Failure {
    /// A failure with its next step.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: Some(hint.into()), code: None }
    }

    /// A failure of this program's own making or of the system.
    pub fn system(what: impl Into<String>, error: &dyn std::fmt::Display) -> Self {
        Self { what: format!("{}: {error}", what.into()), hint: None, code: None }
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        Self { what: error.to_string(), hint: Some(error.hint()), code: None }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self { hint: Some(crate::plugins::load_hint(&error)), what: error.to_string(), code: None }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let hint = match error.code {
            ErrorCode::Config => Some(match &error.field {
                Some(field) => format!("set {field} in the configuration"),
                None => "correct the configuration".to_owned(),
            }),
            ErrorCode::Auth => {
                Some("check the token and the server's URL; `channels status --probe` tries them".to_owned())
            }
            ErrorCode::Network | ErrorCode::Timeout => {
                Some("check the server's URL and that the server is up, then try again".to_owned())
            }
            ErrorCode::RateLimited | ErrorCode::Busy => Some("wait a moment, then try again".to_owned()),
            ErrorCode::Internal | ErrorCode::Panic => Some(
                "this is a fault of the plugin; run again with --log-level debug and report it".to_owned(),
            ),
            _ => None,
        };
        Self { what: error.message, hint, code: Some(error.code) }
    }
}
