//! `demo`: the first thing that anybody runs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::process::Stdio;
use support::{Home, libraries, said};

/// A demo whose temporary directory lies in `home`.
fn demo(home: &Home, more: &[&str]) -> std::process::Command {
    let mut command = home.command(&["demo"]);
    command.arg("--plugin").arg(libraries::mattermost()).args(more);
    command.env("TMPDIR", home.path()).env("TEMP", home.path());
    command
}

fn left_behind(home: &Home) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn it_shows_a_conversation_and_leaves_nothing() {
    let home = Home::new();
    let said = said(&mut demo(&home, &[])).ok();
    for words in
        ["Gateway connected as @openclaw", "#general thread", "echo: what is for lunch?", "DM to answer"]
    {
        assert!(said.stdout.contains(words), "no {words:?} in {}", said.stdout);
    }
    assert!(left_behind(&home).is_empty(), "{:?}", left_behind(&home));
}

#[test]
fn the_machine_form_has_the_same() {
    let home = Home::new();
    let document = said(&mut demo(&home, &["--json"])).ok().json();
    assert_eq!(document["conversation"].as_array().unwrap().len(), 3);
    assert!(document["figures"]["dm_to_answer_median_ms"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_stream_is_told_as_a_client_sees_it_until_the_whole_answer_stands() {
    let home = Home::new();
    let document = said(&mut demo(&home, &["--stream", "--json"])).ok().json();
    let timeline = document["timeline"].as_array().unwrap();
    let (first, bot) = timeline.split_first().unwrap();
    assert_eq!((&first["event"], &first["user"]), (&"posted".into(), &"alice".into()));
    // One post, which grows until it is the answer.
    let events: Vec<&str> = bot.iter().map(|change| change["event"].as_str().unwrap()).collect();
    assert!(events[0] == "posted" && events[1..].iter().all(|event| *event == "edited"), "{events:?}");
    assert!(events.len() >= 4, "{events:?}");
    assert!(bot.iter().all(|change| change["post_id"] == bot[0]["post_id"] && change["user"] == "openclaw"));
    let text = |change: &serde_json::Value| change["text"].as_str().unwrap().to_owned();
    assert!(bot.iter().any(|change| text(change).contains("canteen's menu")), "{bot:?}");
    assert!(text(bot.last().unwrap()).ends_with("from 11:30 to 14:00."), "{bot:?}");
    let times: Vec<u64> = timeline.iter().map(|change| change["at_ms"].as_u64().unwrap()).collect();
    assert!(times.is_sorted() && *times.last().unwrap() > 1_000, "{times:?}");
    assert!(left_behind(&home).is_empty(), "{:?}", left_behind(&home));
}

#[test]
fn each_way_to_stream_can_be_looked_at() {
    for mode in ["off", "block", "progress"] {
        let home = Home::new();
        let said = said(&mut demo(&home, &["--stream", mode])).ok();
        assert!(
            said.stdout.contains("t+0.") && said.stdout.contains("from 11:30 to 14:00."),
            "{}",
            said.stdout
        );
        let edits = said.stdout.contains("edited   @openclaw");
        assert_eq!(edits, mode != "off", "{mode}: {}", said.stdout);
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_and_nothing_is_left() {
    let home = Home::new();
    let mut child = demo(&home, &[]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(left_behind(&home).is_empty(), "{:?}", left_behind(&home));
}

#[test]
fn a_plugin_of_another_channel_is_refused() {
    let home = Home::new();
    let mut command = home.command(&["demo"]);
    command.arg("--plugin").arg(libraries::echo()).env("TMPDIR", home.path()).env("TEMP", home.path());
    said(&mut command).failed(&["needs the plugin \"mattermost\"", "this one is \"echo\"", "hint: "]);
    assert!(left_behind(&home).is_empty(), "{:?}", left_behind(&home));
    let folder = Home::new();
    folder.write("openclaw.plugin.json", r#"{ "id": "other" }"#);
    said(home.command(&["demo"]).arg("--plugin").arg(folder.path())).failed(&["this one is \"other\""]);
}

#[test]
fn a_plugin_that_cannot_be_installed_is_told() {
    let home = Home::new();
    let mut command = home.command(&["demo", "--plugin", "/no/such/plugin"]);
    said(command.env("TMPDIR", home.path()))
        .failed(&["/no/such/plugin does not exist", "could not be installed"]);
    assert!(left_behind(&home).is_empty(), "{:?}", left_behind(&home));
}

#[test]
#[cfg(unix)]
fn an_interrupt_at_any_moment_leaves_nothing() {
    for after in [30, 200, 800, 1_500] {
        let home = Home::new();
        let mut child = demo(&home, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(after));
        let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        child.wait().unwrap();
        assert!(left_behind(&home).is_empty(), "after {after} ms: {:?}", left_behind(&home));
        // Processes of the demo have its directory in their command lines.
        let processes = std::process::Command::new("ps").args(["-eo", "args"]).output().unwrap();
        let processes = String::from_utf8_lossy(&processes.stdout).into_owned();
        assert!(!processes.contains(home.path().to_str().unwrap()), "after {after} ms:\n{processes}");
    }
}
