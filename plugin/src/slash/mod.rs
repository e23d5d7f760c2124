//! The server's own slash commands: which are wanted, how they come to stand on the server, and what happens when
//! somebody gives one.
//!
//! [`wanted`], [`plan`], [`checks`], [`matching`] and [`payload`] decide and are pure; [`keeper`] brings the commands onto
//! the server, [`calls`] serves what the server sends. [`book`] is what both know.

mod accepted;
mod book;
mod calls;
mod checks;
mod keeper;
mod leaving;
mod live;
mod matching;
mod once;
mod payload;
mod places;
mod plan;
mod registry;
mod removing;
mod secret;
mod team;
mod telling;
mod wanted;
mod words;

pub(crate) use book::Slash;
pub(crate) use calls::Calls;
pub(crate) use keeper::keep;
pub(crate) use leaving::leave;
