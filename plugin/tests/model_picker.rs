//! The model picker: pages are turned in place, a choice is a command of whoever opened it, once.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{
    Event, HandleRequest, HostAnswer, HostReply, HostRequest, InboundMessage, ModelCatalogue, ModelName,
    ModelProvider, Question,
};
use mattermost_sim::{ClickOutcome, Instead, Options, PostRecord};
use serde_json::{Value, json};
use support::offers::{callback, click_of, signed};
use support::{HttpHost, PATIENCE, World};

async fn world(lasting: bool) -> World {
    World::reachable(lasting, |_| (json!({}), json!({}))).await
}

/// Two providers: one with models for two pages, and one with one.
fn catalogue(current: &str) -> HostAnswer {
    let models = (0..10).map(|number| format!("gpt-{number}")).collect();
    let current = current.split_once('/').unwrap();
    HostAnswer::Models(ModelCatalogue {
        providers: vec![
            ModelProvider { id: "openai".to_owned(), models },
            ModelProvider { id: "local".to_owned(), models: vec!["llama/3".to_owned()] },
        ],
        current: Some(ModelName { provider: current.0.to_owned(), model: current.1.to_owned() }),
    })
}

/// A picker as the bot posts it for somebody, with one button.
fn picker(world: &World, channel: &str, owner: &str) -> PostRecord {
    let url = world.http().url("/mattermost/interactions/default");
    let context = json!({ "oc_model_picker": true, "action": "providers", "ownerUserId": world.id(owner) });
    let button = signed(world.seed.token("openclaw"), &url, "mdlprov1", "Browse providers", context);
    world.offers_by_hand("openclaw", channel, json!([button]))
}

/// Somebody clicks while the host answers what it is asked; what else the host hears meanwhile.
async fn clicks(
    world: &mut World,
    who: &str,
    post: &PostRecord,
    id: &str,
    answer: HostAnswer,
) -> (ClickOutcome, Vec<InboundMessage>) {
    let who = world.id(who);
    let World { sim, events, instance, .. } = world;
    let click = sim.click(&who, &post.id, id);
    tokio::pin!(click);
    let mut heard = Vec::new();
    loop {
        tokio::select! {
            outcome = &mut click => return (outcome, heard),
            event = events.next() => match event.unwrap() {
                Event::HostRequest(request) => {
                    let HostRequest { request_id, question, .. } = request;
                    assert!(matches!(question, Question::Models(_)), "{question:?}");
                    let reply = HostReply { request_id, answer: answer.clone() };
                    instance.handle(&HandleRequest::HostReply(reply)).await.unwrap();
                }
                Event::InboundMessage(message) => heard.push(*message),
                _ => {}
            }
        }
    }
}

/// The buttons of a post as it is now: what stands on them, and their ids.
fn buttons(world: &World, post: &PostRecord) -> Vec<(String, String)> {
    let props = world.post(&post.channel_id, &post.id).props;
    let actions = props["attachments"][0]["actions"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    actions.iter().map(|action| (text(&action["name"]), text(&action["id"]))).collect()
}

fn names(world: &World, post: &PostRecord) -> Vec<String> {
    buttons(world, post).into_iter().map(|(name, _)| name).collect()
}

fn button(world: &World, post: &PostRecord, name: &str) -> String {
    let all = buttons(world, post);
    all.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name} in {all:?}")).1.clone()
}

/// Click the button with this name.
async fn presses(
    world: &mut World,
    who: &str,
    post: &PostRecord,
    name: &str,
    answer: HostAnswer,
) -> (ClickOutcome, Vec<InboundMessage>) {
    let id = button(world, post, name);
    clicks(world, who, post, &id, answer).await
}

/// Go to the second page of the models.
async fn second_page(world: &mut World, post: &PostRecord) {
    for name in ["Browse providers", "openai (10)", "Next"] {
        presses(world, "alice", post, name, catalogue("openai/gpt-9")).await;
    }
}

fn told(world: &World, who: &str) -> Vec<String> {
    world.sim.ephemerals(&world.id(who)).into_iter().map(|post| post.message).collect()
}

/// Answer what the host is asked next.
async fn answers(world: &mut World, answer: HostAnswer) -> HostRequest {
    let asked = world.asked().await;
    assert!(world.reply(&asked, answer).await);
    asked
}

async fn until(world: &World, post: &PostRecord, fits: impl Fn(&PostRecord) -> bool) {
    let changes = async {
        while !fits(&world.post(&post.channel_id, &post.id)) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, changes).await.is_err() {
        panic!("{:?}", world.post(&post.channel_id, &post.id));
    }
}

// covers: S19
#[tokio::test]
async fn a_picker_turns_its_pages_in_place_and_a_choice_is_a_command() {
    let mut world = world(false).await;
    let channel = world.channel("general");
    let post = picker(&world, &channel, "alice");

    let (outcome, _) =
        presses(&mut world, "alice", &post, "Browse providers", catalogue("openai/gpt-9")).await;
    assert_eq!((outcome.status, world.answered()), (200, (200, json!({}))));
    assert_eq!(names(&world, &post), ["openai (10)", "local (1)"]);
    presses(&mut world, "alice", &post, "openai (10)", catalogue("openai/gpt-9")).await;
    assert!(world.post(&channel, &post.id).message.ends_with("Page 1/2"));
    assert_eq!(names(&world, &post).len(), 8 + 2);
    presses(&mut world, "alice", &post, "Next", catalogue("openai/gpt-9")).await;
    assert_eq!(names(&world, &post), ["gpt-8", "gpt-9 [current]", "Prev", "Back to providers"]);

    let (_, mut heard) = presses(&mut world, "alice", &post, "gpt-8", catalogue("openai/gpt-9")).await;
    assert_eq!(world.answered(), (200, json!({})));
    let message = match heard.pop() {
        Some(message) => message,
        None => world.hears().await,
    };
    assert_eq!(
        (message.text.as_str(), message.raw_text.as_str()),
        ("/model openai/gpt-8", "/model openai/gpt-8")
    );
    assert_eq!(message.message_id, format!("interaction:{}:select:openai/gpt-8", post.id));
    assert!(message.command.is_control && message.command.authorized && message.command.native);
    assert_eq!(message.session.key, format!("agent:main:mattermost:channel:{channel}"));
    assert_eq!(message.sender.id, world.id("alice"));
    assert_eq!(
        click_of(&message).context,
        json!({ "action": "select", "provider": "openai", "model": "gpt-8" })
    );
    assert_eq!(names(&world, &post)[0], "gpt-8", "nothing is current before the host has done it");

    world.settle(&message).await;
    answers(&mut world, catalogue("openai/gpt-8")).await;
    until(&world, &post, |post| post.props["attachments"][0]["actions"][0]["name"] == "gpt-8 [current]")
        .await;
    assert!(world.post(&channel, &post.id).message.contains("Current: `openai/gpt-8`"));

    // It goes on.
    presses(&mut world, "alice", &post, "Back to providers", catalogue("openai/gpt-8")).await;
    presses(&mut world, "alice", &post, "local (1)", catalogue("openai/gpt-8")).await;
    assert_eq!(names(&world, &post), ["llama/3", "Back to providers"]);
}

#[tokio::test]
async fn a_picker_in_a_thread_belongs_to_the_threads_session() {
    let mut world = world(false).await;
    let channel = world.channel("general");
    let root = world.says("bob", &channel, "a thread", "");
    let url = world.http().url("/mattermost/interactions/default");
    let context = json!({ "oc_model_picker": true, "action": "select", "ownerUserId": world.id("alice"),
        "provider": "local", "page": 1, "model": "llama/3" });
    let actions = json!([signed(world.seed.token("openclaw"), &url, "mdlsel1", "llama/3", context)]);
    let props = json!({ "attachments": [{ "actions": actions }] });
    let draft = mattermost_sim::Draft {
        root_id: root.id.clone(),
        props: props.as_object().cloned().unwrap(),
        ..mattermost_sim::Draft::default()
    };
    let post = world.posts("openclaw", &channel, draft);
    let alice = world.id("alice");
    let World { sim, events, instance, .. } = &mut world;
    let click = sim.click(&alice, &post.id, "mdlsel1");
    let host = async {
        loop {
            if let Event::HostRequest(request) = events.next().await.unwrap() {
                let reply = HostReply { request_id: request.request_id, answer: catalogue("openai/gpt-9") };
                instance.handle(&HandleRequest::HostReply(reply)).await.unwrap();
                let Question::Models(asked) = request.question else { panic!("{:?}", request.question) };
                return asked;
            }
        }
    };
    let (_, asked) = tokio::join!(click, host);
    let message = world.hears().await;
    assert_eq!(message.text, "/model local/llama/3");
    assert!(message.session.key.ends_with(&format!(":thread:{}", root.id)), "{}", message.session.key);
    assert_eq!(asked.session_key, message.session.key, "the list and the command mean the same session");
    assert_eq!(message.reply.thread_root_id.as_deref(), Some(root.id.as_str()));
}

#[tokio::test]
async fn only_who_opened_a_picker_uses_it() {
    let mut world = world(false).await;
    let channel = world.channel("general");
    let post = picker(&world, &channel, "alice");
    presses(&mut world, "bob", &post, "Browse providers", catalogue("openai/gpt-9")).await;
    assert_eq!(told(&world, "bob"), ["Only the person who opened this model picker can use it."]);
    assert_eq!(names(&world, &post), ["Browse providers"]);
}

#[tokio::test]
async fn who_may_give_no_commands_chooses_no_model() {
    let mut world = World::reachable(false, |seed| {
        let keys =
            json!({ "dmPolicy": "allowlist", "allowFrom": [seed.user_id("bob")], "groupPolicy": "open" });
        (keys, json!({}))
    })
    .await;
    let channel = world.channel("general");
    let post = picker(&world, &channel, "alice");
    presses(&mut world, "alice", &post, "Browse providers", catalogue("openai/gpt-9")).await;
    assert_eq!(told(&world, "alice"), ["You are not authorized to use this command."]);
    assert_eq!(names(&world, &post), ["Browse providers"]);
}

#[tokio::test]
async fn a_model_that_is_gone_cannot_be_chosen_and_a_host_without_a_list_is_told() {
    let mut world = world(false).await;
    let post = picker(&world, &world.channel("general"), "alice");
    second_page(&mut world, &post).await;
    let fewer = HostAnswer::Models(ModelCatalogue {
        providers: vec![ModelProvider { id: "openai".to_owned(), models: vec!["gpt-1".to_owned()] }],
        current: None,
    });
    presses(&mut world, "alice", &post, "gpt-8", fewer).await;
    presses(&mut world, "alice", &post, "gpt-8", HostAnswer::Unknown {}).await;
    presses(&mut world, "alice", &post, "Prev", HostAnswer::Failed { reason: "no disk".to_owned() }).await;
    let again = "The models cannot be listed right now: please try again.";
    assert_eq!(
        told(&world, "alice"),
        ["That model is no longer available: open the picker again.", again, again]
    );
    assert_eq!(names(&world, &post)[0], "gpt-8");
    world.hears_nothing().await;
}

#[tokio::test]
async fn the_same_click_twice_is_one_command_also_after_a_restart() {
    let mut world = world(true).await;
    let post = picker(&world, &world.channel("general"), "alice");
    second_page(&mut world, &post).await;
    let (_, mut heard) = presses(&mut world, "alice", &post, "gpt-8", catalogue("openai/gpt-9")).await;
    let message = match heard.pop() {
        Some(message) => message,
        None => world.hears().await,
    };
    let sent = world.sim.callbacks().pop().unwrap().body;
    repeats(&mut world, &sent).await;
    world.settle(&message).await;
    answers(&mut world, catalogue("openai/gpt-8")).await;
    world.hears_nothing().await;

    let mut world = world.stop().await.start().await;
    repeats(&mut world, &sent).await;
    let dm = world.dm("alice");
    let mark = world.says("alice", &dm, "anything?", "");
    assert_eq!(world.hears().await.message_id, mark.id);
}

/// The server's call once more.
async fn repeats(world: &mut World, body: &str) {
    let http = world.http();
    let World { events, instance, .. } = world;
    let call = http.call("POST", "/mattermost/interactions/default", &[], body);
    let host = async {
        loop {
            if let Event::HostRequest(request) = events.next().await.unwrap() {
                let reply = HostReply { request_id: request.request_id, answer: catalogue("openai/gpt-9") };
                instance.handle(&HandleRequest::HostReply(reply)).await.unwrap();
                return;
            }
        }
    };
    let (called, ()) = tokio::join!(call, host);
    assert_eq!((called.status, called.body.as_str()), (200, "{}"));
}

#[tokio::test]
async fn two_choices_at_once_are_two_commands_each_once() {
    let mut world = world(false).await;
    let post = picker(&world, &world.channel("general"), "alice");
    second_page(&mut world, &post).await;
    let ids = [button(&world, &post, "gpt-8"), button(&world, &post, "gpt-9 [current]")];
    let alice = world.id("alice");
    let World { sim, events, instance, .. } = &mut world;
    let both = futures_util::future::join_all(ids.iter().map(|id| sim.click(&alice, &post.id, id)));
    let host = async {
        let mut heard = Vec::new();
        while heard.len() < 2 {
            match events.next().await.unwrap() {
                Event::HostRequest(request) => {
                    let reply =
                        HostReply { request_id: request.request_id, answer: catalogue("openai/gpt-9") };
                    instance.handle(&HandleRequest::HostReply(reply)).await.unwrap();
                }
                Event::InboundMessage(message) => heard.push(message.text),
                _ => {}
            }
        }
        heard.sort();
        heard
    };
    let (outcomes, heard) = tokio::join!(both, host);
    assert!(outcomes.iter().all(|outcome| outcome.status == 200), "{outcomes:?}");
    assert_eq!(heard, ["/model openai/gpt-8", "/model openai/gpt-9"]);
    world.hears_nothing().await;
}

#[tokio::test]
async fn a_choice_that_was_answered_survives_a_crash_and_the_picker_stays_one() {
    let mut world = world(true).await;
    let channel = world.channel("general");
    let post = picker(&world, &channel, "alice");
    second_page(&mut world, &post).await;
    presses(&mut world, "alice", &post, "gpt-8", catalogue("openai/gpt-9")).await;
    let mut world = world.crash().open();
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let message = world.hears().await;
    assert!(message.redelivered);
    assert_eq!(message.text, "/model openai/gpt-8");
    world.settle(&message).await;
    world.hears_nothing().await;
    assert_eq!(names(&world, &post)[0], "gpt-8", "no line has taken the place of the buttons");
}

#[tokio::test]
async fn where_the_post_cannot_be_changed_the_server_changes_it_itself() {
    let mut world = world(false).await;
    let channel = world.channel("general");
    let post = picker(&world, &channel, "alice");
    world.sim.faults().instead(&format!("/posts/{}/patch", post.id), &[Instead::Status(500)]);
    presses(&mut world, "alice", &post, "Browse providers", catalogue("openai/gpt-9")).await;
    assert_eq!(names(&world, &post), ["openai (10)", "local (1)"]);
    assert!(world.answered().1["update"]["message"].as_str().unwrap().contains("openai/gpt-9"));
}

#[tokio::test]
async fn what_is_signed_for_one_user_is_no_use_to_another_who_sends_it() {
    let mut world = world(false).await;
    let post = picker(&world, &world.channel("general"), "alice");
    presses(&mut world, "alice", &post, "Browse providers", catalogue("openai/gpt-9")).await;
    let mut context = world.stolen();
    context["ownerUserId"] = json!(world.id("bob"));
    let forged = callback(&world.id("bob"), &post, context).to_string();
    let called = world.http().call("POST", "/mattermost/interactions/default", &[], &forged).await;
    assert_eq!(called.status, 403);
}

/// A world with slash commands, registered.
async fn commanding() -> World {
    let http = HttpHost::start().await;
    let keys = |_: &_| (json!({ "commands": { "native": true } }), json!({}));
    let mut world = World::opened(Options::default().own_commands(true), true, Some(http), keys).await;
    world.start().await;
    let registered = async {
        while world.status().await.slash.unwrap_or_default().commands < 9 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, registered).await.unwrap();
    world
}

/// The picker that the bot posts.
async fn posted(world: &World, channel: &str) -> PostRecord {
    let bot = world.id("openclaw");
    world.sim.wait_for_post(channel, |post| post.user_id == bot, PATIENCE).await.unwrap()
}

// covers: S19
#[tokio::test]
async fn a_command_opens_a_picker_and_what_is_chosen_there_is_a_command_too() {
    let mut world = commanding().await;
    let (channel, alice) = (world.channel("general"), world.id("alice"));
    let executed = world.sim.execute(&alice, &channel, "", "/oc_models").await;
    assert_eq!(executed.status, 200);
    let asked = answers(&mut world, catalogue("openai/gpt-9")).await;
    let Question::Models(session) = asked.question else { panic!("{:?}", asked.question) };
    let post = posted(&world, &channel).await;
    assert!(post.message.starts_with("**Providers of models**"), "{}", post.message);
    assert_eq!(names(&world, &post), ["openai (10)", "local (1)"]);

    presses(&mut world, "alice", &post, "local (1)", catalogue("openai/gpt-9")).await;
    assert_eq!(names(&world, &post), ["llama/3", "Back to providers"]);
    let (_, mut heard) = presses(&mut world, "alice", &post, "llama/3", catalogue("openai/gpt-9")).await;
    let message = match heard.pop() {
        Some(message) => message,
        None => world.hears().await,
    };
    assert_eq!((message.text.as_str(), &message.session.key), ("/model local/llama/3", &session.session_key));
    world.settle(&message).await;
    answers(&mut world, catalogue("local/llama/3")).await;
    until(&world, &post, |post| post.message.contains("Current: `local/llama/3`")).await;
    assert_eq!(world.answers(&channel).len(), 1, "one post for all of it");
    world.hears_nothing().await;
}

#[tokio::test]
async fn the_buttons_of_a_picker_are_bound_to_its_post() {
    let mut world = commanding().await;
    let (channel, alice) = (world.channel("general"), world.id("alice"));
    world.sim.execute(&alice, &channel, "", "/oc_model").await;
    answers(&mut world, catalogue("openai/gpt-9")).await;
    let post = posted(&world, &channel).await;
    for _ in 0..2 {
        let name = names(&world, &post).remove(0);
        presses(&mut world, "alice", &post, &name, catalogue("openai/gpt-9")).await;
        let other = picker(&world, &channel, "alice");
        let copied = callback(&alice, &other, world.stolen()).to_string();
        let called = world.http().call("POST", "/mattermost/interactions/default", &[], &copied).await;
        assert_eq!((called.status, called.body.as_str()), (403, "{\"error\":\"Post mismatch\"}"));
    }
}

#[tokio::test]
async fn a_picker_that_was_asked_for_before_a_crash_is_posted_once_after_it() {
    let mut world = commanding().await;
    let (channel, alice) = (world.channel("general"), world.id("alice"));
    world.sim.faults().instead("/posts", &[Instead::Silence, Instead::Silence, Instead::Silence]);
    world.sim.execute(&alice, &channel, "", "/oc_models local").await;
    answers(&mut world, catalogue("openai/gpt-9")).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(world.answers(&channel).is_empty());
    let stopped = world.crash();
    stopped.sim.faults().clear();
    let mut world = stopped.start().await;
    let post = posted(&world, &channel).await;
    assert_eq!(names(&world, &post), ["llama/3", "Back to providers"]);
    presses(&mut world, "alice", &post, "Back to providers", catalogue("openai/gpt-9")).await;
    assert_eq!(names(&world, &post), ["openai (10)", "local (1)"]);
    assert_eq!(world.answers(&channel).len(), 1);
    world.hears_nothing().await;
}

#[tokio::test]
async fn without_models_the_command_is_the_hosts_to_answer_and_an_empty_list_is_said() {
    let mut world = commanding().await;
    let (channel, alice) = (world.channel("general"), world.id("alice"));
    for answer in [HostAnswer::Unknown {}, HostAnswer::Failed { reason: "not now".to_owned() }] {
        world.sim.execute(&alice, &channel, "", "/oc_models").await;
        answers(&mut world, answer).await;
        let message = world.hears().await;
        assert_eq!((message.text.as_str(), message.command.authorized), ("/models", true));
        world.settle(&message).await;
    }
    let nothing = HostAnswer::Models(ModelCatalogue::default());
    world.sim.execute(&alice, &channel, "", "/oc_model").await;
    answers(&mut world, nothing.clone()).await;
    assert_eq!(world.hears().await.text, "/model");
    world.sim.execute(&alice, &channel, "", "/oc_models").await;
    answers(&mut world, nothing).await;
    assert_eq!(posted(&world, &channel).await.message, "No models are configured.");
}
