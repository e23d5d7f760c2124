//! The gateway: every installed channel, an agent, and an HTTP server for the channels' routes and the other commands.

mod commands;
mod control;
mod control_file;
mod hints;
mod house;
mod http;
mod inquiries;
mod lanes;
mod names;
mod notes;
mod questions;
mod reload;
mod remote;
mod run;
mod signs;
mod skills;
mod start;
mod turn;
mod watch;
mod wish;

pub use control::{ChannelReport, GatewayStatus};
pub use control_file::{ControlFile, Presence};
pub use http::Bind;
pub use remote::forward;
pub use run::run;
pub use start::init;
pub use turn::Acknowledging;
