//! An embedded, stateful Mattermost server for tests and demos.
//!
//! [`Sim::start`] listens on a loopback port and speaks the REST API and the WebSocket of a real server: permissions,
//! error bodies, event frames and the queues behind a resumed WebSocket included. Everything lives in memory and goes
//! with the [`Sim`]. [`Sim::faults`] makes it misbehave.

mod api;
mod clock;
mod errors;
mod faults;
mod ids;
mod integrations;
mod limit;
mod options;
mod request_log;
mod seed;
mod server;
mod sim;
mod sim_drafts;
mod sim_integrations;
mod sim_people;
mod sim_places;
mod state;
mod tasks;
mod views;
mod ws;

pub use errors::SimError;
pub use faults::{Faults, Instead};
pub use integrations::CallbackRecord;
pub use options::{Options, RateLimit, Version};
pub use request_log::RequestRecord;
pub use seed::{Account, Seed};
pub use sim::Sim;
pub use sim_drafts::{Draft, FileRecord};
pub use sim_integrations::{ClickOutcome, CommandOutcome, CommandRecord};
pub use sim_people::{Mark, PostRecord};
