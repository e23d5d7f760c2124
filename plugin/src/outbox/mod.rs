//! From an outbound message to posts: the target, the thread, the text, in order, each once.

mod chunks;
mod create;
mod deliver;
mod dm_retry;
mod echoes;
mod known;
mod lanes;
mod lookup;
mod marks;
mod media;
mod previews;
mod queue;
mod rehearse;
mod resolve;
mod retry;
mod target;
mod worker;

pub use chunks::split;
pub(crate) use deliver::unknown_channel;
pub use echoes::Echoes;
pub use lanes::Lanes;
pub use marks::{Mark, Marks};
pub use queue::{Outbox, Parts};
pub use target::Target;
