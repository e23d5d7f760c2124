//! `channels add`, `channels list` and `channels remove`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use std::process::Command;
use support::gateway::{Gateway, World};
use support::{Home, Said, said};

/// A server, and a state directory with the plugin but without a configuration.
async fn world() -> World {
    let world = World::new().await;
    std::fs::remove_file(world.home.path().join("openclaw.json")).unwrap();
    world
}

fn add(world: &World, more: &[&str]) -> Said {
    let (token, url) = (world.seed.token("openclaw"), world.sim.url());
    let local = ["channels", "add", "--token", token, "--url", &url, "--allow-private-network"];
    world.home.run(&[&local[..], more].concat())
}

fn written(home: &Home) -> Value {
    json5::from_str(&text(home)).unwrap()
}

fn text(home: &Home) -> String {
    std::fs::read_to_string(home.path().join("openclaw.json")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_yes_a_private_server_is_saved_and_what_is_missing_is_said() {
    let world = world().await;
    let (url, token) = (world.sim.url(), world.seed.token("openclaw").to_owned());
    let add = ["channels", "add", "--token", &token, "--url", &url];
    let said = world.home.run(&[&add[..], &["--yes"]].concat()).ok();
    assert!(
        said.stderr.contains("dangerouslyAllowPrivateNetwork")
            || said.stdout.contains("dangerouslyAllowPrivateNetwork")
    );
    assert_eq!(written(&world.home)["channels"]["mattermost"]["baseUrl"], json!(url));
}

// covers: S25
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_writes_is_enough_for_a_gateway() {
    let world = world().await;
    let said = add(&world, &["--dm-policy", "open", "--name", "Helper"]).ok();
    assert!(said.stdout.starts_with("✅ Added Mattermost account default: @openclaw\n"), "{}", said.stdout);
    assert!(said.stdout.contains("gateway run"), "{}", said.stdout);
    let section = &written(&world.home)["channels"]["mattermost"];
    assert_eq!(
        *section,
        json!({
            "enabled": true, "botToken": world.seed.token("openclaw"), "baseUrl": world.sim.url(), "name": "Helper",
            "dmPolicy": "open", "allowFrom": ["*"], "network": { "dangerouslyAllowPrivateNetwork": true },
        })
    );
    let _gateway = world.gateway(&[]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    world.hear(&direct, "echo: hello").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn nobody_else_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let world = world().await;
    add(&world, &[]).ok();
    let file = world.home.path().join("openclaw.json");
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn comments_and_other_keys_stay() {
    let world = world().await;
    world.home.write("openclaw.json", "// mine\n{\n  gateway: { port: 0 }, // any\n}\n");
    add(&world, &[]).ok();
    let text = text(&world.home);
    assert!(text.starts_with("// mine\n{\n  gateway: { port: 0 }, // any\n  channels: {\n"), "{text}");
    assert!(!world.home.path().join("openclaw.json.bak").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_account_moves_the_first_ones_credentials() {
    let world = world().await;
    add(&world, &["--name", "First"]).ok();
    let (token, url) = (world.seed.token("openclaw"), world.sim.url());
    let without = ["channels", "add", "--account", "My Alerts", "--url", &url];
    world.home.run(&without).failed(&["--bot-token is missing for the account my-alerts"]);
    let said = add(&world, &["--account", "My Alerts", "--json"]).ok().json();
    assert_eq!(said["changed"], false);
    assert_eq!((&said["accountId"], &said["bot"]), (&json!("my-alerts"), &json!("openclaw")));
    assert!(said["notes"][0].as_str().unwrap().contains("moved botToken, baseUrl, name to"), "{said}");
    let section = &written(&world.home)["channels"]["mattermost"];
    assert!(section.get("botToken").is_none(), "{section}");
    assert_eq!(section["accounts"]["default"]["name"], "First");
    let list = world.home.run(&["channels", "list"]).ok().stdout;
    assert_eq!(section["accounts"]["my-alerts"]["botToken"], token);
    let line = |account: &str| {
        format!("- Mattermost {account}: installed, configured, enabled, token=config, base={url}")
    };
    assert!(list.starts_with("Chat channels:\n"), "{list}");
    assert!(list.contains(&line("default (First)")) && list.contains(&line("my-alerts")), "{list}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_refuses_is_saved_only_when_told_to() {
    let world = world().await;
    let url = world.sim.url();
    let token = "wrongtokenwrongtokenwrongt";
    let wrong = ["channels", "add", "--bot-token", token, "--http-url", &url, "--allow-private-network"];
    let said = world.home.run(&wrong).failed(&["nothing was saved", "--yes saves it all the same"]);
    assert!(!said.stderr.contains("wrongtoken"), "{}", said.stderr);
    assert!(!world.home.path().join("openclaw.json").exists());
    let said = world.home.run(&[&wrong[..], &["--yes"]].concat()).ok();
    assert!(said.stderr.contains("The server does not take it"), "{}", said.stderr);
    assert_eq!(written(&world.home)["channels"]["mattermost"]["baseUrl"], url);
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let home = Home::new();
    home.place_mattermost();
    let add = |more: &[&str]| home.run(&[&["channels", "add"], more].concat());
    add(&[]).failed(&["--bot-token and --url are missing", "--use-env"]);
    add(&["--token", "t"]).failed(&["--url is missing"]);
    add(&["--token", "t", "--url", " /api/v4/ "]).failed(&["--url: the URL must be like"]);
    add(&["--token", "a b", "--url", "https://x"]).failed(&["--bot-token: a token has no blanks"]);
    add(&["--use-env", "--account", "alerts"]).failed(&["--use-env is for the account default only"]);
    add(&["--account", "alerts", "--token", "t"]).failed(&["--url is missing for the account alerts"]);
    assert_eq!(add(&["--use-env", "--token", "t"]).code, 2);
    assert!(!home.path().join("openclaw.json").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_environment_stays_in_the_environment() {
    let world = world().await;
    let mut command = world.home.command(&["channels", "add", "--use-env", "--allow-private-network"]);
    command.env("MATTERMOST_BOT_TOKEN", world.seed.token("openclaw")).env("MATTERMOST_URL", world.sim.url());
    let said = said(&mut command).ok();
    assert!(
        said.stdout.contains("@openclaw") && said.stdout.contains("from its environment"),
        "{}",
        said.stdout
    );
    let network = json!({ "dangerouslyAllowPrivateNetwork": true });
    let section = json!({ "enabled": true, "network": network });
    assert_eq!(written(&world.home), json!({ "channels": { "mattermost": section } }));
}

// covers: R07
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_in_a_private_network_is_taken_only_when_that_is_allowed() {
    let world = world().await;
    let (token, url) = (world.seed.token("openclaw"), world.sim.url());
    let add = ["channels", "add", "--token", token, "--url", &url];
    let key = "channels.mattermost.network.dangerouslyAllowPrivateNetwork";
    world.home.run(&add).failed(&[
        "nothing was saved",
        "127.0.0.1 is a loopback address",
        key,
        "--allow-private-network",
    ]);
    assert!(!world.home.path().join("openclaw.json").exists());
    assert!(world.sim.requests().iter().all(|request| !request.path.contains("users/me")));
    let account = ["--account", "alerts"];
    let said = world.home.run(&[&add[..], &account].concat());
    said.failed(&["channels.mattermost.accounts.alerts.network.dangerouslyAllowPrivateNetwork"]);
    world.home.run(&[&add[..], &account, &["--allow-private-network"]].concat()).ok();
    let section = &written(&world.home)["channels"]["mattermost"];
    assert_eq!(section["accounts"]["alerts"]["network"], json!({ "dangerouslyAllowPrivateNetwork": true }));
    assert!(section.get("network").is_none(), "{section}");
}

#[test]
fn without_the_plugin_it_says_how_to_install_it() {
    let home = Home::new();
    let mut command = home.command(&["channels", "add", "--token", "t", "--url", "https://x"]);
    let said = said(command.current_dir(env!("CARGO_MANIFEST_DIR")));
    let said = said.failed(&["the plugin of mattermost is not installed", "plugins install "]);
    assert!(said.stderr.contains("extensions/mattermost"), "{}", said.stderr);
    home.run(&["channels", "add", "--channel", "irc", "--token", "t", "--url", "https://x"])
        .failed(&["\"irc\""]);
}

#[test]
fn an_account_is_switched_off_or_removed() {
    let home = Home::new();
    home.place_mattermost();
    home.write(
        "openclaw.json",
        "{ channels: { mattermost: { accounts: { a: { name: 'A' }, b: { name: 'B' } } } } } // c",
    );
    home.run(&["channels", "remove", "--account", "A"]).ok();
    assert!(text(&home).contains("enabled: false") && text(&home).contains("// c"), "{}", text(&home));
    let said = home.run(&["channels", "remove", "--account", "b", "--delete", "--json"]).ok().json();
    assert_eq!((&said["accountId"], &said["deleted"]), (&json!("b"), &json!(true)));
    assert_eq!(
        written(&home),
        json!({ "channels": { "mattermost": { "accounts": { "a": { "name": "A", "enabled": false } } } } })
    );
    home.run(&["channels", "remove", "--account", "b"])
        .failed(&["no mattermost account \"b\"", "channels list"]);
    home.run(&["channels", "remove"]).failed(&["no mattermost account \"default\""]);
}

#[test]
fn the_list_shows_what_is_not_installed() {
    let home = Home::new();
    home.place_mattermost();
    home.config(&json!({ "channels": { "telegram": {} } }));
    let said = home.run(&["channels", "list"]).ok();
    assert!(said.stdout.contains("- telegram: configured, not installed"), "{}", said.stdout);
    assert!(said.stdout.contains("- Mattermost default: installed, not configured"), "{}", said.stdout);
    let document = home.run(&["channels", "list", "--json"]).ok().json();
    assert_eq!(
        document["channels"][1],
        json!({
            "id": "telegram", "label": "telegram", "installed": false, "problem": null, "accounts": [],
        })
    );
}

/// Runs a program at a terminal of its own and answers its questions; prints what was seen and exits as it did.
const TERMINAL: &str = r#"
import json, os, pty, sys, termios, time
talk, program = json.loads(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(program[0], program)
seen = b""
for question, answer in talk + [[None, None]]:
    while question is None or question.encode() not in seen:
        try:
            block = os.read(terminal, 4096)
        except OSError:
            block = b""
        if not block:
            break
        seen += block
        sys.stdout.buffer.write(block)
    if question is not None:
        seen = seen.split(question.encode(), 1)[-1]
        # A person is slower than the terminal.
        while "not shown" in question and termios.tcgetattr(terminal)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(terminal, answer.encode() + b"\n")
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"#;

/// Answer questions at a terminal; missing when Python is.
fn at_terminal(home: &Home, arguments: &[&str], talk: &Value) -> Option<Said> {
    let inner = home.command(arguments);
    let mut command = Command::new("python3");
    command.args(["-c", TERMINAL, &talk.to_string()]).arg(inner.get_program()).args(inner.get_args());
    for name in ["OPENCLAW_CONFIG_PATH", "OPENCLAW_STATE_DIR", "MATTERMOST_BOT_TOKEN", "MATTERMOST_URL"] {
        command.env_remove(name);
    }
    let there =
        Command::new("python3").args(["-c", "import pty"]).status().is_ok_and(|status| status.success());
    assert!(there || std::env::var_os("REQUIRE_JUDGES").is_none(), "python3 is missing");
    there.then(|| said(&mut command))
}

// covers: S25
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn at_a_terminal_it_asks_and_does_not_show_the_token() {
    let world = world().await;
    let token = world.seed.token("openclaw");
    let talk = json!([
        ["Bot token (not shown): ", token],
        ["Server URL", "nonsense"],
        ["Server URL", format!("{}/api/v4/", world.sim.url())],
        ["Policy [pairing]: ", "open"],
        ["may the bot connect to it? [y/N] ", "y"],
    ]);
    let Some(said) = at_terminal(&world.home, &["channels", "add"], &talk) else { return };
    let said = said.ok();
    assert!(said.stdout.contains("Added Mattermost account default: @openclaw"), "{}", said.stdout);
    assert!(said.stdout.contains("Bot Accounts") && !said.stdout.contains(token), "{}", said.stdout);
    let section = &written(&world.home)["channels"]["mattermost"];
    assert_eq!((&section["botToken"], &section["baseUrl"]), (&json!(token), &json!(world.sim.url())));
    assert_eq!(section["dmPolicy"], "open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn at_a_terminal_it_asks_before_it_saves_what_does_not_work_and_before_it_removes() {
    let world = world().await;
    let url = world.sim.url();
    let token = "wrongtokenwrongtokenwrongt";
    let wrong = ["channels", "add", "--token", token, "--url", &url, "--allow-private-network"];
    let Some(said) = at_terminal(&world.home, &wrong, &json!([["Save it all the same? [y/N] ", "n"]])) else {
        return;
    };
    assert_eq!(said.code, 1, "{}", said.stdout);
    assert!(!world.home.path().join("openclaw.json").exists());
    let said = at_terminal(&world.home, &wrong, &json!([["Save it all the same? [y/N] ", "y"]])).unwrap();
    assert_eq!(said.code, 0, "{}", said.stdout);
    let remove = ["channels", "remove", "--delete"];
    let said =
        at_terminal(&world.home, &remove, &json!([["Remove the mattermost account default? [y/N] ", ""]]))
            .unwrap();
    assert!(said.code == 1 && text(&world.home).contains("wrongtoken"), "{}", said.stdout);
    let said = at_terminal(&world.home, &remove, &json!([["[y/N] ", "yes"]])).unwrap();
    assert!(said.code == 0 && !text(&world.home).contains("wrongtoken"), "{}", said.stdout);
}

#[test]
#[cfg(unix)]
fn at_a_terminal_the_plugin_of_the_checkout_is_offered() {
    let home = Home::new();
    let arguments = ["channels", "add", "--token", "t", "--url", "https://x"];
    let talk = json!([["The plugin of mattermost is not installed. Install it from ", "n"]]);
    let Some(said) = at_terminal(&home, &arguments, &talk) else { return };
    assert!(said.code == 1 && said.stdout.contains("extensions/mattermost? [Y/n]"), "{}", said.stdout);
    assert!(said.stdout.contains("no plugin brings the channel"), "{}", said.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_gateway_takes_a_new_account_over() {
    let world = World::new().await;
    let mut gateway: Gateway = world.gateway(&[]).await;
    let said = add(&world, &["--account", "second"]).ok();
    assert!(said.stdout.contains("The running gateway takes it over."), "{}", said.stdout);
    let line = gateway.line("mattermost: new configuration").await;
    assert!(line.contains("started second") && line.contains("unchanged default"), "{line}");
    gateway.line("mattermost second: connected").await;
}
