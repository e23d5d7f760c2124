//! Providers of secrets, files and commands.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use crate::secrets::resolve;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const SECRET: &str = "s3cr3t-t0k3n";

fn file(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

/// What becomes of a reference to this provider.
async fn outcome(provider: Value, id: &str) -> Result<String, String> {
    let source = provider["source"].clone();
    let reference = json!({ "source": source, "provider": "p", "id": id });
    let mut config = json!({
        "channels": { "m": { "botToken": reference } }, "secrets": { "providers": { "p": provider } },
    });
    let unresolved = resolve(&mut config).await;
    let value = &config["channels"]["m"]["botToken"];
    match unresolved.as_slice() {
        [] => Ok(value.as_str().unwrap().to_owned()),
        [one] => {
            assert_eq!((one.key.as_str(), value), ("channels.m.botToken", &reference));
            assert!(!one.why.contains(SECRET), "{}", one.why);
            Err(one.why.clone())
        }
        more => unreachable!("{more:?}"),
    }
}

#[tokio::test]
async fn a_file_has_its_secrets_at_json_pointers() {
    let dir = tempfile::tempdir().unwrap();
    let text = json!({ "a/b": { "token": SECRET }, "number": 1 }).to_string();
    let path = file(dir.path(), "s.json", &text, 0o600);
    let provider = json!({ "source": "file", "path": path });
    assert_eq!(outcome(provider.clone(), "/a~1b/token").await.unwrap(), SECRET);
    assert!(outcome(provider.clone(), "/nope").await.unwrap_err().contains("has no /nope"));
    assert!(outcome(provider.clone(), "/number").await.unwrap_err().contains("is not a text"));
    assert!(outcome(provider, "value").await.unwrap_err().contains("JSON pointer"));
    let broken = file(dir.path(), "b.json", &format!("{{ {SECRET}"), 0o600);
    let why = outcome(json!({ "source": "file", "path": broken }), "/x").await.unwrap_err();
    assert!(why.contains("b.json:1:3 is not JSON"), "{why}");
}

#[tokio::test]
async fn a_file_may_be_the_secret_itself() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "token", &format!("{SECRET}\n"), 0o600);
    let provider = json!({ "source": "file", "path": path, "mode": "singleValue" });
    assert_eq!(outcome(provider.clone(), "value").await.unwrap(), SECRET);
    assert!(outcome(provider, "other").await.unwrap_err().contains("must be \"value\""));
    let small = json!({ "source": "file", "path": path, "mode": "singleValue", "maxBytes": 3 });
    assert!(outcome(small, "value").await.unwrap_err().contains("more than 3 bytes"));
}

#[tokio::test]
async fn a_file_that_others_can_read_is_refused_unless_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "token", SECRET, 0o644);
    let mut provider = json!({ "source": "file", "path": path, "mode": "singleValue" });
    assert!(
        outcome(provider.clone(), "value").await.unwrap_err().contains("can be read by others; chmod 600")
    );
    provider["allowInsecurePath"] = json!(true);
    assert_eq!(outcome(provider, "value").await.unwrap(), SECRET);
}

#[tokio::test]
async fn a_command_is_asked_without_a_shell_and_without_the_environment() {
    let dir = tempfile::tempdir().unwrap();
    let script = format!(
        "#!/bin/sh\nread -r line\ncase \"$line\" in *'\"protocolVersion\":1'*) ;; *) exit 7;; esac\n\
         echo '{{\"protocolVersion\":1,\"values\":{{\"bot\":\"{SECRET}'$1-$GIVEN-$CARGO_MANIFEST_DIR'\"}},\
         \"errors\":{{\"lost\":{{\"message\":\"not found\"}},\"leak\":{{\"message\":\"{SECRET}\"}}}}}}'\n"
    );
    let command = file(dir.path(), "vault", &script, 0o755);
    let provider = json!({ "source": "exec", "command": command, "args": ["; x"], "env": { "GIVEN": "g" } });
    assert_eq!(outcome(provider.clone(), "bot").await.unwrap(), format!("{SECRET}; x-g-"));
    let why = outcome(provider.clone(), "lost").await.unwrap_err();
    assert!(why.ends_with("does not give \"lost\": not found"), "{why}");
    let mut leaky = provider.clone();
    leaky["args"] = json!([]);
    leaky["env"] = json!({});
    assert!(outcome(leaky, "other").await.unwrap_err().contains("no such secret"));
    let mut passing = provider;
    passing["passEnv"] = json!(["CARGO_MANIFEST_DIR"]);
    assert!(outcome(passing, "bot").await.unwrap().contains("test-host"));
}

#[tokio::test]
async fn a_command_that_prints_the_secret_only_must_be_allowed_to() {
    let dir = tempfile::tempdir().unwrap();
    let command = file(dir.path(), "op", &format!("#!/bin/sh\necho {SECRET}\n"), 0o755);
    let mut provider = json!({ "source": "exec", "command": command });
    assert!(outcome(provider.clone(), "value").await.unwrap_err().contains("JSON object"));
    provider["jsonOnly"] = json!(false);
    assert_eq!(outcome(provider, "value").await.unwrap(), SECRET);
}

#[tokio::test]
async fn a_command_that_hangs_floods_or_fails_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let start = Instant::now();
    for (name, script, reason) in [
        ("hangs", "#!/bin/sh\nsleep 60\n", "took too long"),
        ("floods", "#!/bin/sh\nexec yes\n", "said too much"),
        ("fails", "#!/bin/sh\nexit 3\n", "ended with exit status: 3"),
    ] {
        let command = file(dir.path(), name, script, 0o755);
        let provider = json!({ "source": "exec", "command": command, "timeoutMs": 2000 });
        let why = outcome(provider, "x").await.unwrap_err();
        assert!(why.contains(reason), "{why}");
    }
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_command_must_be_named_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let command = file(dir.path(), "op", &format!("#!/bin/sh\necho {SECRET}\n"), 0o755);
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&command, &link).unwrap();
    let mut provider = json!({ "source": "exec", "command": link, "jsonOnly": false });
    assert!(outcome(provider.clone(), "x").await.unwrap_err().contains("allowSymlinkCommand"));
    provider["allowSymlinkCommand"] = json!(true);
    assert_eq!(outcome(provider.clone(), "x").await.unwrap(), SECRET);
    provider["trustedDirs"] = json!(["/usr"]);
    assert!(outcome(provider, "x").await.unwrap_err().contains("trustedDirs"));
    let relative = json!({ "source": "exec", "command": "op" });
    assert!(outcome(relative, "x").await.unwrap_err().contains("absolute path"));
    file(dir.path(), "op", "x", 0o777);
    let open = json!({ "source": "exec", "command": command });
    assert!(outcome(open, "x").await.unwrap_err().contains("can be changed by others"));
}

#[tokio::test]
async fn what_is_not_configured_or_not_there_is_named() {
    let mut config = json!({ "channels": { "m": { "accounts": {
        "a": { "botToken": { "source": "file", "provider": "none", "id": "/x" } },
        "b": { "botToken": { "source": "store", "provider": "default", "id": "X" } },
    } } } });
    let unresolved = resolve(&mut config).await;
    let whys: Vec<String> = unresolved.iter().map(|one| format!("{}: {}", one.key, one.why)).collect();
    assert!(whys[0].contains("accounts.a.botToken: secrets.providers.none"), "{whys:?}");
    assert!(whys[1].contains("accounts.b.botToken: this host has no secret store"), "{whys:?}");
}
