//! What people do instead of writing: clicks on buttons, slash commands. It arrives at the host's HTTP server, which
//! hands it over; the same rules as for messages decide who is heard.
//!
//! Such requests exist nowhere else: what is accepted is durable before it is answered.

mod answer;
mod clicks;
mod complaints;
mod door;
mod people;
mod routes;
mod standing;
mod synthetic;
mod tickets;

pub(crate) use answer::{and_header, closing, ephemeral, json, seen_by_clicker, text};
pub(crate) use clicks::{Claims, Click, Clicks, Winner, change, resumed};
pub(crate) use complaints::Complaints;
pub(crate) use door::Door;
pub(crate) use people::{People, Person, Room};
pub(crate) use standing::{Pairing, Standing, standing};
pub(crate) use synthetic::{Deed, Place, key_of, message};
