//! Buttons that answer a question of the agent: the host decides, the post says who chose what.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::host::{Events, Instance};
use host_sdk::protocol::{
    Choice, ChoiceOutcome, ChosenAnswer, Event, HandleRequest, HostAnswer, HostReply, HostRequest, Outbound,
    Question,
};
use mattermost_sim::{Instead, PostRecord};
use serde_json::json;
use support::World;

async fn world() -> World {
    World::reachable(false, |_| (json!({}), json!({}))).await
}

/// The agent asks with two answers to choose from.
async fn asks(world: &World, channel: &str) -> PostRecord {
    let option = |label: &str, index: u32| {
        let action = json!({ "type": "question", "questionId": "q1", "optionIndex": index });
        json!({ "label": label, "action": action })
    };
    let buttons = json!([option("Red", 0), option("Blue", 1)]);
    let message = Outbound {
        target: format!("channel:{channel}"),
        text: "Which colour?".to_owned(),
        presentation: Some(json!({ "blocks": [{ "type": "buttons", "buttons": buttons }] })),
        ..Outbound::default()
    };
    let receipt = world.instance.send(&message).await.unwrap();
    world.post(channel, &receipt.message_id)
}

fn chosen(request: &HostRequest) -> &ChosenAnswer {
    match &request.question {
        Question::Chosen(chosen) => chosen,
        other => panic!("{other:?}"),
    }
}

fn outcome(outcome: Choice) -> HostAnswer {
    HostAnswer::Chosen(ChoiceOutcome { outcome })
}

/// Somebody clicks, and the host answers; what it was asked.
async fn clicks(
    world: &mut World,
    who: &str,
    post: &PostRecord,
    id: &str,
    answer: HostAnswer,
) -> HostRequest {
    let who = world.id(who);
    let World { sim, events, instance, .. } = world;
    let host = async {
        let asked = question(events).await;
        reply(instance, &asked, answer).await;
        asked
    };
    let (clicked, asked) = tokio::join!(sim.click(&who, &post.id, id), host);
    assert_eq!(clicked.status, 200);
    asked
}

async fn question(events: &mut Events) -> HostRequest {
    loop {
        if let Event::HostRequest(request) = events.next().await.unwrap() {
            return request;
        }
    }
}

async fn reply(instance: &Instance, asked: &HostRequest, answer: HostAnswer) {
    let reply = HostReply { request_id: asked.request_id.clone(), answer };
    let taken = instance.handle(&HandleRequest::HostReply(reply)).await.unwrap();
    assert_eq!(taken["taken"], true);
}

fn told(world: &World, who: &str) -> Vec<String> {
    world.sim.ephemerals(&world.id(who)).into_iter().map(|post| post.message).collect()
}

// covers: B26
#[tokio::test]
async fn an_answer_takes_the_place_of_the_buttons_and_is_no_message_for_the_agent() {
    let mut world = world().await;
    let channel = world.channel("general");
    let post = asks(&world, &channel).await;
    let asked = clicks(&mut world, "alice", &post, "question1", outcome(Choice::Answered)).await;
    let expected = ChosenAnswer {
        question_id: "q1".to_owned(),
        option_index: 1,
        label: "Blue".to_owned(),
        sender_id: world.id("alice"),
        sender_name: Some("alice".to_owned()),
        message_id: post.id.clone(),
    };
    assert_eq!(*chosen(&asked), expected);
    assert_eq!(world.card(&post), "✓ **Blue** selected by @alice");
    let shown = world.post(&channel, &post.id);
    assert_eq!(
        (&shown.message, shown.props.get("openclaw_delivery")),
        (&post.message, post.props.get("openclaw_delivery"))
    );
    assert_eq!(told(&world, "alice"), ["Your answer: **Blue**"]);
    world.hears_nothing().await;
}

#[tokio::test]
async fn who_is_late_or_may_not_answer_is_told_and_the_question_stays() {
    let mut world = world().await;
    let post = asks(&world, &world.channel("general")).await;
    clicks(&mut world, "bob", &post, "question0", outcome(Choice::Closed)).await;
    clicks(&mut world, "bob", &post, "question0", outcome(Choice::Denied)).await;
    let texts = told(&world, "bob");
    assert!(texts[0].contains("was answered before"), "{texts:?}");
    assert!(texts[1].contains("ignored this action"), "{texts:?}");
    assert!(world.has_buttons(&post));
    world.hears_nothing().await;
}

#[tokio::test]
async fn what_the_host_cannot_take_can_be_tried_again() {
    let mut world = world().await;
    let post = asks(&world, &world.channel("general")).await;
    let failed = HostAnswer::Failed { reason: "no disk\nERROR forged".to_owned() };
    for answer in [failed, HostAnswer::Unknown {}] {
        clicks(&mut world, "alice", &post, "question0", answer).await;
        assert!(told(&world, "alice").pop().unwrap().contains("please click again"));
        assert!(world.has_buttons(&post));
    }
    clicks(&mut world, "alice", &post, "question0", outcome(Choice::Answered)).await;
    assert_eq!(world.card(&post), "✓ **Red** selected by @alice");
}

#[tokio::test]
async fn of_two_at_once_the_host_takes_one_and_the_other_is_told() {
    let mut world = world().await;
    let post = asks(&world, &world.channel("general")).await;
    let people = [world.id("alice"), world.id("bob")];
    let World { sim, events, instance, .. } = &mut world;
    let clicks = futures_util::future::join(
        sim.click(&people[0], &post.id, "question0"),
        sim.click(&people[1], &post.id, "question1"),
    );
    let host = async {
        // Both have arrived before the host answers one of them.
        let (first, second) = (question(events).await, question(events).await);
        reply(instance, &first, outcome(Choice::Answered)).await;
        reply(instance, &second, outcome(Choice::Closed)).await;
        (first, second)
    };
    let ((one, other), (first, second)) = tokio::join!(clicks, host);
    assert_eq!((one.status, other.status), (200, 200));
    let (winner, late) = (chosen(&first), chosen(&second));
    let name = winner.sender_name.as_deref().unwrap();
    assert_eq!(world.card(&post), format!("✓ **{}** selected by @{name}", winner.label));
    let texts = told(&world, late.sender_name.as_deref().unwrap());
    assert!(texts.len() == 1 && texts[0].contains("was answered before"), "{texts:?}");
}

#[tokio::test]
async fn where_the_post_cannot_be_changed_the_server_changes_it_itself() {
    let mut world = world().await;
    let post = asks(&world, &world.channel("general")).await;
    world.sim.faults().instead(&format!("/posts/{}/patch", post.id), &[Instead::Status(500)]);
    clicks(&mut world, "alice", &post, "question0", outcome(Choice::Answered)).await;
    assert_eq!(world.card(&post), "✓ **Red** selected by @alice");
    assert_eq!(told(&world, "alice"), ["Your answer: **Red**"]);
}

#[tokio::test]
async fn who_is_not_heard_answers_no_question() {
    let mut world = World::reachable(false, |seed| {
        (json!({ "groupPolicy": "allowlist", "groupAllowFrom": [seed.user_id("alice")] }), json!({}))
    })
    .await;
    let post = asks(&world, &world.channel("general")).await;
    assert_eq!(world.clicks("mallory", &post, "question0").await.status, 200);
    assert!(told(&world, "mallory")[0].contains("ignored this action"));
    // The host was not asked: its next question is about alice.
    let asked = clicks(&mut world, "alice", &post, "question0", outcome(Choice::Answered)).await;
    assert_eq!(chosen(&asked).sender_id, world.id("alice"));
}
