//! What is done with messages that stand already: reactions, edits, deletions, pins.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{
    ActionDone, Caller, CurrentConversation, EditAction, Error, ErrorCode, HandleRequest, MessageAction,
    QueryRequest, ReactAction, ReactionList,
};
use mattermost_sim::{Options, PostRecord};
use serde_json::{Value, json};
use support::{World, agent, config, library, operator};

fn react(caller: Caller, post: &PostRecord, emoji: &str) -> ReactAction {
    ReactAction {
        account_id: None,
        caller,
        target: None,
        message_id: post.id.clone(),
        emoji: emoji.to_owned(),
        remove: false,
        dry_run: false,
    }
}

fn about(caller: Caller, id: &str) -> MessageAction {
    MessageAction { account_id: None, caller, target: None, message_id: id.to_owned(), dry_run: false }
}

fn edit(caller: Caller, id: &str, text: &str) -> EditAction {
    EditAction {
        account_id: None,
        caller,
        target: None,
        message_id: id.to_owned(),
        text: text.to_owned(),
        dry_run: false,
    }
}

async fn done(world: &World, request: HandleRequest) -> Result<ActionDone, Error> {
    Ok(serde_json::from_value(world.instance.handle(&request).await?).unwrap())
}

/// The emojis on a post, each with the names of those who put it there.
async fn reactions(world: &World, id: &str) -> Vec<(String, Vec<String>)> {
    let listed = world.instance.handle(&HandleRequest::ActionReactions(about(operator(), id))).await.unwrap();
    let list: ReactionList = serde_json::from_value(listed).unwrap();
    let names =
        |users: Vec<host_sdk::protocol::ActionUser>| users.into_iter().map(|user| user.username.unwrap());
    list.reactions.into_iter().map(|one| (one.emoji, names(one.users).collect())).collect()
}

fn post(world: &World, channel: &str, id: &str) -> Option<PostRecord> {
    world.sim.posts(channel).into_iter().find(|post| post.id == id)
}

async fn bots_post(world: &World, channel: &str, text: &str) -> String {
    let message = host_sdk::protocol::Outbound {
        target: format!("channel:{channel}"),
        text: text.to_owned(),
        ..Default::default()
    };
    world.instance.send(&message).await.unwrap().message_id
}

// covers: B01
#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_is_put_there_and_taken_off_however_the_emoji_is_written() {
    let world = World::new().await;
    let general = world.channel("general");
    let topic = world.says("alice", &general, "shall we?", "");
    for (written, name) in
        [(":+1:", "+1"), ("thumbsup", "thumbsup"), ("👋🏽", "wave_medium_skin_tone"), ("❌", "x")]
    {
        let put = done(&world, HandleRequest::ActionReact(react(operator(), &topic, written))).await.unwrap();
        assert_eq!(put.text, format!("Reacted with :{name}: on {}", topic.id));
        assert_eq!((put.emoji.as_deref(), put.target), (Some(name), format!("channel:{general}")));
        assert_eq!(reactions(&world, &topic.id).await, [(name.to_owned(), vec!["openclaw".to_owned()])]);
        let off = ReactAction { remove: true, ..react(operator(), &topic, written) };
        let off = done(&world, HandleRequest::ActionReact(off)).await.unwrap();
        assert_eq!(off.text, format!("Removed reaction :{name}: from {}", topic.id));
        assert_eq!(reactions(&world, &topic.id).await, []);
    }
}

// covers: B01
#[tokio::test(flavor = "multi_thread")]
async fn an_emoji_that_is_none_is_told_with_what_failed() {
    let world = World::new().await;
    let topic = world.says("alice", &world.channel("general"), "shall we?", "");
    for (emoji, remove, words) in [
        ("🫠", false, "Mattermost add reaction failed: the emoji is not known"),
        (" :: ", true, "Mattermost remove reaction failed: the emoji is empty"),
    ] {
        let asked = ReactAction { remove, ..react(operator(), &topic, emoji) };
        let error = done(&world, HandleRequest::ActionReact(asked)).await.unwrap_err();
        assert!(error.message.starts_with(words), "{}", error.message);
        assert_eq!(error.field.as_deref(), Some("emoji"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybodys_reactions_are_listed_by_emoji() {
    let world = World::new().await;
    let topic = world.says("alice", &world.channel("general"), "shall we?", "");
    for (who, emoji) in [("bob", "tada"), ("alice", "eyes"), ("alice", "tada")] {
        world.sim.react_as(&world.id(who), &topic.id, emoji).unwrap();
        // The order is that of their times.
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    }
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        reactions(&world, &topic.id).await,
        [("tada".to_owned(), names(&["bob", "alice"])), ("eyes".to_owned(), names(&["alice"]))]
    );
}

// covers: B02
#[tokio::test(flavor = "multi_thread")]
async fn reactions_that_are_switched_off_are_an_error_by_section_and_by_account() {
    for section in [
        json!({ "actions": { "reactions": false } }),
        json!({ "actions": { "reactions": true }, "accounts": { "default": { "actions": { "reactions": false } } } }),
    ] {
        let world = World::with(Options::default(), section).await;
        let topic = world.says("alice", &world.channel("general"), "shall we?", "");
        let error =
            done(&world, HandleRequest::ActionReact(react(operator(), &topic, "x"))).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Forbidden);
        assert!(error.message.contains("reactions are disabled"), "{}", error.message);
        assert!(error.message.contains("actions.reactions"), "{}", error.message);
    }
}

// covers: B02
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_switched_off_does_nothing() {
    let world = World::new().await;
    let topic = world.says("alice", &world.channel("general"), "shall we?", "");
    let off =
        json!({ "enabled": false, "botToken": world.seed.token("openclaw"), "baseUrl": world.sim.url() });
    let (client, _events) = support::client(config(off));
    let error = client.handle(&HandleRequest::ActionReact(react(operator(), &topic, "x"))).await.unwrap_err();
    assert!(error.message.contains("is switched off"), "{}", error.message);
}

// covers: B03
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_reacts_in_its_conversation_and_nowhere_else() {
    let world =
        World::with(Options::default(), json!({ "groupPolicy": "allowlist", "groupAllowFrom": ["*"] })).await;
    let (general, ops, dm) = (world.channel("general"), world.channel("ops"), world.dm("alice"));
    let here = world.says("alice", &general, "@openclaw here", "");
    let there = world.says("alice", &ops, "there", "");
    let private = world.says("alice", &dm, "in private", "");
    let tried = |caller: Caller, post: &PostRecord, target: Option<String>| {
        let asked = ReactAction { target, ..react(caller, post, "eyes") };
        let world = &world;
        async move { done(world, HandleRequest::ActionReact(asked)).await }
    };
    tried(agent(&general), &here, None).await.unwrap();
    tried(agent(&general), &here, Some(format!("channel:{general}"))).await.unwrap();
    tried(agent(&dm), &private, Some(format!("user:{}", world.id("alice")))).await.unwrap();
    for (caller, post, target, words) in [
        (agent(&general), &there, None, "does not stand in"),
        (agent(&general), &there, Some(format!("channel:{general}")), "does not stand in"),
        (agent(&general), &there, Some(format!("channel:{ops}")), "groupPolicy"),
        (agent(&general), &private, Some(format!("channel:{dm}")), "closed to agents"),
        (agent(&general), &private, Some(format!("user:{}", world.id("alice"))), "closed to agents"),
        (agent(&dm), &private, Some(format!("user:{}", world.id("bob"))), "does not stand in"),
        (agent(&general), &here, Some("#general".to_owned()), "channel:<id> or user:<id>"),
        (Caller::Agent { current: None }, &here, Some(format!("channel:{general}")), "no conversation"),
    ] {
        let error = tried(caller, post, target.clone()).await.unwrap_err();
        assert!(error.message.starts_with("Mattermost add reaction failed: "), "{}", error.message);
        assert!(error.message.contains(words), "{target:?}: {}", error.message);
    }
    assert_eq!(reactions(&world, &there.id).await, []);
}

// covers: B03
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_of_another_account_is_refused() {
    let world = World::new().await;
    let general = world.channel("general");
    let here = world.says("alice", &general, "here", "");
    let current = CurrentConversation {
        account_id: "second".to_owned(),
        channel_id: general,
        requester_id: Some(world.id("alice")),
    };
    let caller = Caller::Agent { current: Some(current) };
    let error = done(&world, HandleRequest::ActionReact(react(caller, &here, "eyes"))).await.unwrap_err();
    assert!(error.message.contains("another account"), "{}", error.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_changes_the_text_and_nothing_else_and_only_when_it_is_another_one() {
    let world = World::new().await;
    let general = world.channel("general");
    let id = bots_post(&world, &general, "frist").await;
    world.sim.pin(&id, true).unwrap();
    let before = post(&world, &general, &id).unwrap();
    let dry = EditAction { dry_run: true, ..edit(agent(&general), &id, "first") };
    let told = done(&world, HandleRequest::ActionEdit(dry)).await.unwrap();
    assert_eq!((told.changed, told.dry_run, told.target), (false, true, format!("channel:{general}")));
    assert_eq!(post(&world, &general, &id).unwrap().message, "frist");
    let edited = done(&world, HandleRequest::ActionEdit(edit(agent(&general), &id, "first"))).await.unwrap();
    assert_eq!((edited.changed, edited.text), (true, format!("Edited {id}")));
    let after = post(&world, &general, &id).unwrap();
    assert_eq!((after.message.as_str(), &after.props), ("first", &before.props));
    assert!(!before.props.is_empty(), "the mark of the delivery");
    world.sim.clear_requests();
    let again = done(&world, HandleRequest::ActionEdit(edit(agent(&general), &id, "first"))).await.unwrap();
    assert!(!again.changed);
    assert!(world.sim.requests().iter().all(|request| request.method != "PUT"), "nothing is written again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_cannot_be_is_refused_by_the_field_that_is_wrong() {
    let world = World::new().await;
    let general = world.channel("general");
    let id = bots_post(&world, &general, "mine").await;
    let topic = world.says("alice", &general, "hers", "").id;
    let long = "x".repeat(16_384);
    for (id, text, code, field) in [
        (&id, " \n", ErrorCode::InvalidArgument, "text"),
        (&id, long.as_str(), ErrorCode::TooLarge, "text"),
        (&"nopost".to_owned(), "x", ErrorCode::InvalidArgument, "message_id"),
        (&"z".repeat(26), "x", ErrorCode::NotFound, "message_id"),
        (&topic, "x", ErrorCode::Forbidden, "message_id"),
    ] {
        let error =
            done(&world, HandleRequest::ActionEdit(edit(agent(&general), id, text))).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (code, Some(field)), "{}", error.message);
    }
    let token = world.seed.token("openclaw");
    done(&world, HandleRequest::ActionEdit(edit(agent(&general), &id, &format!("it is {token}"))))
        .await
        .unwrap();
    assert!(!post(&world, &general, &id).unwrap().message.contains(token), "a token is not published");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_deletes_what_the_bot_wrote_and_nothing_that_others_answered() {
    let world = World::new().await;
    let general = world.channel("general");
    let (mine, answered) =
        (bots_post(&world, &general, "mine").await, bots_post(&world, &general, "a topic").await);
    let hers = world.says("alice", &general, "an answer", &answered).id;
    let deleted = done(&world, HandleRequest::ActionDelete(about(agent(&general), &mine))).await.unwrap();
    assert!(deleted.changed);
    assert!(post(&world, &general, &mine).is_none());
    for (id, words) in [(&hers, "not the bot's own"), (&answered, "others answered"), (&mine, "")] {
        let error = done(&world, HandleRequest::ActionDelete(about(agent(&general), id))).await.unwrap_err();
        assert!(error.message.contains(words), "{}", error.message);
    }
    // A person at the command line knows what he does.
    done(&world, HandleRequest::ActionDelete(about(operator(), &answered))).await.unwrap();
    assert!(post(&world, &general, &hers).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_pins_the_bots_own_messages_and_others_where_that_is_configured() {
    let pins = |pins: Value| json!({ "plugins": { "entries": { "mattermost": { "config": { "actions": { "pins": pins } } } } } });
    for (configured, own, others) in
        [(Value::Null, true, false), (json!(true), true, true), (json!(false), false, false)]
    {
        let world = World::begin(Options::default(), json!({}), pins(configured.clone()), false).await;
        let general = world.channel("general");
        let mine = bots_post(&world, &general, "mine").await;
        let hers = world.says("alice", &general, "hers", "").id;
        for (id, may) in [(&mine, own), (&hers, others)] {
            let pinned = done(&world, HandleRequest::ActionPin(about(agent(&general), id))).await;
            assert_eq!(pinned.is_ok(), may, "{configured:?}: {pinned:?}");
            if let Ok(pinned) = pinned {
                assert!(pinned.changed);
                let again = done(&world, HandleRequest::ActionPin(about(agent(&general), id))).await.unwrap();
                assert!(!again.changed);
                let off = done(&world, HandleRequest::ActionUnpin(about(agent(&general), id))).await.unwrap();
                assert_eq!(off.text, format!("Unpinned {id}"));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_to_slow_down_is_asked_again() {
    let world = World::new().await;
    let general = world.channel("general");
    let topic = world.says("alice", &general, "shall we?", "");
    world.sim.faults().errors(&[429]);
    let faults = world.sim.faults();
    let relieved = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        faults.clear();
    };
    let asked = done(&world, HandleRequest::ActionReact(react(operator(), &topic, "eyes")));
    tokio::join!(asked, relieved).0.unwrap();
    assert_eq!(reactions(&world, &topic.id).await.len(), 1);
}

#[test]
fn what_an_agent_may_do_is_told_without_an_instance() {
    let section = |more: Value| {
        let mut section = json!({ "botToken": "t0ken-t0ken", "baseUrl": "https://c" });
        for (key, value) in more.as_object().unwrap() {
            section[key] = value.clone();
        }
        config(section)
    };
    let told = |config: Value| {
        let ask = QueryRequest::ActionsList { config, env: Some(Default::default()) };
        let told = library().query(&ask).unwrap();
        serde_json::from_value::<Vec<String>>(told["actions"].clone()).unwrap()
    };
    assert_eq!(
        told(section(json!({}))),
        ["send", "react", "reactions", "edit", "delete", "pin", "unpin", "channel-info"]
    );
    let open = told(section(json!({ "actions": { "reactions": false, "messages": true } })));
    assert_eq!(
        open,
        ["send", "read", "edit", "delete", "pin", "unpin", "list-pins", "thread", "search", "channel-info"]
    );
    assert!(told(section(json!({ "enabled": false }))).is_empty());
    assert!(told(config(json!({}))).is_empty());
    let capabilities = library().query(&QueryRequest::Capabilities {}).unwrap();
    assert_eq!(capabilities["actions"].as_array().unwrap().len(), 12);
}
