//! Where connections may go: the rules, and the only ways in which this crate finds and opens an address.

mod address;
mod connect;
mod policy;
mod redirect;
mod resolve;

pub(crate) use self::connect::{ConnectError, connect};
pub use self::policy::{NetworkPolicy, RefusedAddress};
pub(crate) use self::redirect::{Trail, same_origin};
pub(crate) use self::resolve::Guarded;
