//! What the README and the guides say is true of the program.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

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
