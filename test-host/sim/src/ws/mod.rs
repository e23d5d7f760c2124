//! The WebSocket: events, their way to the connections, and the connections themselves.

mod event;
mod handshake;
mod hub;
mod link;
mod requests;
mod resume;
mod route;
mod socket;

pub(crate) use event::{Broadcast, Event, Extras};
pub(crate) use hub::Hub;
pub(crate) use link::Link;
pub(crate) use route::websocket;
