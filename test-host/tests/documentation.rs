//! What the README and the guides say is true of the program.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{DeliveryKind, Outbound};
use std::path::{Path, PathBuf};
use support::{Home, said};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The fenced blocks of a language in a Markdown file.
fn blocks(file: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository().join(file)).unwrap();
    let fence = format!("```{language}\n");
    let blocks: Vec<String> =
        text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect();
    assert!(!blocks.is_empty(), "{file} has no {language} block");
    blocks
}

#[test]
fn the_readmes_configuration_is_accepted_as_it_stands() {
    for block in blocks("README.md", "json5") {
        let home = Home::new();
        home.place_mattermost();
        home.write("openclaw.json", &block);
        let status = said(
            home.command(&["channels", "status", "--json"])
                .env("MATTERMOST_BOT_TOKEN", "a-token-for-the-readme"),
        )
        .ok()
        .json();
        let account = &status["channelAccounts"]["mattermost"][0];
        assert_eq!(account["configured"], true, "{status:#}");
        assert_eq!(account["baseUrl"], "https://chat.example.com", "{status:#}");
    }
}

#[test]
fn the_configuration_for_callbacks_is_accepted_as_it_stands() {
    for block in ["docs/http.md", "docs/slash-commands.md"].iter().flat_map(|file| blocks(file, "json5")) {
        let home = Home::new();
        home.place_mattermost();
        let mut config: serde_json::Value = json5::from_str(&block).unwrap();
        config["channels"]["mattermost"]["baseUrl"] = "https://chat.example.com".into();
        config["channels"]["mattermost"]["botToken"] = "a-token-for-the-guide".into();
        home.config(&config);
        let status = home.run(&["channels", "status", "--json"]).ok().json();
        let account = &status["channelAccounts"]["mattermost"][0];
        assert_eq!(
            (&account["configured"], &account["problem"]),
            (&true.into(), &serde_json::Value::Null),
            "{status:#}"
        );
    }
}

#[test]
fn every_command_that_the_readme_names_is_in_the_grammar() {
    let text = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let commands =
        text.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|row| row.split('`').next());
    let mut seen = 0;
    for command in commands {
        let words: Vec<&str> = command
            .split_whitespace()
            .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase()))
            .collect();
        if words.is_empty() {
            continue;
        }
        let home = Home::new();
        let help = home.run(&[words.as_slice(), &["--help"]].concat()).ok();
        assert!(help.stdout.contains("Usage: test-host"), "{command}: {}", help.stdout);
        seen += 1;
    }
    assert!(seen >= 6, "the README's table of commands was not found");
}

/// The commands in the guides' examples, without their options.
fn commands(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches("$ "));
    let commands = lines.filter_map(|line| line.strip_prefix("test-host "));
    let word =
        |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-');
    commands.map(|command| command.split_whitespace().take_while(word).collect()).collect()
}

#[test]
fn the_guides_commands_are_in_the_grammar() {
    let mut seen = 0;
    for file in ["docs/actions.md", "docs/targets.md", "docs/streaming.md"] {
        let text = std::fs::read_to_string(repository().join(file)).unwrap();
        for command in commands(&text) {
            let help = Home::new().run(&[command.as_slice(), &["--help"]].concat()).ok();
            let usage = format!("Usage: test-host {}", command.join(" "));
            assert!(help.stdout.contains(&usage), "{file}: {command:?}: {}", help.stdout);
            seen += 1;
        }
    }
    assert!(seen >= 13, "the guides' commands were not found");
}

#[test]
fn the_guides_configuration_of_previews_is_accepted_and_complete() {
    for block in blocks("docs/streaming.md", "json5") {
        let home = Home::new();
        home.place_mattermost();
        home.write("openclaw.json", &block);
        let status = said(
            home.command(&["channels", "status", "--json"])
                .env("MATTERMOST_URL", "https://chat.example.com")
                .env("MATTERMOST_BOT_TOKEN", "a-token-for-the-guide"),
        )
        .ok();
        assert_eq!(
            status.json()["channelAccounts"]["mattermost"][0]["configured"],
            true,
            "{}",
            status.stdout
        );
        assert!(!status.stderr.contains("streaming"), "{}", status.stderr);
    }
}

#[test]
fn the_guides_deliveries_are_messages_of_the_border() {
    let kinds: Vec<DeliveryKind> = blocks("docs/streaming.md", "json")
        .iter()
        .map(|block| Outbound::parse(block).unwrap_or_else(|error| panic!("{block}: {error}")).kind)
        .collect();
    assert_eq!(kinds, [DeliveryKind::Tool, DeliveryKind::Partial]);
}

#[test]
fn the_guides_links_lead_somewhere() {
    let mut seen = 0;
    let guides = std::fs::read_dir(repository().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = guides.filter(|page| page.extension().is_some_and(|kind| kind == "md"));
    for page in pages.chain([repository().join("README.md")]) {
        let text = std::fs::read_to_string(&page).unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ', '\n']).next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let file = link.split('#').next().unwrap_or_default();
            assert!(page.parent().unwrap().join(file).exists(), "{}: {link}", page.display());
            seen += 1;
        }
    }
    assert!(seen >= 30, "the links were not found");
}
