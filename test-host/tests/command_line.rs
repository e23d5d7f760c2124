//! Exit codes, the form of errors, and the configuration file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use support::{Home, libraries};

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    let home = Home::new();
    for arguments in [&["nonsense"][..], &["plugins", "install"], &["gateway", "run", "--agent", "parrot"]] {
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
