//! A fake Mattermost server for tests: scripted HTTP answers, and WebSockets handed to the test.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "shared test support")]

pub mod http;
pub mod recordings;
pub mod server;
pub mod sim;
pub mod socket;

use mattermost_client::{Client, Options, ServerUrl, Token};

/// A token as the server makes them.
pub const TOKEN: &str = "k7ffq6ujsbyyzd8n1uy4mf3g1o";

/// A client for a fake server.
pub fn client(url: &str) -> Client {
    client_with(url, Options::default())
}

/// The same with other options.
pub fn client_with(url: &str, options: Options) -> Client {
    Client::new(ServerUrl::parse(url).unwrap(), Token::new(TOKEN).unwrap(), options).unwrap()
}
