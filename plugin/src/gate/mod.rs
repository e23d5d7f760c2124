//! Who is heard, and when the bot is meant. Pure decisions with a reason each.

mod access;
mod activation;
mod approvals;
mod code;
mod commands;
mod mention;

pub use access::{Access, Admission, Refusal, Subject, access, may_command};
pub use activation::{Activation, Active, Rules, Said};
pub use approvals::{approval, approvers};
pub use code::code;
pub use commands::Commands;
pub use mention::{contains_mention, names_a_group, strip_mentions};
