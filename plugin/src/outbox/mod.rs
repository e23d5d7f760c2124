//! From an outbound message to posts: the target, the thread, the text, in order, each once.

mod chunks;
mod create;
mod deliver;
mod echoes;
mod known;
mod lanes;
mod lookup;
mod marks;
mod media;
mod queue;
mod resolve;
mod retry;
mod target;

pub use chunks::split;
pub use echoes::Echoes;
pub use lanes::Lanes;
pub use marks::{Mark, Marks};
pub(crate) use media::Roots;
pub use queue::Outbox;
pub(crate) use queue::Parts;
pub use target::Target;
