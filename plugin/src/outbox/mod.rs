//! From an outbound message to posts: the target, the thread, the text, in order, each once.

mod alone;
mod amend;
mod asker;
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

pub(crate) use deliver::unknown_channel;
pub use echoes::Echoes;
pub use lanes::Lanes;
pub use marks::{Mark, Marks};
pub(crate) use media::Roots;
pub use queue::Outbox;
pub(crate) use queue::Parts;
pub use target::Target;
