//! A seeded TCP proxy that cuts, stalls, splits and loses, for tests against any server.
//!
//! [`Proxy::start`] listens and forwards to one upstream; a [`Control`] switches the faults. Two faults look into the
//! bytes: they know the requests of plain HTTP/1.1 that write a post. Anything else, TLS included, passes unread.

mod connection;
mod control;
mod proxy;
mod schedule;
mod sender;
mod sniff;
mod stats;

pub use control::Control;
pub use proxy::{Options, Proxy, ProxyError};
pub use schedule::{Fault, FaultKind, Planned, Schedule, UnknownFault};
pub use stats::Stats;
