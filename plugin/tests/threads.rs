//! Threads: where answers go, whose session it is, when the bot need not be named again.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{InboundMessage, MentionReason};
use mattermost_sim::{Draft, Options};
use serde_json::{Value, json};
use support::World;

async fn with(more: Value) -> World {
    World::with(Options::default(), more).await
}

fn root(heard: &InboundMessage) -> Option<&str> {
    heard.reply.thread_root_id.as_deref()
}

// covers: I42
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_begins_a_thread_only_where_it_is_configured() {
    for (mode, begins) in [("off", false), ("first", true), ("all", true), ("batched", true)] {
        let mut world = with(json!({ "replyToMode": mode })).await;
        let general = world.channel("general");
        let post = world.says("bob", &general, "@openclaw hi", "");
        let heard = world.hears().await;
        assert_eq!(root(&heard), begins.then_some(post.id.as_str()), "{mode}");
        world.echo(&heard).await;
        let answer = world.sees(&general, "echo: hi").await;
        assert_eq!(answer.root_id, if begins { post.id.as_str() } else { "" }, "{mode}");
        // Inside a thread every mode answers there.
        let topic = world.says("bob", &general, "a topic", "");
        world.says("bob", &general, "@openclaw inside", &topic.id);
        assert_eq!(root(&world.hears().await), Some(topic.id.as_str()), "{mode}");
    }
}

// covers: I43
#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_conversation_may_have_a_mode_of_its_own_and_direct_ones_must() {
    let by_kind = json!({ "channel": "off", "group": "first" });
    let mut world = with(json!({ "replyToMode": "batched", "replyToModeByChatType": by_kind })).await;
    let (general, secret, dm) = (world.channel("general"), world.channel("secret"), world.dm("alice"));
    world.says("bob", &general, "@openclaw hi", "");
    assert_eq!(root(&world.hears().await), None);
    let post = world.says("bob", &secret, "@openclaw hi", "");
    assert_eq!(root(&world.hears().await), Some(post.id.as_str()));
    world.says("alice", &dm, "hi", "");
    let heard = world.hears().await;
    assert_eq!((root(&heard), heard.session.key.as_str()), (None, "agent:main:main"));
    let mut world = with(json!({ "replyToModeByChatType": { "direct": "first" } })).await;
    let dm = world.dm("alice");
    let post = world.says("alice", &dm, "hi", "");
    let heard = world.hears().await;
    assert_eq!(root(&heard), Some(post.id.as_str()));
    assert_eq!(heard.session.key, format!("agent:main:main:thread:{}", post.id));
    assert_eq!(heard.session.parent_key, None);
    world.echo(&heard).await;
    assert_eq!(world.sees(&dm, "echo: hi").await.root_id, post.id);
}

// covers: I44
#[tokio::test(flavor = "multi_thread")]
async fn a_thread_is_a_session_inside_that_of_its_channel() {
    let mut world = World::new().await;
    let general = world.channel("general");
    let topic = world.says("bob", &general, "a topic", "");
    world.says("alice", &general, "@openclaw inside", &topic.id);
    let session = world.hears().await.session;
    let base = format!("agent:main:mattermost:channel:{general}");
    assert_eq!(session.key, format!("{base}:thread:{}", topic.id));
    assert_eq!((session.parent_key, session.thread_id), (Some(base.clone()), Some(topic.id)));
    world.says("alice", &general, "@openclaw outside", "");
    let session = world.hears().await.session;
    assert_eq!((session.key, session.parent_key, session.thread_id), (base, None, None));
}

// The official plugin answers outside of the thread, where the asker does not look.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_inside_a_direct_thread_is_answered_there_and_in_the_same_session() {
    let mut world = World::new().await;
    let dm = world.dm("alice");
    let first = world.says("alice", &dm, "first", "");
    let outside = world.hears().await;
    world.echo(&outside).await;
    world.says("alice", &dm, "second", &first.id);
    let inside = world.hears().await;
    assert_eq!((root(&outside), root(&inside)), (None, Some(first.id.as_str())));
    assert_eq!(inside.session, outside.session);
    world.echo(&inside).await;
    assert_eq!(world.sees(&dm, "echo: second").await.root_id, first.id);
}

// covers: I19
#[tokio::test(flavor = "multi_thread")]
async fn in_a_thread_that_the_bot_answered_in_it_need_not_be_named_again() {
    let mut world = World::new().await;
    let general = world.channel("general");
    let (topic, other) =
        (world.says("bob", &general, "a topic", ""), world.says("bob", &general, "another", ""));
    world.says("bob", &general, "@openclaw first", &topic.id);
    let heard = world.hears().await;
    world.echo(&heard).await;
    world.says("alice", &general, "not for the bot", &other.id);
    world.says("alice", &general, "nor this", "");
    world.says("alice", &general, "a follow-up", &topic.id);
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.mention.reason), ("a follow-up", MentionReason::Thread));
    assert!(heard.mention.was_mentioned);
    world.hears_nothing_in("alice", &general, &other.id).await;
}

// covers: I19
#[tokio::test(flavor = "multi_thread")]
async fn taking_part_counts_for_nothing_where_it_is_switched_off() {
    let mut world = with(json!({ "implicitMentions": { "threadParticipation": false } })).await;
    let general = world.channel("general");
    let topic = world.says("bob", &general, "@openclaw first", "");
    let heard = world.hears().await;
    world.echo(&heard).await;
    world.says("bob", &general, "@openclaw second", &topic.id);
    let heard = world.hears().await;
    world.echo(&heard).await;
    world.says("bob", &general, "a follow-up", &topic.id);
    world.hears_nothing_in("bob", &general, &topic.id).await;
}

// covers: I20
#[tokio::test(flavor = "multi_thread")]
async fn the_threads_that_the_bot_took_part_in_are_known_after_a_restart() {
    let mut world = World::lasting().await;
    let general = world.channel("general");
    let topic = world.says("bob", &general, "a topic", "");
    world.says("bob", &general, "@openclaw first", &topic.id);
    let heard = world.hears().await;
    world.echo(&heard).await;
    let mut world = world.stop().await.start().await;
    world.says("bob", &general, "a follow-up", &topic.id);
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.mention.reason), ("a follow-up", MentionReason::Thread));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_a_thread_comes_with_how_the_thread_began() {
    let mut world = World::new().await;
    let (general, dm) = (world.channel("general"), world.dm("alice"));
    let topic = world.says("bob", &general, "shall we **deploy**?", "");
    for text in ["@openclaw what do you say?", "@openclaw and now?"] {
        world.says("alice", &general, text, &topic.id);
        let parent = world.hears().await.parent.unwrap();
        assert_eq!((parent.message_id.as_str(), parent.sender.as_str()), (topic.id.as_str(), "bob"));
        assert_eq!(parent.text, "shall we **deploy**?");
    }
    let first = world.says("alice", &dm, "in private", "");
    assert_eq!(world.hears().await.parent, None);
    world.says("alice", &dm, "about that", &first.id);
    assert_eq!(world.hears().await.parent.unwrap().text, "in private");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_first_post_come_along_where_they_are_wanted() {
    for wanted in [false, true] {
        let around =
            json!({ "plugins": { "entries": { "mattermost": { "config": { "threadFiles": wanted } } } } });
        let mut world = World::begin(Options::default(), json!({}), around, true).await;
        let (general, bob) = (world.channel("general"), world.id("bob"));
        let file = world.sim.upload_as(&bob, &general, "plan.txt", b"the plan".to_vec()).unwrap();
        let draft =
            Draft { message: "the plan".to_owned(), file_ids: vec![file.clone()], ..Draft::default() };
        let topic = world.posts("bob", &general, draft);
        world.says("alice", &general, "@openclaw what do you think?", &topic.id);
        let heard = world.hears().await;
        assert_eq!(heard.parent.as_ref().unwrap().text, "the plan\n<media:attachment>");
        let names: Vec<&str> = heard.media.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, if wanted { vec!["plan.txt"] } else { vec![] });
        if wanted {
            let path = heard.media[0].path.as_ref().unwrap();
            assert_eq!(std::fs::read(path).unwrap(), b"the plan");
        }
        // Once: the agent has them already.
        world.says("alice", &general, "@openclaw and now?", &topic.id);
        assert!(world.hears().await.media.is_empty());
    }
}
