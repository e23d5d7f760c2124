//! What the server calls back for: clicks on buttons, slash commands. Where it calls, and who may.

mod concerns;
mod source;
mod urls;
mod warnings;

pub use concerns::{Concern, concerns};
pub use source::{Source, client_address, is_allowed, is_network};
pub use urls::{Urls, interaction_path, is_loopback_host, is_private_host};
pub use warnings::{unreadable, warnings};
