//! `sim`: the embedded Mattermost by itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use support::Home;

/// Killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn sim(home: &Home, more: &[&str]) -> Running {
    let mut command = home.command(&["sim", "--listen", "127.0.0.1:0"]);
    Running(command.args(more).stdout(Stdio::piped()).spawn().unwrap())
}

#[test]
fn a_seeded_server_says_how_it_is_used() {
    let home = Home::new();
    let mut running = sim(&home, &["--seed"]);
    let lines: Vec<String> =
        BufReader::new(running.0.stdout.take().unwrap()).lines().take(6).map(Result::unwrap).collect();
    let value = |line: &str, name: &str| line.strip_prefix(&format!("export {name}=")).unwrap().to_owned();
    let (url, token) = (value(&lines[1], "MATTERMOST_URL"), value(&lines[2], "MATTERMOST_BOT_TOKEN"));
    assert!(lines[0].contains(&url), "{lines:?}");
    for words in ["alice", "bob", "mallory", "password"] {
        assert!(lines[3].contains(words), "no {words:?} in {lines:?}");
    }
    assert!(lines[4].contains("channels add --use-env --allow-private-network"), "{lines:?}");
    home.place_mattermost();
    let mut add = home.command(&["channels", "add", "--use-env", "--allow-private-network"]);
    support::said(add.env("MATTERMOST_URL", &url).env("MATTERMOST_BOT_TOKEN", &token)).ok();
    let mut send = home.command(&["message", "send", "--channel", "mattermost", "--target", "@alice"]);
    send.args(["--message", "hi"]).env("MATTERMOST_URL", &url).env("MATTERMOST_BOT_TOKEN", token);
    support::said(&mut send).ok();
    // The last line is a command that can be copied.
    let (_, command) = lines[5].split_once(": MATTERMOST_BOT_TOKEN=").unwrap();
    let (token, command) = command.split_once(" test-host ").unwrap();
    let words: Vec<&str> = command.split(' ').collect();
    let mut speak = home.command(&words);
    speak.env("MATTERMOST_URL", &url).env("MATTERMOST_BOT_TOKEN", token);
    support::said(&mut speak).ok();
}

#[test]
fn the_machine_form_has_the_seed() {
    let home = Home::new();
    let mut running = sim(&home, &["--seed", "--json"]);
    let mut stdout = BufReader::new(running.0.stdout.take().unwrap());
    let mut text = String::new();
    while !text.ends_with("\n}\n") && stdout.read_line(&mut text).unwrap() > 0 {}
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert!(answer["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(answer["version"], "11.6.0");
    assert!(answer["seed"]["users"]["openclaw"]["token"].is_string(), "{answer:#}");
    assert!(answer["seed"]["password"].is_string(), "{answer:#}");
}

#[test]
fn an_address_that_is_taken_is_told_with_the_reason() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = home.run(&["sim", "--listen", &address]).failed(&[&address, "hint: "]);
    assert!(said.stderr.to_lowercase().contains("in use"), "{}", said.stderr);
}
