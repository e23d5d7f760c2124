//! `plugins list`, `inspect` and `uninstall`, and plugins that were put there by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::json;
use support::{Home, libraries};

#[test]
fn without_plugins_the_list_says_how_to_install_one() {
    let said = Home::new().run(&["plugins", "list"]).ok();
    assert!(said.stdout.contains("No plugins") && said.stdout.contains("plugins install"), "{}", said.stdout);
    assert_eq!(Home::new().run(&["plugins", "list", "--json"]).ok().json(), json!({ "plugins": [] }));
}

#[test]
fn a_dropped_library_is_found_listed_and_used() {
    let home = Home::new();
    std::fs::create_dir_all(home.extension("")).unwrap();
    std::fs::copy(libraries::echo(), home.extension(&libraries::file_name("anything"))).unwrap();
    let said = home.run(&["plugins", "list"]).ok();
    assert!(said.stdout.contains("echo") && said.stdout.contains("dropped library"), "{}", said.stdout);
    home.run(&["message", "send", "--channel", "echo", "--target", "room:a", "--message", "x"]).ok();
    home.run(&["plugins", "uninstall", "echo"]).ok();
    assert!(!home.extension(&libraries::file_name("anything")).exists());
}

#[test]
fn a_folder_copied_by_hand_is_found() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    std::fs::remove_file(home.extension("echo").join("install.json")).unwrap();
    let plugin = home.run(&["plugins", "inspect", "echo", "--json"]).ok().json();
    assert_eq!((&plugin["origin"], &plugin["status"]), (&json!("copied folder"), &json!("enabled")));
    home.run(&["message", "send", "--channel", "echo", "--target", "room:a", "--message", "x"]).ok();
}

#[test]
fn a_plugin_that_is_there_twice_is_used_once() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    std::fs::copy(libraries::echo(), home.extension(&libraries::file_name("second"))).unwrap();
    let plugins = home.run(&["plugins", "list", "--json"]).ok().json();
    assert_eq!(plugins["plugins"][0]["status"], "enabled");
    assert_eq!(plugins["plugins"][1]["status"], "broken");
}

#[test]
fn inspect_tells_where_it_came_from_and_whether_it_was_changed() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    let said = home.run(&["plugins", "inspect", "echo"]).ok();
    for words in ["id: echo", "Status:", "Version:", "SHA-256:", "Source:", "Installed at:"] {
        assert!(said.stdout.contains(words), "no {words:?} in {}", said.stdout);
    }
    assert!(!said.stdout.contains("changed since"));
    let library = home.extension("echo").join("native").join(libraries::file_name("echo_channel"));
    let mut bytes = std::fs::read(&library).unwrap();
    bytes.push(0);
    std::fs::write(&library, bytes).unwrap();
    assert!(home.run(&["plugins", "inspect", "echo"]).ok().stdout.contains("changed since the install"));
    let listed = home.run(&["plugins", "list"]).ok();
    assert!(listed.stdout.contains("enabled, changed"), "{}", listed.stdout);
}

#[test]
fn a_plugin_without_its_library_is_shown_as_broken_with_the_way_out() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    std::fs::remove_dir_all(home.extension("echo").join("native")).unwrap();
    let said = home.run(&["plugins", "inspect", "echo"]).ok();
    for words in ["broken", "Problem:", "Way out:"] {
        assert!(said.stdout.contains(words), "no {words:?} in {}", said.stdout);
    }
}

#[test]
fn an_unknown_id_is_answered_with_those_that_are_there() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    home.run(&["plugins", "inspect", "eko"]).failed(&["no plugin \"eko\"", "there are: echo"]);
    home.run(&["plugins", "uninstall", "eko"]).failed(&["no plugin \"eko\""]);
}

#[test]
fn uninstall_says_what_it_removed_and_keeps_configuration_and_state() {
    let home = Home::new();
    home.config(&json!({ "channels": { "echo": { "a": 1 } } }));
    home.write("channels/echo/journal", "");
    home.install(&libraries::echo()).ok();
    let said = home.run(&["plugins", "uninstall", "echo"]).ok();
    assert!(said.stdout.contains("Uninstalled plugin: echo"), "{}", said.stdout);
    assert!(said.stdout.contains("kept channels.echo"), "{}", said.stdout);
    assert!(!home.extension("echo").exists());
    assert!(home.path().join("channels/echo/journal").exists());
    assert!(std::fs::read_to_string(home.path().join("openclaw.json")).unwrap().contains("echo"));
}

#[test]
fn a_plugin_that_is_switched_off_is_shown_as_disabled() {
    let home = Home::new();
    home.config(&json!({ "plugins": { "entries": { "echo": { "enabled": false } } } }));
    home.install(&libraries::echo()).ok();
    let plugin = home.run(&["plugins", "inspect", "echo", "--json"]).ok().json();
    assert_eq!(plugin["status"], "disabled");
}
