//! The main job: hear what is meant for the bot, answer where it was asked.

mod support;

use host_sdk::protocol::{ChatKind, Outbound};
use mattermost_sim::{Options, Version};
use serde_json::json;
use support::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_direct_message_is_answered_in_the_direct_channel() {
    let mut world = World::new().await;
    let dm = world.dm("alice");
    let asked = world.says("alice", &dm, "hello", "");
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.message_id.as_str()), ("hello", asked.id.as_str()));
    assert_eq!(heard.conversation.kind, ChatKind::Direct);
    assert_eq!(heard.sender.username.as_deref(), Some("alice"));
    assert!(!heard.redelivered);
    let answer = world.echo(&heard).await;
    let seen = world.sees(&dm, "echo: hello").await;
    assert_eq!((seen.id, seen.root_id.as_str()), (answer, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_in_a_direct_channels_thread_is_answered_in_that_thread() {
    let mut world = World::new().await;
    let dm = world.dm("alice");
    let root = world.says("alice", &dm, "root", "");
    world.hears().await;
    world.says("alice", &dm, "and this?", &root.id);
    let heard = world.hears().await;
    world.echo(&heard).await;
    assert_eq!(world.sees(&dm, "echo: and this?").await.root_id, root.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_in_a_channel_is_answered_without_the_mention_in_the_text() {
    let mut world = World::new().await;
    let general = world.channel("general");
    world.says("bob", &general, "nobody in particular", "");
    world.says("bob", &general, "@openclaw what is new?", "");
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.raw_text.as_str()), ("what is new?", "@openclaw what is new?"));
    assert!(heard.mention.was_mentioned);
    assert_eq!(heard.conversation.channel_name.as_deref(), Some("general"));
    world.echo(&heard).await;
    assert_eq!(world.sees(&general, "echo: what is new?").await.root_id, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_in_a_thread_is_answered_in_the_thread() {
    let mut world = World::new().await;
    let general = world.channel("general");
    let root = world.says("alice", &general, "a topic", "");
    world.says("bob", &general, "@openclaw your opinion?", &root.id);
    let heard = world.hears().await;
    world.echo(&heard).await;
    assert_eq!(world.sees(&general, "echo: your opinion?").await.root_id, root.id);
}

// covers: I08
#[tokio::test(flavor = "multi_thread")]
async fn private_channels_are_groups() {
    let mut world = World::new().await;
    let secret = world.channel("secret");
    world.says("alice", &secret, "@openclaw psst", "");
    let heard = world.hears().await;
    assert_eq!((heard.conversation.kind, heard.text.as_str()), (ChatKind::Group, "psst"));
}

// covers: I06
#[tokio::test(flavor = "multi_thread")]
async fn posts_of_the_bot_itself_of_other_bots_and_of_the_server_are_not_heard() {
    let mut world = World::new().await;
    let general = world.channel("general");
    world.says("openclaw", &general, "@openclaw talking to myself", "");
    world.says("alerts", &general, "@openclaw disk full", "");
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_server_is_answered_too() {
    let mut world = World::with(Options::version(Version::V5_16), json!({})).await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "hello", "");
    let heard = world.hears().await;
    world.echo(&heard).await;
    world.sees(&dm, "echo: hello").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_to_one_conversation_go_out_in_the_order_of_the_calls() {
    let world = World::new().await;
    let dm = world.dm("alice");
    let messages: Vec<Outbound> = (0..40)
        .map(|number| Outbound {
            target: format!("channel:{dm}"),
            text: format!("part {number}"),
            ..Outbound::default()
        })
        .collect();
    let mut sending = Vec::new();
    for message in messages {
        let instance = world.instance.clone();
        let (called, wait) = tokio::sync::oneshot::channel();
        sending.push(tokio::spawn(async move {
            let send = instance.send(&message);
            tokio::pin!(send);
            // The first poll makes the call; the next message is not sent before.
            let mut called = Some(called);
            std::future::poll_fn(|context| {
                let state = send.as_mut().poll(context);
                if let Some(called) = called.take() {
                    called.send(()).unwrap();
                }
                state
            })
            .await
        }));
        wait.await.unwrap();
    }
    for sent in sending {
        sent.await.unwrap().unwrap();
    }
    let texts: Vec<String> = world.sim.posts(&dm).into_iter().map(|post| post.message).collect();
    assert_eq!(texts, (0..40).map(|number| format!("part {number}")).collect::<Vec<_>>());
}
