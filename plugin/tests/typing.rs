//! The bot is shown as typing while the host works on an answer.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use mattermost_client::connection::{self, Connection, ConnectionEvent, Events};
use mattermost_client::event::TypingNotice;
use mattermost_client::{Client, Options, ServerEvent, ServerUrl, Token};
use std::time::{Duration, Instant};
use support::World;

/// What alice's own client is told.
async fn alice(world: &World) -> (Connection, Events) {
    let url = ServerUrl::parse(&world.sim.url()).unwrap();
    let token = Token::new(world.seed.token("alice")).unwrap();
    let client = Client::new(url, token, Options::default()).unwrap();
    let (socket, mut screen) = connection::spawn(client, connection::Options::default());
    while !matches!(screen.recv().await, Some(ConnectionEvent::Connected { .. })) {}
    (socket, screen)
}

async fn types(screen: &mut Events, limit: Duration) -> Option<TypingNotice> {
    let wait = async {
        loop {
            if let ConnectionEvent::Event(event) = screen.recv().await.unwrap()
                && let ServerEvent::Typing(notice) = *event
            {
                return notice;
            }
        }
    };
    tokio::time::timeout(limit, wait).await.ok()
}

// covers: O16
#[tokio::test(flavor = "multi_thread")]
async fn typing_is_shown_in_the_thread_every_three_seconds_until_the_turn_is_over() {
    let mut world = World::new().await;
    let (_socket, mut screen) = alice(&world).await;
    let general = world.channel("general");
    let root = world.says("bob", &general, "a topic", "");
    world.says("alice", &general, "@openclaw a question", &root.id);
    let message = world.hears().await;
    let first = types(&mut screen, support::PATIENCE).await.unwrap();
    assert_eq!(first.user_id, world.id("openclaw"));
    assert_eq!((first.channel_id, first.parent_id), (general, root.id));
    let since = Instant::now();
    types(&mut screen, support::PATIENCE).await.unwrap();
    let again = since.elapsed();
    assert!(again >= Duration::from_millis(2_500) && again < Duration::from_secs(6), "{again:?}");
    world.echo(&message).await;
    assert_eq!(types(&mut screen, Duration::from_secs(4)).await, None, "the turn is over");
}
