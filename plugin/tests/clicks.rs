//! Clicks on buttons: the embedded server really calls the host, the loaded library decides, the agent hears of it.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{Event, HostAnswer, PairingAnswer};
use serde_json::json;
use support::World;
use support::offers::{click_of, signed};

async fn world() -> World {
    World::reachable(false, |_| (json!({}), json!({}))).await
}

// covers: B13 B21 B22 B23
#[tokio::test]
async fn a_click_becomes_a_line_in_the_post_and_a_message_for_the_agent() {
    let mut world = world().await;
    let channel = world.channel("general");
    let offered = world.offers(&channel).await;
    assert_eq!(world.clicks("alice", &offered, "yes").await.status, 200);
    assert_eq!(world.answered(), (200, json!({})));

    let shown = world.post(&channel, &offered.id);
    assert_eq!(shown.message, "Deploy?");
    assert_eq!(world.card(&offered), "✓ **Yes** selected by @alice");
    assert!(!world.has_buttons(&offered));
    assert_eq!(shown.props.get("openclaw_delivery"), offered.props.get("openclaw_delivery"));

    let mut told = None;
    let message = loop {
        match world.next().await {
            Event::SystemEvent(event) => told = Some(*event),
            Event::InboundMessage(message) => break *message,
            _ => {}
        }
    };
    let told = told.expect("a system event before the message");
    assert_eq!(told.text, format!("Mattermost button click: action=\"yes\" by @alice in channel {channel}"));
    assert_eq!(told.context_key, Some(format!("mattermost:interaction:{}:yes", offered.id)));
    assert_eq!(told.session, message.session);

    assert_eq!(message.text, "[Button click: user @alice selected \"Yes\"]");
    assert_eq!(message.message_id, format!("interaction:{}:yes", offered.id));
    assert!(message.mention.was_mentioned && !message.command.authorized);
    assert!(message.body.contains("@alice selected"), "{}", message.body);
    let click = click_of(&message);
    assert_eq!((click.label.as_str(), click.value.as_deref()), ("Yes", Some("yes")));
    assert_eq!((click.message_id.as_str(), click.action_id.as_str()), (offered.id.as_str(), "yes"));
    let answer = world.echo(&message).await;
    assert_eq!(world.post(&channel, &answer).root_id, "");
}

#[tokio::test]
async fn a_click_in_a_thread_is_answered_there_and_belongs_to_its_session() {
    let mut world = world().await;
    let channel = world.channel("general");
    let root = world.says("alice", &channel, "a thread", "");
    let offered = world.offers_in(&channel, Some(&root.id)).await;
    world.clicks("bob", &offered, "no").await;
    let message = world.hears().await;
    assert_eq!(message.conversation.thread_root_id.as_deref(), Some(root.id.as_str()));
    assert!(message.session.key.ends_with(&format!(":thread:{}", root.id)), "{}", message.session.key);
    let answer = world.echo(&message).await;
    assert_eq!(world.post(&channel, &answer).root_id, root.id);
}

// Thread 38057.
#[tokio::test]
async fn a_pin_and_what_else_a_post_has_survive_a_click() {
    let mut world = world().await;
    let channel = world.channel("general");
    let offered = world.offers(&channel).await;
    world.sim.pin(&offered.id, true).unwrap();
    world.clicks("alice", &offered, "yes").await;
    world.hears().await;
    let shown = world.post(&channel, &offered.id);
    assert!(shown.is_pinned && shown.edit_at >= offered.edit_at);
    assert_eq!(shown.message, offered.message);
}

#[tokio::test]
async fn of_many_clicks_at_once_one_has_an_effect_and_the_others_learn_who_was_first() {
    let mut world = world().await;
    let channel = world.channel("general");
    let offered = world.offers(&channel).await;
    let people = [world.id("alice"), world.id("bob"), world.id("mallory")];
    let clicks = (0..24).map(|n| {
        let action = if n % 2 == 0 { "yes" } else { "no" };
        world.sim.click(&people[n % 3], &offered.id, action)
    });
    let outcomes = futures_util::future::join_all(clicks).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome.status, 200 | 404)), "{outcomes:?}");

    let message = world.hears().await;
    let (who, what) = (message.sender.username.clone().unwrap(), click_of(&message).label.clone());
    assert_eq!(world.card(&offered), format!("✓ **{what}** selected by @{who}"));
    world.echo(&message).await;
    world.hears_of_no_click().await;
    let late: Vec<String> =
        people.iter().flat_map(|user| world.sim.ephemerals(user)).map(|post| post.message).collect();
    let told = format!("@{who} was first: **{what}** is chosen already.");
    assert!(!late.is_empty() && late.iter().all(|text| *text == told), "{late:?}");
}

// covers: B20
#[tokio::test]
async fn who_is_not_heard_clicks_in_vain_and_is_told_so() {
    let mut world = World::reachable(false, |seed| {
        (json!({ "groupPolicy": "allowlist", "groupAllowFrom": [seed.user_id("alice")] }), json!({}))
    })
    .await;
    let channel = world.channel("general");
    let offered = world.offers(&channel).await;
    assert_eq!(world.clicks("mallory", &offered, "yes").await.status, 200);
    let told = world.sim.ephemerals(&world.id("mallory")).pop().unwrap().message;
    assert!(told.contains("ignored this action") && told.contains("#general"), "{told}");
    assert!(world.has_buttons(&offered));
    // Those who are heard still can.
    world.clicks("alice", &offered, "yes").await;
    assert_eq!(world.hears().await.sender.username.as_deref(), Some("alice"));
}

#[tokio::test]
async fn in_a_direct_message_a_stranger_clicks_in_vain_until_he_is_paired() {
    let mut world =
        World::reachable(false, |_| (json!({ "dmPolicy": "pairing", "allowFrom": null }), json!({}))).await;
    let dm = world.dm("bob");
    let offered = world.offers(&dm).await;
    let answers = [
        PairingAnswer { approved: false, code: Some("ABCD2345".to_owned()), ..PairingAnswer::default() },
        PairingAnswer { approved: true, ..PairingAnswer::default() },
    ];
    for answer in answers {
        let (bob, post) = (world.id("bob"), offered.id.clone());
        let approved = answer.approved;
        let sim = &world.sim;
        let clicking = sim.click(&bob, &post, "yes");
        tokio::pin!(clicking);
        let request = loop {
            tokio::select! {
                outcome = &mut clicking => panic!("answered without asking: {outcome:?}"),
                event = world.events.next() => if let Some(Event::HostRequest(request)) = event { break request },
            }
        };
        assert!(!support::about(&request).1, "a click is no request to be paired");
        let reply = host_sdk::protocol::HostReply {
            request_id: request.request_id.clone(),
            answer: HostAnswer::Pairing(answer),
        };
        world.instance.handle(&host_sdk::protocol::HandleRequest::HostReply(reply)).await.unwrap();
        assert_eq!(clicking.await.status, 200);
        assert_eq!(world.has_buttons(&offered), !approved);
    }
    assert_eq!(world.hears().await.access, "dm_paired");
    assert_eq!(world.answers(&dm).len(), 1, "nobody is told a code for a click");
}

#[tokio::test]
async fn bots_click_in_vain_unless_bots_are_heard() {
    let mut world = world().await;
    let channel = world.channel("general");
    let offered = world.offers(&channel).await;
    for bot in ["alerts", "openclaw"] {
        assert_eq!(world.clicks(bot, &offered, "yes").await.status, 200);
        assert!(world.has_buttons(&offered), "{bot}");
    }
    world.hears_of_no_click().await;
}

// covers: B24
#[tokio::test]
async fn buttons_that_a_script_signed_and_somebody_else_posted_work() {
    let mut world = world().await;
    let channel = world.channel("general");
    let url = world.http().url("/mattermost/interactions/default");
    let token = world.seed.token("openclaw").to_owned();
    let context = json!({ "action": "approve", "build": 41, "ratio": 0.5, "who": "Zoë <&>", "more": { "b": 1, "a": [true, null] } });
    let actions = json!([signed(&token, &url, "mybutton01", "Approve", context)]);
    let posted = world.offers_by_hand("bob", &channel, actions);
    assert_eq!(world.clicks("alice", &posted, "mybutton01").await.status, 200);
    assert_eq!(world.card(&posted), "✓ **Approve** selected by @alice");
    assert_eq!(world.post(&channel, &posted.id).message, "Choose");
    let message = world.hears().await;
    let click = click_of(&message);
    assert_eq!(click.context["action"], "approve");
    assert_eq!(click.context["more"], json!({ "a": [true, null], "b": 1 }));
    assert!(click.context.get("_token").is_none());
}

#[tokio::test]
async fn a_post_that_cannot_be_changed_at_the_moment_is_changed_by_the_answer() {
    let mut world = world().await;
    let channel = world.channel("general");
    let offered = world.offers(&channel).await;
    let path = format!("/posts/{}/patch", offered.id);
    world.sim.faults().instead(&path, &[mattermost_sim::Instead::Status(500)]);
    world.clicks("alice", &offered, "yes").await;
    let (status, answer) = world.answered();
    assert_eq!((status, &answer["update"]["message"]), (200, &json!("Deploy?")));
    assert_eq!(world.card(&offered), "✓ **Yes** selected by @alice");
    world.hears().await;
}

#[tokio::test]
async fn a_text_that_is_edited_during_a_click_is_not_put_back() {
    let mut world = world().await;
    let channel = world.channel("general");
    let offered = world.offers(&channel).await;
    let path = format!("/posts/{}/patch", offered.id);
    // The plugin's own change never comes, so the answer asks the server for it.
    world.sim.faults().instead(&path, &[mattermost_sim::Instead::Silence]);
    let (alice, bot) = (world.id("alice"), world.id("openclaw"));
    let editing = async {
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        world.sim.edit_as(&bot, &offered.id, "Deploy now?").unwrap();
    };
    let (outcome, ()) = tokio::join!(world.sim.click(&alice, &offered.id, "yes"), editing);
    assert_eq!(outcome.status, 200);
    let (status, answer) = world.answered();
    assert_eq!((status, &answer["update"]["message"]), (200, &json!("Deploy now?")));
    assert_eq!(world.post(&channel, &offered.id).message, "Deploy now?");
    assert_eq!(world.card(&offered), "✓ **Yes** selected by @alice");
    assert_eq!(world.hears().await.sender.id, alice);
}
