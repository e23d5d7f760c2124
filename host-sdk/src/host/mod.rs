//! For embedders: open a [`Library`], create an [`Instance`], talk to it with typed calls, read its [`Events`].

mod error;
#[allow(unsafe_code)]
mod ffi;
mod instance;
mod library;
mod pending;

pub use error::LoadError;
pub use instance::{Events, Instance, LogHook, LogLine};
pub use library::{Library, LibraryInfo};
