//! What can go wrong with a REST call.

mod kind;
mod network;
mod rest;

pub use self::kind::{ErrorKind, NetworkErrorKind};
pub(crate) use self::network::{classify_io, classify_request};
pub use self::rest::Error;
pub(crate) use self::rest::{RequestLine, refused};
