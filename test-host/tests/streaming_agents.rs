//! `gateway run` with agents that stream: what they show, what they answer, and what becomes of a turn that fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use std::time::Duration;
use support::Home;
use support::endpoint::{self, Endpoint, KEY, Part, Reply};
use support::gateway::{Gateway, World};
use support::scripted::{message, running, scripted};

/// A gateway that asks this endpoint, and logs everything.
async fn asking(world: &World, endpoint: &Endpoint, more: &[&str]) -> Gateway {
    let agent = format!("openai:tiny:1b@{}", endpoint.url);
    let arguments = [&["--agent", &agent, "--log-level", "trace"], more].concat();
    let mut gateway = Gateway::start_with(&world.home, &arguments, &[("OPENAI_API_KEY", KEY)]);
    gateway.line("connected as @openclaw").await;
    gateway
}

fn texts(world: &World, channel: &str) -> Vec<String> {
    world.said_by_bot(channel).into_iter().map(|post| post.message).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_models_answer_is_posted_as_it_said_it_and_the_conversation_goes_on() {
    let endpoint =
        Endpoint::start(vec![Reply::says(&["Hello", ", ", "*alice*", "."]), Reply::says(&["Again?"])]).await;
    let world = World::new().await;
    let gateway = asking(&world, &endpoint, &[]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "good morning", "");
    world.hear(&direct, "Hello, *alice*.").await;
    world.say("alice", &direct, "and good night", "");
    world.hear(&direct, "Again?").await;

    let asked = endpoint.asked();
    assert_eq!(asked[0].authorization.as_deref(), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!((&asked[0].body["model"], &asked[0].body["stream"]), (&json!("tiny:1b"), &json!(true)));
    let (first, second) = (asked[0].messages(), asked[1].messages());
    // The whole prompt: who says it, where and when, and the text.
    assert!(first[0].starts_with("u ") && first[0].contains("alice"), "{first:?}");
    assert!(first[0].contains("good morning"), "{first:?}");
    assert_eq!((&second[0], second[1].as_str()), (&first[0], "a Hello, *alice*."));
    assert!(second[2].contains("and good night") && second.len() == 3, "{second:?}");
    assert!(!gateway.log().contains(KEY), "the key is in the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_the_same_however_it_comes_over_the_wire() {
    let text = "Grüße, 🦀!\nZweite Zeile.";
    let mut whole = b": a comment\r\n\r\n".to_vec();
    // One event in two lines of data, with the line ends of another system.
    whole.extend(b"id: 1\r\nevent: message\r\ndata: {\"choices\": [{\"delta\":\r\ndata: {\"content\": \"");
    whole.extend(text.replace('\n', "\\n").bytes());
    whole.extend(
        b"\"}}]}\r\n\r\nretry: 10\r\n\r\ndata: {\"choices\": [{\"finish_reason\": \"stop\"}]}\r\n\r\n",
    );
    let bytewise: Vec<Part> = whole.iter().map(|byte| Part::Bytes(vec![*byte])).collect();
    let document = json!({ "choices": [{ "message": { "content": text }, "finish_reason": "stop" }] });
    let replies = vec![
        Reply::Stream(bytewise),
        Reply::Stream(vec![Part::Bytes(whole)]),
        // It does not stream at all.
        Reply::Document(200, document),
    ];
    let endpoint = Endpoint::start(replies).await;
    let world = World::new().await;
    let _gateway = asking(&world, &endpoint, &[]).await;
    for person in ["alice", "bob", "mallory"] {
        let direct = world.direct(person);
        world.say(person, &direct, "hello", "");
        world.hear(&direct, text).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_begin_with_the_name_of_the_agent_and_its_model_where_that_is_configured() {
    let endpoint = Endpoint::start(vec![Reply::says(&["hello"]), Reply::says(&["again"])]).await;
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["mattermost"]["responsePrefix"] = json!("[{identity.name}, {model}]");
    config["agents"] = json!({ "list": [{ "id": "main", "identity": { "name": "Molty" } }] });
    world.home.config(&config);
    let mut gateway = asking(&world, &endpoint, &[]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "good morning", "");
    world.hear(&direct, "[Molty, tiny:1b] hello").await;
    // A running gateway takes another name over.
    config["agents"]["list"][0]["identity"]["name"] = json!("Polly");
    world.home.config(&config);
    gateway.line("mattermost: new configuration").await;
    world.say("alice", &direct, "and again", "");
    world.hear(&direct, "[Polly, tiny:1b] again").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_fails_for_the_moment_is_asked_again() {
    let endpoint = Endpoint::start(vec![
        Reply::Document(500, json!({ "error": { "message": "out of\nluck", "type": "server_error" } })),
        Reply::Document(429, json!({ "error": "too fast" })),
        Reply::says(&["here I am"]),
    ])
    .await;
    let world = World::new().await;
    let mut gateway = asking(&world, &endpoint, &[]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    gateway
        .line("answered 500 Internal Server Error: out of luck (server_error); it will be tried again")
        .await;
    gateway.line("answered 429 Too Many Requests: too fast; it will be tried again").await;
    world.hear(&direct, "here I am").await;
    assert_eq!(texts(&world, &direct), ["here I am"]);
    // A turn that failed is no part of the conversation.
    assert_eq!(endpoint.asked().last().unwrap().messages().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_breaks_off_is_none_and_comes_again_whole() {
    let half = || Part::Bytes(endpoint::text("half an "));
    let error = json!({ "error": { "message": "the model died", "code": "dead" } });
    let endpoint = Endpoint::start(vec![
        Reply::Stream(vec![half(), Part::Pause(Duration::from_millis(100)), Part::Cut]),
        Reply::Stream(vec![half(), Part::Bytes(endpoint::event(&error))]),
        Reply::says(&["a whole ", "answer"]),
    ])
    .await;
    let world = World::new().await;
    let mut gateway = asking(&world, &endpoint, &[]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    gateway.line("the endpoint's answer broke off after 8 characters").await;
    gateway.line("the endpoint failed on the way: the model died (dead)").await;
    world.hear(&direct, "a whole answer").await;
    assert_eq!(texts(&world, &direct), ["a whole answer"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_missing_of_an_answer_that_is_cut_behind_its_end() {
    // The pause lets the end go out before the connection goes.
    let pause = Part::Pause(Duration::from_millis(100));
    let parts =
        vec![Part::Bytes(endpoint::text("all of it")), Part::Bytes(endpoint::end()), pause, Part::Cut];
    let endpoint = Endpoint::start(vec![Reply::Stream(parts)]).await;
    let world = World::new().await;
    let _gateway = asking(&world, &endpoint, &[]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    world.hear(&direct, "all of it").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_endpoint_is_given_up_but_one_that_is_only_slow_is_not() {
    let pause = |millis| Part::Pause(Duration::from_millis(millis));
    let slow = [
        Part::Bytes(endpoint::text("slow")),
        pause(700),
        // A comment is a sign of life too.
        Part::Bytes(b": still here\n\n".to_vec()),
        pause(700),
        Part::Bytes(endpoint::text(" but sure")),
        Part::Bytes(endpoint::end()),
    ];
    let silent = vec![Part::Bytes(endpoint::text("never")), pause(60_000)];
    let endpoint = Endpoint::start(vec![Reply::Stream(silent), Reply::Stream(slow.into())]).await;
    let world = World::new().await;
    let mut gateway = asking(&world, &endpoint, &["--agent-idle", "1"]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    gateway.line("it was silent for 1.0 s; it will be tried again").await;
    world.hear(&direct, "slow but sure").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_the_endpoint_does_not_take_is_not_asked_again_and_its_key_stays_secret() {
    let refusal =
        json!({ "error": { "message": format!("the key {KEY} is wrong"), "code": "invalid_api_key" } });
    let endpoint = Endpoint::start(vec![Reply::Document(401, refusal), Reply::says(&["welcome"])]).await;
    let world = World::new().await;
    let mut gateway = asking(&world, &endpoint, &[]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    let line = gateway.line("answered 401 Unauthorized").await;
    assert!(line.contains("the key *** is wrong (invalid_api_key)"), "{line}");
    assert!(!line.contains("tried again"), "{line}");
    world.say("alice", &direct, "and now?", "");
    world.hear(&direct, "welcome").await;
    assert!(endpoint.asked()[1].messages()[0].contains("and now?"));
    assert!(!gateway.log().contains(KEY), "the key is in the log");
}

#[tokio::test]
async fn what_an_agent_shows_is_handed_over_in_its_order_before_the_answer() {
    let home = scripted(&json!([message("e1", "why?")]));
    let script = home.write(
        "script.json5",
        "[ { reasoning: 'Hm.' }, { after_ms: 50, plan: [{ text: 'Find {text}' }] },
           { after_ms: 50, tool: { name: 'web_search', detail: '{text}' } },
           { after_ms: 50, text: 'Because ', chunk: 3, every_ms: 20 }, { after_ms: 50, text: 'of {text}' },
           { after_ms: 50, block: 'Surely.' } ]",
    );
    let mut gateway = running(&home, &format!("script:{}", script.display())).await;
    gateway.line(r#"got {"type":"inbound.ack","event_id":"e1"}"#).await;
    let log = gateway.log();
    let shown: Vec<Value> = log
        .lines()
        .filter_map(|line| line.split_once("shown ").map(|(_, json)| serde_json::from_str(json).unwrap()))
        .collect();
    for sign in &shown {
        assert_eq!((&sign["event_id"], &sign["target"]), (&json!("e1"), &json!("channel:c1")), "{sign}");
        assert_eq!(sign["account_id"], "default", "{sign}");
    }
    let kinds: Vec<&str> = shown.iter().map(|sign| sign["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds[..3], ["reasoning", "plan", "tool"]);
    assert_eq!(kinds.last(), Some(&"block"));
    assert!(kinds[3..kinds.len() - 1].iter().all(|kind| *kind == "partial"), "{kinds:?}");
    assert_eq!(shown[0]["text"], "Hm.\n");
    assert_eq!(shown[1]["plan"][0]["text"], "Find why?");
    assert_eq!(shown[2]["tool"]["detail"], "why?");
    let partials: Vec<&str> = shown
        .iter()
        .filter(|sign| sign["kind"] == "partial")
        .map(|sign| sign["text"].as_str().unwrap())
        .collect();
    assert!(partials.windows(2).all(|two| two[1].starts_with(two[0])), "{partials:?}");
    assert_eq!(partials.last(), Some(&"Because of why?\n\nSurely.\n\n"));
    // The answer comes last, and ends the turn by itself.
    let last = log.lines().rev().find(|line| line.contains("shown ") || line.contains("sent ")).unwrap();
    assert!(last.ends_with("sent Because of why?  Surely."), "{last}");
    assert!(!log.contains("turn.end"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finished_parts_that_are_posts_of_their_own_are_not_said_again_by_the_answer() {
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["mattermost"]["streaming"] =
        json!({ "mode": "off", "block": { "enabled": true, "coalesce": { "minChars": 1 } } });
    world.home.config(&config);
    let script =
        world.home.write("parts.json5", "[{ block: 'One.' }, { block: 'Two.' }, { text: 'And three.' }]");
    let _gateway = world.gateway(&["--agent", &format!("script:{}", script.display())]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "count", "");
    world.hear(&direct, "And three.").await;
    assert_eq!(texts(&world, &direct), ["One.", "Two.", "And three."]);
}

#[tokio::test]
#[cfg(unix)]
async fn a_command_may_stream_too() {
    let home = scripted(&json!([message("e1", "why?"), message("e2", "plain")]));
    let agent = r#"exec:case "$(cat)" in *plain*) echo '{"text": "as it stands"}' ;; *)
        echo '{"stream": 1}'; echo '{"tool": {"name": "search"}}'; echo '{"text": "Because. "}'; sleep 0.3
        echo '{"text": "Really."}'; echo '{"block": "Yes."}' ;; esac"#;
    let mut gateway = running(&home, agent).await;
    gateway.line("sent Because. Really.").await;
    gateway.line(r#"sent {"text": "as it stands"}"#).await;
    let log = gateway.log();
    let at = |words: &str| log.find(words).unwrap_or_else(|| panic!("no {words:?} in {log}"));
    assert!(at(r#""kind":"tool""#) < at(r#""text":"Because. ","#), "{log}");
    assert!(at(r#""text":"Because. ","#) < at(r#""kind":"block""#), "{log}");
    assert!(at(r#""kind":"block""#) < at("sent Because."), "{log}");
}

#[tokio::test]
async fn what_was_shown_of_a_turn_that_fails_is_taken_back() {
    let home = scripted(&json!([message("e1", "why?"), message("e2", "and you?")]));
    let script = home.write("script.json5", "[{ text: 'Well' }, { after_ms: 50, fail: 'no idea: {text}' }]");
    let mut gateway = running(&home, &format!("script:{}", script.display())).await;
    let nack = r#"got {"type":"inbound.nack","event_id":"e2","reason":"no idea: and you?","give_up":true}"#;
    gateway.line(nack).await;
    let log = gateway.log();
    let line = |words: &str| {
        let at = log.lines().position(|line| line.contains(words));
        at.unwrap_or_else(|| panic!("no {words:?} in {log}"))
    };
    let end = line(r#"got {"type":"turn.end","account_id":"default","turn_id":"e1"}"#);
    assert!(line("shown ") < end && end < line(r#""type":"inbound.nack","event_id":"e1""#), "{log}");
    assert!(!log.contains("sent "), "{log}");
}

#[test]
fn an_agent_that_cannot_work_is_told_before_anything_is_connected() {
    let home = Home::new();
    home.config(&json!({}));
    let script = home.write("broken.json5", "[\n  { text: 'a' },\n  { texd: 'b' },\n]");
    let agent = format!("script:{}", script.display());
    home.run(&["gateway", "run", "--agent", &agent])
        .failed(&["broken.json5:3:3: step 2: unknown field `texd`", "hint: correct the script"]);
    home.run(&["gateway", "run", "--agent", "script:/no/such/file"])
        .failed(&["/no/such/file cannot be read", "hint: check the path"]);
    let mut command = home.command(&["gateway", "run", "--agent", "openai:x"]);
    support::said(command.env("OPENAI_BASE_URL", "localhost:1234"))
        .failed(&["OPENAI_BASE_URL must begin with http"]);
    let mut command = home.command(&["gateway", "run", "--agent", "openai:x"]);
    let said = support::said(command.env("OPENAI_API_KEY", "s3cr3t\nkey"))
        .failed(&["OPENAI_API_KEY has characters"]);
    assert!(!said.stderr.contains("s3cr3t"), "{}", said.stderr);
}
