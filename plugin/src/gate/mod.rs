//! Who is heard, and when the bot is meant. Pure decisions with a reason each.

mod access;
mod activation;
mod mention;

pub use access::{Refusal, access};
pub use activation::{Activation, Active, activation};
pub use mention::{contains_mention, strip_mentions};
