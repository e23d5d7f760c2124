//! What is wrong with an account, as far as the server lets it be seen.

mod callbacks;
mod findings;
mod look;
mod settings;

pub(crate) use look::doctor;
