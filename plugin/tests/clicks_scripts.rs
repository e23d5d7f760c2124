//! Buttons that other programs signed by the documentation, posted to the server and clicked: the whole way.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod judges;
mod support;

use serde_json::{Map, Value, json};
use std::path::Path;
use std::process::Command;
use support::World;
use support::offers::click_of;

/// The script of OpenClaw's page on Mattermost, "HMAC token generation".
const RECIPE: &str = include_str!("scripts/recipe.py");

/// Contexts that are hard to sign alike: other letters, capitals, nesting, numbers.
const HARD: &str = r#"
def sign(ctx):
    payload = json.dumps(ctx, sort_keys=True, separators=(",", ":"))
    return {**ctx, "_token": hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()}

print(json.dumps(context))
for ctx in [
    {"name": "Zoë", "city": "東京", "face": "😀", "html": "<a href='x'>&</a>", "line": "a\u2028b\x7f"},
    {"B": 1, "a": 2, "aB": 3, "a_b": 4, "Z": 5, "_x": 6, "a-b": 7, "ä": 8, "10": 9, "9": 10},
    {"deep": {"B": {"z": [1, {"y": None, "x": [True, False]}], "A": {}}, "a": []}},
    {"i": 7, "f": 1.0, "tiny": 1e-05, "large": 1e16, "half": 0.5, "negative": -3},
    {"big": 2**53, "bigger": 2**60},
]:
    print(json.dumps(sign({"action_id": "mybutton01", **ctx})))
"#;

fn signed_by_python(token: &str) -> Option<Vec<Map<String, Value>>> {
    let script = format!("bot_token = {token:?}\n{RECIPE}\n{HARD}");
    let Ok(output) = Command::new("python3").args(["-c", &script]).output() else {
        judges::missing("there is no python3");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    Some(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

// covers: B11 B12 B24
#[tokio::test]
async fn what_python_signs_by_the_recipe_can_be_clicked() {
    let mut world = World::reachable(false, |_| (json!({}), json!({}))).await;
    let Some(contexts) = signed_by_python(world.seed.token("openclaw")) else { return };
    assert_eq!(contexts.len(), 6);
    let channel = world.channel("general");
    let url = world.http().url("/mattermost/interactions/default");
    for context in contexts {
        let button = json!([{
            "id": "mybutton01", "type": "button", "name": "Approve",
            "integration": { "url": url, "context": context },
        }]);
        let posted = world.offers_by_hand("openclaw", &channel, button);
        assert_eq!(world.clicks("alice", &posted, "mybutton01").await.status, 200, "{context:?}");
        assert_eq!(world.card(&posted), "✓ **Approve** selected by @alice");
        let heard = world.hears().await;
        assert_eq!(click_of(&heard).message_id, posted.id);
        world.echo(&heard).await;
    }
}

// covers: B24
#[tokio::test]
async fn the_script_of_the_guide_posts_buttons_that_can_be_clicked() {
    let mut world = World::reachable(false, |_| (json!({}), json!({}))).await;
    let guide =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/buttons.md")).unwrap();
    let script = guide.split_once("```python\n").unwrap().1.split_once("\n```").unwrap().0.to_owned();
    let channel = world.channel("general");
    let mut python = Command::new("python3");
    python.args(["-c", &script]).env("MATTERMOST_URL", world.sim.url()).env("CHANNEL_ID", &channel);
    python.env("MATTERMOST_BOT_TOKEN", world.seed.token("openclaw")).env("GATEWAY_URL", world.http().url(""));
    let Ok(output) = tokio::task::spawn_blocking(move || python.output()).await.unwrap() else {
        return judges::missing("there is no python3");
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let posted = world.post(&channel, String::from_utf8(output.stdout).unwrap().trim());
    world.clicks("bob", &posted, "reject").await;
    assert_eq!(world.card(&posted), "✓ **Reject** selected by @bob");
    let heard = world.hears().await;
    assert_eq!(click_of(&heard).context, json!({ "action": "reject", "build": 7 }));
}
