//! The Mattermost channel.
//!
//! From the wire to the host: `mattermost-client` hears a post, [`intake`] makes an inbound message of it if
//! [`gate`] lets it through, [`account`] hands it to the host; [`catchup`] reads what the socket may not have told,
//! `turns` keeps what the host has not settled. From the host to the wire: [`outbox`] finds the channel that a target
//! means and posts, in order and once; [`preview`] is what it shows while an answer is being written. [`actions`] does
//! what agents and operators want done with messages that stand already, [`acks`] shows by reactions how far a turn is.
//! [`store`] is the journal of all of it, [`brake`] what a server that asks to slow down
//! gets. [`buttons`] makes and signs what people can click. The server's own requests, which the host takes and passes on:
//! [`callbacks`] says where they arrive and whose address may send them, `interactive` is a click from its request to its
//! effect, `picker` the buttons that choose a model, `slash` registers slash commands and makes messages of those that
//! people give. `channel` is the glue to the ABI; everything below it knows nothing of C.

#![deny(unsafe_code)]

pub mod account;
pub mod acks;
pub mod actions;
pub mod brake;
pub mod buttons;
pub mod callbacks;
pub mod catchup;
mod channel;
pub mod config;
mod directory;
mod error;
mod export;
pub mod gate;
mod ids;
pub mod intake;
mod interactive;
pub mod outbox;
mod picker;
pub mod preview;
mod query;
mod quoted;
pub mod sequence;
mod slash;
pub mod status;
pub mod store;
pub mod text;
pub mod turn;
mod turns;
mod typing;

pub use buttons::build_button_attachments;
pub use channel::Mattermost;
