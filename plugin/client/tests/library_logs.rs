//! No library below this crate logs the token, whatever level is asked for.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::sync::Mutex;

use log::{LevelFilter, Log, Metadata, Record};
use mattermost_client::connection;
use support::server::{FakeServer, open_doors};
use support::{TOKEN, client};

struct Lines(Mutex<Vec<String>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.0.lock().unwrap().push(format!("{} {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

#[tokio::test]
async fn the_token_is_in_no_log_line() {
    log::set_logger(&LINES).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let mut server = FakeServer::start(open_doors).await;
    let client = client(&server.url);
    client.me().await.unwrap();
    let (connection, _events) = connection::spawn(client, connection::Options::default());
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    tokio::join!(connection.stop(), socket.close_frame());
    let lines = LINES.0.lock().unwrap();
    assert!(!lines.is_empty(), "the libraries log");
    for line in lines.iter() {
        assert!(!line.contains(TOKEN), "{line}");
    }
}
