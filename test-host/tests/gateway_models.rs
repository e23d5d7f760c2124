//! `gateway run`: slash commands, the model picker, the commands that the gateway answers itself, questions with buttons.
//! The embedded server really calls the gateway.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use mattermost_sim::{Options, PostRecord, Sim};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::Home;
use support::endpoint::{Endpoint, KEY, Reply};
use support::gateway::{Gateway, World};

const LIMIT: Duration = Duration::from_secs(15);

/// A world whose bot may register slash commands; `more` is configured besides.
async fn world(more: Value) -> World {
    let sim = Sim::start(Options::default().own_commands(true)).await.unwrap();
    let seed = sim.seed().unwrap();
    let home = Home::new();
    home.place_mattermost();
    let world = World { sim, seed, home };
    let mut config = world.config();
    for (key, value) in more.as_object().unwrap() {
        config[key] = value.clone();
    }
    config["channels"]["mattermost"]["commands"] = json!({ "native": true });
    world.home.config(&config);
    world
}

/// Wait until something is so.
async fn until<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < LIMIT, "{what} does not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn actions(post: &PostRecord) -> Vec<(String, String)> {
    let cards = post.props.get("attachments").cloned().unwrap_or_default();
    let actions = cards[0]["actions"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    actions.iter().map(|action| (text(&action["name"]), text(&action["id"]))).collect()
}

/// Wait for the bot's post in a channel that has this button, and click it as alice.
async fn press(world: &World, channel: &str, name: &str) -> PostRecord {
    let (post, id) = until(name, || {
        world.said_by_bot(channel).into_iter().rev().find_map(|post| {
            let (_, id) = actions(&post).into_iter().find(|(known, _)| known == name)?;
            Some((post, id))
        })
    })
    .await;
    let outcome = world.sim.click(world.seed.user_id("alice"), &post.id, &id).await;
    assert_eq!(outcome.status, 200, "{outcome:?}");
    post
}

/// A command of alice's.
async fn command(world: &World, channel: &str, text: &str) {
    let outcome = world.sim.execute(world.seed.user_id("alice"), channel, "", text).await;
    assert_eq!(outcome.status, 200, "{outcome:?}");
}

fn providers() -> Value {
    let models =
        |ids: &[&str]| json!({ "models": ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>() });
    json!({ "providers": { "openai": models(&["tiny:1b", "large"]), "local": models(&["llama/3"]) } })
}

// covers: S19
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_chosen_in_the_picker_is_the_model_that_is_asked() {
    let endpoint =
        Endpoint::start(vec![Reply::says(&["one"]), Reply::says(&["two"]), Reply::says(&["three"])]).await;
    let world = world(json!({ "models": providers() })).await;
    let agent = format!("openai:tiny:1b@{}", endpoint.url);
    let mut gateway = Gateway::start_with(&world.home, &["--agent", &agent], &[("OPENAI_API_KEY", KEY)]);
    gateway.line("connected as @openclaw").await;
    gateway.line("slash commands registered").await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "first", "");
    world.hear(&direct, "one").await;

    command(&world, &direct, "/oc_models").await;
    press(&world, &direct, "openai (2)").await;
    let picker = press(&world, &direct, "large").await;
    world.hear(&direct, "Model set to `openai/large` for this session.").await;
    until("the picker's news", || {
        let now = world.said_by_bot(&direct).into_iter().find(|post| post.id == picker.id)?;
        actions(&now).iter().any(|(name, _)| name == "large [current]").then_some(())
    })
    .await;

    world.say("alice", &direct, "second", "");
    world.hear(&direct, "two").await;
    world.say("bob", &world.direct("bob"), "third", "");
    world.hear(&world.direct("bob"), "three").await;
    let models: Vec<Value> = endpoint.asked().iter().map(|asked| asked.body["model"].clone()).collect();
    // Direct messages of everybody share the main session unless configured otherwise.
    assert_eq!(models, [json!("tiny:1b"), json!("large"), json!("large")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_of_the_gateway_are_answered_without_the_agent() {
    let world =
        world(json!({ "models": providers(), "agents": { "defaults": { "model": "local/llama/3" } } })).await;
    let mut gateway = Gateway::start(&world.home, &["--agent", "echo"]);
    gateway.line("connected as @openclaw").await;
    gateway.line("slash commands registered").await;
    let direct = world.direct("alice");
    command(&world, &direct, "/oc_model openai/large").await;
    world.hear(&direct, "Model set to `openai/large` for this session.").await;
    command(&world, &direct, "/oc_model else").await;
    world.hear(&direct, "Model `else` is not allowed. `/models` lists those that are.").await;
    command(&world, &direct, "/oc_status").await;
    until("the status", || {
        world.said_by_bot(&direct).into_iter().find(|post| post.message.contains("Model: `openai/large`"))
    })
    .await;
    command(&world, &direct, "/oc_new").await;
    world.hear(&direct, "A new session begins: what was said before is forgotten.").await;
    command(&world, &direct, "/oc_help").await;
    until("the help", || {
        world.said_by_bot(&direct).into_iter().find(|post| post.message.contains("`/status`"))
    })
    .await;
    // What the gateway has no answer to is for the agent, as everything is that is no command.
    command(&world, &direct, "/oc_think high").await;
    world.hear(&direct, "echo: /think high").await;
    world.say("alice", &direct, "model", "");
    world.hear(&direct, "echo: model").await;
}

// covers: B26
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_asks_and_goes_on_with_the_first_answer() {
    let world = world(json!({})).await;
    let script =
        "[{ ask: { text: 'Which colour?', options: ['Red', 'Blue'] } }, { final: 'You want {answer}.' }]";
    let file = world.home.write("ask.json5", script);
    let agent = format!("script:{}", file.display());
    let mut gateway = Gateway::start(&world.home, &["--agent", &agent]);
    gateway.line("connected as @openclaw").await;
    let channel = world.seed.channel("general");
    world.say("alice", channel, "@openclaw paint it", "");
    let question = press(&world, channel, "Blue").await;
    assert_eq!(question.message, "Which colour?");
    world.hear(channel, "You want Blue.").await;
    let card = until("the line", || {
        let now = world.said_by_bot(channel).into_iter().find(|post| post.id == question.id)?;
        now.props["attachments"][0]["text"].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    })
    .await;
    assert_eq!(card, "✓ **Blue** selected by @alice");
    assert_eq!(world.said_by_bot(channel).len(), 2, "the question and the answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_asks_is_run_again_with_the_answer() {
    let world = world(json!({})).await;
    let command = r#"grep -o '"option":"[A-Za-z]*"' > chosen; if [ -s chosen ]; then echo "Chosen: $(cat chosen)"; else
        echo '{"stream": 1}'; echo '{"ask": {"text": "Sure?", "options": ["Yes", "No"]}}'; fi"#;
    let agent = format!("exec:cd {} && {command}", world.home.path().display());
    let mut gateway = Gateway::start(&world.home, &["--agent", &agent]);
    gateway.line("connected as @openclaw").await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "go", "");
    press(&world, &direct, "Yes").await;
    world.hear(&direct, "Chosen: \"option\":\"Yes\"").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_survives_the_end_of_the_gateway_and_is_posted_once() {
    let world = world(json!({})).await;
    let script = "[{ ask: { text: 'Which?', options: ['A', 'B'] } }, { final: 'It is {answer}.' }]";
    let file = world.home.write("ask.json5", script);
    let agent = format!("script:{}", file.display());
    let direct = world.direct("alice");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let start = || Gateway::start_at(&world.home, port, &["--agent", &agent], &[]);
    let mut gateway = start();
    gateway.line("connected as @openclaw").await;
    world.say("alice", &direct, "choose", "");
    let question = world.hear(&direct, "Which?").await;
    // Killed.
    drop(gateway);
    let mut gateway = start();
    gateway.line("connected as @openclaw").await;
    let began = Instant::now();
    // Until the turn has begun again nobody waits for an answer.
    while !world.said_by_bot(&direct).iter().any(|post| post.message == "It is B.") {
        assert!(began.elapsed() < LIMIT, "{:?}", world.said_by_bot(&direct));
        world.sim.click(world.seed.user_id("alice"), &question.id, "question1").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let said: Vec<String> = world.said_by_bot(&direct).into_iter().map(|post| post.message).collect();
    assert_eq!(said, ["Which?", "It is B."]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_nobody_answers_ends_the_turn_and_is_closed() {
    let world = world(json!({})).await;
    let script =
        "[{ ask: { text: 'Anybody?', options: ['Yes', 'No'], timeout_seconds: 1 } }, { final: '{answer}' }]";
    let file = world.home.write("ask.json5", script);
    let agent = format!("script:{}", file.display());
    let mut gateway = Gateway::start(&world.home, &["--agent", &agent]);
    gateway.line("connected as @openclaw").await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello?", "");
    gateway.line("nobody answered the question within 1 s").await;
    press(&world, &direct, "Yes").await;
    let told = world.sim.ephemerals(world.seed.user_id("alice")).pop().unwrap().message;
    assert!(told.contains("nobody waits for the answer any more"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_may_have_buttons_and_skills_are_commands() {
    let world = world(json!({})).await;
    let skill = world.home.path().join("skills/deploy");
    std::fs::create_dir_all(&skill).unwrap();
    std::fs::write(skill.join("SKILL.md"), "---\nname: deploy\ndescription: Roll it out\n---\n").unwrap();
    let mut config = world.config();
    config["channels"]["mattermost"]["commands"] = json!({ "native": true, "nativeSkills": true });
    world.home.config(&config);
    let answer = r#"{"text": "Deploy?", "buttons": [[{"text": "Now", "callback_data": "now"}]]}"#;
    let agent = format!("exec:cat > /dev/null; echo '{answer}'");
    let mut gateway = Gateway::start(&world.home, &["--agent", &agent]);
    gateway.line("connected as @openclaw").await;
    let skill = until("the skill's command", || {
        world.sim.commands(&world.seed.team_id).into_iter().find(|command| command.trigger == "oc_deploy")
    })
    .await;
    assert_eq!(skill.auto_complete_desc, "Roll it out");
    let direct = world.direct("alice");
    world.say("alice", &direct, "what now?", "");
    let post = world.hear(&direct, "Deploy?").await;
    assert_eq!(actions(&post), [("Now".to_owned(), "now".to_owned())]);
}
