//! Why a route is not served.

/// A route that is not served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path {} is not served: {problem}", shown(path))]
pub struct RefusedRoute {
    /// The path, as the plugin named it.
    pub path: String,
    /// Why.
    pub problem: RouteProblem,
}

/// Why a route is not served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteProblem {
    /// Another instance has it, and keeps it.
    #[error("{by} has it already; give one of the two another path")]
    Taken {
        /// The other's name.
        by: String,
    },
    /// The host itself serves it.
    #[error("it is the host's own; choose another one")]
    Reserved,
    /// The same plugin names it twice at once; the first counts.
    #[error("it is named twice; only the first counts")]
    Repeated,
    /// No request could ever have it.
    #[error(
        "it is no path; it must begin with a slash and have at most 1024 visible ASCII characters, without a \
         question mark and a number sign"
    )]
    NotAPath,
    /// It allows no request at all.
    #[error("max_in_flight is 0; allow at least one request")]
    NoRoom,
    /// One instance has as many as it may have.
    #[error("an instance may have 256 routes at most; share one path between accounts")]
    TooMany,
}

/// A plugin's word in a line of a log.
fn shown(path: &str) -> String {
    path.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
