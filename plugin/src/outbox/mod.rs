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
pub(crate) use deliver::unknown_channel;
pub use echoes::Echoes;
pub use lanes::Lanes;
pub use marks::{Mark, Marks};
pub use queue::{Outbox, Parts};
pub(crate) use resolve::channel_id;
pub use target::Target;
