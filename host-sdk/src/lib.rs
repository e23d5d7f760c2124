//! The channel ABI in Rust, for both sides of the border.
//!
//! * [`abi`] mirrors `include/openclaw_channel.h`, field for field.
//! * [`protocol`] has one type for each JSON message that crosses.
//! * [`plugin`] (feature `plugin`) is for authors: implement [`plugin::Channel`], call [`export_channel!`].
//! * [`host`] (feature `host`) is for embedders: open a [`host::Library`], run a [`host::Instance`].
//!
//! Nothing here knows any particular chat service.

#![deny(unsafe_code)]

#[allow(unsafe_code)]
pub mod abi;
#[cfg(feature = "host")]
pub mod host;
#[cfg(feature = "plugin")]
pub mod plugin;
pub mod protocol;

pub use abi_stable;
