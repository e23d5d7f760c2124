//! A fault as a JSON document.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Faults, restart};
use crate::{api::App, ids::Id, options::Version};

/// What the admin API takes and shows. The names and fields are part of its interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Fault {
    Refuse {
        #[serde(default = "yes")]
        on: bool,
    },
    HalfOpen {
        #[serde(default = "yes")]
        on: bool,
    },
    Stall {
        #[serde(default = "yes")]
        on: bool,
    },
    DropPostResponses {
        #[serde(default = "one")]
        count: u32,
    },
    LoseFiles {
        #[serde(default = "one")]
        count: u32,
    },
    UploadErrors {
        statuses: Vec<u16>,
    },
    RefusePosts {
        status: Option<u16>,
    },
    RateLimited {
        #[serde(default = "yes")]
        on: bool,
    },
    Errors {
        statuses: Vec<u16>,
    },
    ReplicaLag {
        ms: u64,
    },
    SlowPosts {
        ms: u64,
    },
    DuplicateEvents {
        #[serde(default = "yes")]
        on: bool,
    },
    Deaf {
        #[serde(default = "yes")]
        on: bool,
    },
    /// Happens once; answered when the server is up again.
    Restart {
        #[serde(default)]
        down_ms: u64,
        /// Which server comes back, the same one by default.
        version: Option<Edition>,
    },
    /// Happens once.
    Purge {
        channel_id: String,
        keep: usize,
    },
    /// Happens once.
    CutSockets {},
}

/// A server version by its short number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Edition {
    #[serde(rename = "11.6")]
    V11_6,
    #[serde(rename = "5.16")]
    V5_16,
}

impl From<Edition> for Version {
    fn from(edition: Edition) -> Self {
        match edition {
            Edition::V11_6 => Self::V11_6,
            Edition::V5_16 => Self::V5_16,
        }
    }
}

impl Fault {
    /// Does what the document says; an error is the caller's.
    pub(super) async fn apply(self, app: &App) -> Result<(), String> {
        let faults: &Faults = &app.faults;
        match self {
            Self::Refuse { on } => faults.refuse(on),
            Self::HalfOpen { on } => faults.half_open(on),
            Self::Stall { on } => faults.stall(on),
            Self::DropPostResponses { count } => faults.drop_post_responses(count),
            Self::LoseFiles { count } => faults.lose_files(count),
            Self::UploadErrors { statuses } => {
                statuses_fit(&statuses)?;
                faults.upload_errors(&statuses);
            }
            Self::RefusePosts { status } => {
                statuses_fit(status.as_slice())?;
                faults.refuse_posts(status);
            }
            Self::RateLimited { on } => faults.rate_limited(on),
            Self::Errors { statuses } => {
                statuses_fit(&statuses)?;
                faults.errors(&statuses);
            }
            Self::ReplicaLag { ms } => faults.replica_lag(Duration::from_millis(ms)),
            Self::SlowPosts { ms } => faults.slow_posts(Duration::from_millis(ms)),
            Self::DuplicateEvents { on } => faults.duplicate_events(on),
            Self::Deaf { on } => faults.deaf(on),
            Self::Restart { down_ms, version } => {
                let version = version.map_or_else(|| app.version(), Version::from);
                restart(app, Duration::from_millis(down_ms), version).await;
            }
            Self::Purge { channel_id, keep } => {
                let id = Id::parse(&channel_id).ok_or("channel_id is no id")?;
                app.world().purge(id, keep);
            }
            Self::CutSockets {} => app.world().cut_sockets(),
        }
        Ok(())
    }
}

fn statuses_fit(statuses: &[u16]) -> Result<(), String> {
    match statuses.iter().find(|status| !(400..=599).contains(*status)) {
        Some(status) => Err(format!("{status} is no status of an error: 400 to 599")),
        None => Ok(()),
    }
}

fn yes() -> bool {
    true
}

fn one() -> u32 {
    1
}
