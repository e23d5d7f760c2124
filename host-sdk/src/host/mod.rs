//! For embedders: open a [`Library`], create an [`Instance`], talk to it with typed calls, read its [`Events`].
//! A [`registry`] keeps installed plugins, [`http`] hands HTTP requests over; [`raw`] is for programs that test one.

mod error;
#[allow(unsafe_code)]
mod ffi;
pub mod http;
mod instance;
mod library;
mod pending;
#[allow(unsafe_code)]
pub mod raw;
pub mod registry;

pub use error::LoadError;
pub use instance::{Events, Instance, LogHook, LogLine};
pub use library::{Library, LibraryInfo};
