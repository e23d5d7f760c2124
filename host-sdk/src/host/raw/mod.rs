//! The bare C ABI, for programs that test a plugin: every call can be made with wrong arguments on purpose.
//!
//! Nothing here protects a host from a faulty plugin. A plugin that keeps the header's promises answers every call of
//! this module with a status; one that does not may crash the process, so testers call it in a process of its own.
//! Ordinary hosts use [`Library`](super::Library) and [`Instance`](super::Instance).

mod arguments;
mod call;
mod callbacks;
mod system;

pub use arguments::{Arg, EntryArgs, ErrorArg, Handle, HostArgs};
pub use call::{Outcome, Polled, RawLibrary, TableFacts, ToldError};
pub use callbacks::Callbacks;
pub use system::readable;
