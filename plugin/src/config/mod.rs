//! `channels.mattermost`: what an operator wrote, turned into accounts that can be started.
//!
//! Pure: a configuration object and the environment go in, accounts with their problems come out. The same code
//! serves the running channel and the questions that a host asks without one.

mod access;
mod account;
mod acks;
mod actions;
mod callback;
mod channel;
mod check;
mod doctor;
mod env;
mod features;
mod gateway;
mod history;
mod mention;
mod node;
mod own;
mod reliability;
mod schema;
mod secret;
mod section;
mod sending;
mod sessions;
mod table;
mod threading;
mod warnings;
mod words;

pub use access::{AccessGroup, DmPolicy, Entry, GroupPolicy, Policies, normalise};
pub use account::AccountConfig;
pub use acks::{AckScope, Acks, StatusEmojis};
pub use actions::{Actions, Pins};
pub use callback::callback_path;
pub use channel::{ChannelConfig, canonical_id};
pub use doctor::repair;
pub use env::Env;
pub use features::{Commands, Interactions};
pub use gateway::Gateway;
pub use history::{ContextVisibility, History};
pub use mention::{ChatMode, Mention, mention_pattern};
pub use own::{AllowBots, ReactionNotifications};
pub use schema::{channel_schema, plugin_schema};
pub use sending::{
    CHUNK, ChunkMode, Coalesce, CommandText, DmChannelRetry, Progress, ProgressLabel, StreamMode, Streaming,
    Tables,
};
pub use sessions::{Binding, DmScope, Peer, Sessions};
pub use threading::{ReplyMode, Threading};
