//! Files that go out with a message: from a path or URL to what a post lists, each once.

mod kind;
mod load;
mod mend;
mod outgoing;
mod reference;
mod roots;
mod sniff;
mod upload;

pub(super) use mend::Mending;
pub(super) use outgoing::Outgoing;
pub(super) use reference::{check, readable};
pub(crate) use roots::Roots;
pub(super) use upload::Uploads;
