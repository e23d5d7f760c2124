//! Exit codes, the form of errors, and the configuration file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use support::{Home, libraries};

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    let home = Home::new();
    for arguments in [
        &["nonsense"][..],
        &["plugins", "install"],
        &["plugins", "install", ""],
        &["gateway", "run", "--agent", "parrot"],
    ] {
        let said = home.run(arguments);
        assert_eq!(said.code, 2, "{arguments:?}");
        assert!(said.stderr.starts_with("error: ") && said.stdout.is_empty(), "{}", said.stderr);
    }
    let said = home.run(&["plugins", "install", "--json"]);
    assert_eq!(said.code, 2);
    assert!(said.json()["error"]["message"].as_str().unwrap().contains("<PATH|SPEC>"));
}

#[test]
fn help_has_the_exit_codes_and_goes_to_stdout() {
    let said = Home::new().run(&["--help"]);
    assert_eq!(said.code, 0);
    assert!(said.stdout.contains("Exit codes:") && said.stdout.contains("2  the command line is wrong"));
    assert!(!said.stdout.contains("__verify") && said.stderr.is_empty());
}

#[test]
fn help_has_the_global_options_under_a_heading_of_their_own() {
    let said = Home::new().run(&["message", "send", "--help"]).ok();
    let (own, global) = said.stdout.split_once("Global options:").unwrap();
    for option in ["--config", "--state-dir", "--json", "--log-level"] {
        assert!(!own.contains(option) && global.contains(option), "{option} in {}", said.stdout);
    }
}

#[test]
fn with_json_an_error_is_a_document_too() {
    let said = Home::new().run(&["plugins", "inspect", "x", "--json"]).failed(&["no plugin \"x\"", "hint: "]);
    let error = said.json();
    assert_eq!(error["ok"], false);
    assert!(error["error"]["message"].as_str().unwrap().contains("no plugin \"x\""));
    assert!(error["error"]["hint"].as_str().unwrap().contains("plugins list"));
}

fn send(home: &Home) -> support::Said {
    home.run(&["message", "send", "--channel", "echo", "--target", "room:a", "--message", "x"])
}

#[test]
fn a_malformed_configuration_is_told_with_its_place_and_without_its_secrets() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    let path =
        home.write("openclaw.json", "{\n  channels: {\n    a: { botToken: \"s3cret\" b: 1 },\n  },\n}\n");
    let said = send(&home).failed(&[&format!("{}:3:29: expected comma", path.display()), "^", "hint: "]);
    assert!(!said.stderr.contains("s3cret"), "{}", said.stderr);
}

#[test]
fn a_malformed_configuration_shows_no_token_wherever_it_stands() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    for text in [
        "{ channels: { a: { botToken: 7qbf35fx8h } } }",
        "{ channels: { a 1 } } // the old one: 7qbf35fx8h",
        "{ channels: { q7bf35fx8h 1 } }",
    ] {
        home.write("openclaw.json", text);
        let said = home.run(&["channels", "status", "--json"]).failed(&["openclaw.json:1:", "^", "hint: "]);
        let all = format!("{}{}", said.stdout, said.stderr);
        assert!(!all.contains("bf35fx8h"), "{text}: {all}");
    }
}

#[test]
fn an_empty_configuration_file_is_an_empty_configuration_and_a_directory_is_none() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    home.write("openclaw.json", "\n");
    send(&home).ok();
    let folder = home.path().to_str().unwrap();
    home.run(&["--config", folder, "channels", "status"]).failed(&["is a directory", "hint: name the file"]);
}

#[test]
fn a_configuration_must_be_an_object() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    home.write("openclaw.json", "[1]");
    send(&home).failed(&["must be an object"]);
}

#[test]
fn a_variable_that_is_not_set_is_named_with_its_key() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    home.write("openclaw.json", "{ channels: { echo: { botToken: '${NO_SUCH_VARIABLE}' } } }");
    send(&home).failed(&["channels.echo.botToken", "NO_SUCH_VARIABLE"]);
}

#[test]
fn without_a_configuration_file_everything_works_but_a_named_one_must_exist() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    send(&home).ok();
    home.run(&["--config", "/no/such/file", "channels", "status"]).failed(&["/no/such/file does not exist"]);
}

#[test]
fn the_environment_names_state_directory_and_configuration() {
    let home = Home::new();
    let other = Home::new();
    let mut command = std::process::Command::new(support::PROGRAM);
    command.args(["plugins", "install"]).arg(libraries::echo()).env("OPENCLAW_STATE_DIR", home.path());
    support::said(&mut command).ok();
    assert!(home.extension("echo").is_dir());
    let config = other.write("other.json", "{ broken");
    let mut command = std::process::Command::new(support::PROGRAM);
    command
        .args(["channels", "status"])
        .env("OPENCLAW_STATE_DIR", home.path())
        .env("OPENCLAW_CONFIG_PATH", &config);
    support::said(&mut command).failed(&["other.json:1:"]);
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    let home = Home::new();
    let mut child = home.command(&["plugins", "list"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().code().is_some_and(|code| code == 0));
}

#[test]
#[cfg(target_os = "linux")]
fn an_answer_that_cannot_be_written_is_a_failure() {
    for arguments in [&["plugins", "list"][..], &["--help"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = Home::new().command(arguments).stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("error: the answer cannot be written to stdout"), "{said}");
    }
}

#[test]
fn a_library_that_cannot_be_loaded_is_told_once_by_its_check() {
    let home = Home::new();
    let path = home.write(&libraries::file_name("nonsense"), "no library at all");
    let said = home.run(&["abi", "check", path.to_str().unwrap()]).failed(&["cannot be loaded", "hint: "]);
    assert!(said.stdout.is_empty(), "{}", said.stdout);
}

#[test]
fn a_check_that_does_not_exist_is_answered_with_the_nearest() {
    let home = Home::new();
    let echo = libraries::echo();
    let known =
        home.run(&["abi", "check", echo.to_str().unwrap(), "--only", "x"]).failed(&["no check \"x\""]);
    let name = known.stderr.split("choose one of ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    home.run(&["abi", "check", echo.to_str().unwrap(), "--only", &format!("{name}s")])
        .failed(&[&format!("did you mean {name}?")]);
}
