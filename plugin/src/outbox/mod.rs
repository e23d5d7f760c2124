//! From an outbound message to posts: the target, the thread, the text, in order.

mod chunks;
mod create;
mod deliver;
mod lanes;
mod media;
mod pending;
mod resolve;
mod target;

pub use chunks::split;
pub use deliver::Outbox;
pub use lanes::Lanes;
pub use pending::pending_post_id;
pub use target::Target;
