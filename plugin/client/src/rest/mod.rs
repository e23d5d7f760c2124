//! REST calls, one family of endpoints a file.

mod body;
mod channels;
mod client;
mod clock;
mod commands;
mod failure;
mod files;
mod options;
mod pins;
mod posts;
mod reactions;
mod route;
mod search;
mod server;
mod teams;
mod users;

pub use self::client::Client;
pub use self::commands::{Command, CommandSpec};
pub(crate) use self::failure::retry_after;
pub use self::files::{Download, FileStream};
pub use self::options::Options;
pub use self::posts::{NewPost, PostPatch, PostsQuery, ThreadDirection, ThreadQuery};
pub use self::route::{Method, Route};
