//! What a client of the server sees of its posts: each one that is written, edited or deleted, when it happens.

mod change;
mod watcher;

pub use change::Change;
pub use watcher::Watcher;
