//! How large a file may be.

use crate::config::AccountConfig;

const MIB: u64 = 1024 * 1024;
/// Sound and pictures that move.
const MOVING: u64 = 16 * MIB;
/// Everything else: documents, and images, which go out as they are. The server's usual limit; one with a lower limit says
/// so itself.
pub(super) const REST: u64 = 100 * MIB;

/// How many bytes a file of a type may have, and what to tell somebody whose file has more.
pub(super) fn limit(account: &AccountConfig, mime: &str) -> (u64, String) {
    let moving = mime.starts_with("audio/") || mime.starts_with("video/");
    match account.media_max_configured {
        Some(limit) => (limit, format!("mediaMaxMb allows {}", mib(limit))),
        None if moving => {
            (MOVING, format!("audio and video may have {}; mediaMaxMb allows more", mib(MOVING)))
        }
        None => (REST, format!("a file may have {}; mediaMaxMb allows more", mib(REST))),
    }
}

/// The most that is read before the type is known.
pub(super) fn most(account: &AccountConfig) -> u64 {
    account.media_max_configured.unwrap_or(REST)
}

/// A size as a person reads it.
#[allow(clippy::cast_precision_loss)]
pub(super) fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / MIB as f64)
}
