//! Files that people attach, as the agent gets them.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::MediaKind;
use mattermost_sim::{Draft, Options};
use serde_json::json;
use std::path::Component;
use support::World;

const MIB: usize = 1024 * 1024;

/// Post a text with files of bob's.
fn with_files(world: &World, channel: &str, text: &str, files: &[(&str, Vec<u8>)]) {
    let bob = world.id("bob");
    let ids = files
        .iter()
        .map(|(name, content)| world.sim.upload_as(&bob, channel, name, content.clone()).unwrap())
        .collect();
    world.posts("bob", channel, Draft { message: text.to_owned(), file_ids: ids, ..Draft::default() });
}

// covers: I39
#[tokio::test(flavor = "multi_thread")]
async fn files_are_fetched_in_their_order_and_kept_for_the_agent_alone() {
    let mut world = World::lasting().await;
    let dm = world.dm("bob");
    let files = [("cat.png", b"a cat".to_vec()), ("notes.txt", b"some notes".to_vec()), ("x.bin", vec![7])];
    with_files(&world, &dm, "look", &files);
    let heard = world.hears().await;
    assert_eq!(heard.text, "look");
    let facts: Vec<_> = heard.media.iter().map(|file| (file.name.as_str(), file.size, file.kind)).collect();
    let expected = [
        ("cat.png", 5, MediaKind::Image),
        ("notes.txt", 10, MediaKind::Document),
        ("x.bin", 1, MediaKind::Document),
    ];
    assert_eq!(facts, expected);
    assert_eq!(heard.media[0].mime_type, "image/png");
    let state = world.life.state.as_ref().unwrap().path().to_owned();
    for (file, (_, content)) in heard.media.iter().zip(&files) {
        let path = file.path.as_ref().unwrap();
        assert!(path.starts_with(&state), "{path:?}");
        assert_eq!(&std::fs::read(path).unwrap(), content);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o077, 0, "{path:?}");
        }
    }
}

// covers: I39
#[tokio::test(flavor = "multi_thread")]
async fn a_file_over_the_limit_is_named_and_the_others_are_there() {
    let mut world = World::lasting().await;
    let dm = world.dm("bob");
    with_files(&world, &dm, "look", &[("huge.bin", vec![0; 9 * MIB]), ("small.txt", b"x".to_vec())]);
    let heard = world.hears().await;
    assert_eq!(heard.text, "look\n[mattermost attachment unavailable] \"huge.bin\"");
    assert!(heard.media[0].path.is_none());
    assert!(heard.media[0].problem.as_ref().unwrap().contains("8 MiB (mediaMaxMb)"), "{:?}", heard.media[0]);
    assert!(heard.media[1].path.is_some() && heard.media[1].problem.is_none());
}

// covers: I39
#[tokio::test(flavor = "multi_thread")]
async fn the_limit_is_the_configured_one() {
    let mut world = World::begin(Options::default(), json!({ "mediaMaxMb": 1 }), json!({}), true).await;
    let dm = world.dm("bob");
    let (fits, more) = (vec![0; MIB], vec![0; MIB + 1]);
    with_files(&world, &dm, "", &[("fits.bin", fits), ("more.bin", more.clone()), ("too.bin", more)]);
    let heard = world.hears().await;
    assert_eq!(heard.text, "[mattermost 2 attachments unavailable] \"more.bin\", \"too.bin\"");
    let there: Vec<bool> = heard.media.iter().map(|file| file.path.is_some()).collect();
    assert_eq!(there, [true, false, false]);
}

// covers: I40
#[tokio::test(flavor = "multi_thread")]
async fn a_picture_without_a_word_is_a_message() {
    let mut world = World::lasting().await;
    let (dm, general) = (world.dm("bob"), world.channel("general"));
    with_files(&world, &dm, "", &[("cat.png", b"a cat".to_vec())]);
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.media.len()), ("", 1));
    assert!(heard.media[0].path.is_some());
    with_files(&world, &general, "@openclaw", &[("dog.png", b"a dog".to_vec())]);
    let heard = world.hears().await;
    assert_eq!(heard.media[0].name, "dog.png");
    // In a channel the bot still has to be meant.
    with_files(&world, &general, "", &[("bird.png", b"a bird".to_vec())]);
    world.hears_nothing_in("bob", &general, "").await;
}

// covers: I39
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_send_a_file_loses_only_that() {
    let mut world = World::lasting().await;
    let dm = world.dm("bob");
    world.caught_up().await;
    world.sim.faults().errors(&[500]);
    with_files(&world, &dm, "look", &[("cat.png", b"a cat".to_vec())]);
    let heard = world.hears().await;
    assert_eq!(heard.text, "look\n[mattermost attachment unavailable] \"cat.png\"");
    assert!(heard.media[0].problem.is_some());
    world.sim.faults().clear();
    with_files(&world, &dm, "again", &[("cat.png", b"a cat".to_vec())]);
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.media[0].path.is_some()), ("again", true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_leads_nowhere_but_into_the_folder_of_its_message() {
    let mut world = World::lasting().await;
    let dm = world.dm("bob");
    let state = world.life.state.as_ref().unwrap().path().to_owned();
    let long = format!("{}.txt", "n".repeat(300));
    for (given, kept) in [
        ("../../../../tmp/evil.txt", "evil.txt"),
        ("/etc/passwd", "passwd"),
        ("C:\\windows\\a.txt", "a.txt"),
        ("a\nb\u{0}c.txt", "a_b_c.txt"),
        ("..", ""),
        (long.as_str(), &long[long.len() - 120..]),
    ] {
        with_files(&world, &dm, "look", &[(given, b"content".to_vec())]);
        let heard = world.hears().await;
        let file = &heard.media[0];
        let path = file.path.as_ref().unwrap();
        assert!(path.starts_with(&state), "{given:?}: {path:?}");
        assert!(path.components().all(|part| part != Component::ParentDir), "{given:?}: {path:?}");
        assert_eq!(std::fs::read(path).unwrap(), b"content");
        let name = if kept.is_empty() { file.file_id.as_str() } else { kept };
        assert_eq!(path.file_name().unwrap().to_str().unwrap(), name, "{given:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_waits_for_its_file_keeps_its_place() {
    let mut world = World::lasting().await;
    let dm = world.dm("bob");
    with_files(&world, &dm, "first", &[("big.bin", vec![1; 7 * MIB])]);
    world.says("bob", &dm, "second", "");
    world.says("bob", &dm, "third", "");
    for text in ["first", "second", "third"] {
        assert_eq!(world.hears().await.text, text);
    }
}
