//! Setting up accounts: the rules, and the questions to a person.

mod account;
mod ask;
mod draft;
mod remove;
mod terminal;
mod wizard;

pub use account::{canonical, is_known, own};
pub use ask::yes;
pub use draft::{Credentials, Draft, apply, base_url};
pub use remove::{delete, disable};
pub use terminal::{Terminal, is_there as terminal_is_there};
pub use wizard::{ask as ask_for_rest, token};

/// The account that needs no name.
pub const DEFAULT: &str = "default";
/// What the default account may have instead of a configured token and URL.
pub const TOKEN_VARIABLE: &str = "MATTERMOST_BOT_TOKEN";
pub const URL_VARIABLE: &str = "MATTERMOST_URL";
