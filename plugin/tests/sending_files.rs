//! Files that go out: which may, how many, and that a post has them once.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::host::Instance;
use host_sdk::protocol::{ErrorCode, Init, Outbound};
use mattermost_sim::{Options, PostRecord, Version};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::World;
use tempfile::TempDir;

/// Files `0.txt`, `1.txt`, ... in a folder of their own.
fn files(count: usize) -> (TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let paths = (0..count).map(|number| file(folder.path(), &format!("{number}.txt"), number + 1));
    let paths = paths.collect();
    (folder, paths)
}

fn file(folder: &Path, name: &str, bytes: usize) -> String {
    let path = folder.join(name);
    std::fs::write(&path, vec![b'x'; bytes]).unwrap();
    path.to_str().unwrap().to_owned()
}

fn to_general(text: &str, media: &[String]) -> Outbound {
    Outbound {
        target: "#general".to_owned(),
        text: text.to_owned(),
        media: media.to_vec(),
        ..Outbound::default()
    }
}

/// A short-lived instance that sends with the world's account.
fn client(world: &World, more: Value) -> Instance {
    support::client(world.changed(more)).0
}

fn names(world: &World, post: &PostRecord) -> Vec<String> {
    let files = post.file_ids.iter().map(|id| world.sim.file(id).unwrap());
    files.map(|file| file.name).collect()
}

/// The bot's posts in the channel general.
fn posts(world: &World) -> Vec<PostRecord> {
    world.answers(&world.channel("general"))
}

// covers: O10, O14
#[tokio::test(flavor = "multi_thread")]
async fn ten_files_go_with_a_post_and_the_rest_follows_in_the_thread_without_the_text() {
    let world = World::new().await;
    let (_folder, paths) = files(23);
    let root = world.says("alice", &world.channel("general"), "all of them?", "");
    let message = Outbound { thread_root_id: Some(root.id.clone()), ..to_general("here", &paths) };
    let receipt = client(&world, json!({})).send(&message).await.unwrap();
    let posts = posts(&world);
    let texts: Vec<&str> = posts.iter().map(|post| post.message.as_str()).collect();
    assert_eq!(texts, ["here", "", ""]);
    assert!(posts.iter().all(|post| post.root_id == root.id));
    assert_eq!(receipt.message_ids, posts.iter().map(|post| post.id.clone()).collect::<Vec<_>>());
    let sent: Vec<String> = posts.iter().flat_map(|post| names(&world, post)).collect();
    assert_eq!(sent, (0..23).map(|number| format!("{number}.txt")).collect::<Vec<_>>());
    assert_eq!(posts.iter().map(|post| post.file_ids.len()).collect::<Vec<_>>(), [10, 10, 3]);
    let first = world.sim.file(&posts[1].file_ids[0]).unwrap();
    assert_eq!((first.mime_type.as_str(), first.content.len()), ("text/plain; charset=utf-8", 11));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_needs_no_text_and_too_many_are_refused() {
    let world = World::new().await;
    let (_folder, paths) = files(1);
    let client = client(&world, json!({}));
    client.send(&to_general("", &[format!("file://{}", paths[0])])).await.unwrap();
    assert_eq!(names(&world, &posts(&world)[0]), ["0.txt"]);
    let error = client.send(&to_general("", &vec![paths[0].clone(); 51])).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::TooLarge, Some("media")));
    let error = client.send(&to_general("", &["ftp://x/y".to_owned()])).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::InvalidArgument, Some("media")));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_sends_files_of_the_folders_that_its_host_names_and_of_no_other() {
    let world = World::new().await;
    let (folder, paths) = files(1);
    let outside = tempfile::tempdir().unwrap();
    let secret = file(outside.path(), "secret.txt", 5);
    let link = folder.path().join("link.txt");
    std::os::unix::fs::symlink(&secret, &link).unwrap();
    let state = tempfile::tempdir().unwrap();
    let received = state.path().join("media").join("inbound").join("one");
    std::fs::create_dir_all(&received).unwrap();
    let received = file(&received, "received.txt", 3);
    let init = Init {
        state_dir: Some(state.path().to_owned()),
        media_roots: vec![folder.path().to_owned()],
        ..support::init(world.life.config.clone())
    };
    let (gateway, _events) = support::library().instance(&init, None).unwrap();
    for sent in [&paths[0], &received, &"0.txt".to_owned()] {
        gateway.send(&to_general("", std::slice::from_ref(sent))).await.unwrap();
    }
    let sent: Vec<String> = posts(&world).iter().flat_map(|post| names(&world, post)).collect();
    assert_eq!(sent, ["0.txt", "received.txt", "0.txt"]);
    for refused in [secret.as_str(), link.to_str().unwrap(), "/etc/passwd", "../secret.txt"] {
        let error = gateway.send(&to_general("look", &[refused.to_owned()])).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Forbidden, Some("media")), "{refused}");
        assert!(error.message.starts_with("media upload failed: "), "{}", error.message);
    }
    assert_eq!(posts(&world).len(), 3, "nothing of a refused message is posted");
}

// covers: O11
#[tokio::test(flavor = "multi_thread")]
async fn a_local_file_that_cannot_be_uploaded_stops_the_message() {
    let world = World::new().await;
    let (folder, paths) = files(1);
    let client = client(&world, json!({}));
    let missing = folder.path().join("none.txt").to_str().unwrap().to_owned();
    for media in [vec![paths[0].clone(), missing.clone()], vec![folder.path().to_str().unwrap().to_owned()]] {
        let error = client.send(&to_general("caption", &media)).await.unwrap_err();
        assert!(error.message.starts_with("media upload failed: "), "{}", error.message);
        assert_eq!(error.field.as_deref(), Some("media"));
    }
    let error = client.send(&to_general("caption", std::slice::from_ref(&missing))).await.unwrap_err();
    assert!(error.message.contains(&missing), "{}", error.message);
    // What the server refuses is as final as what cannot be read.
    // A remembered channel that answers so is looked up once more.
    world.sim.faults().upload_errors(&[403, 403]);
    let error = client.send(&to_general("caption", &paths)).await.unwrap_err();
    assert_eq!((error.code, error.http_status), (ErrorCode::Forbidden, Some(403)), "{}", error.message);
    assert_eq!(posts(&world).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_tried_again_until_the_server_takes_it() {
    let world = World::new().await;
    let (_folder, paths) = files(1);
    world.sim.faults().upload_errors(&[503, 429, 500]);
    client(&world, json!({})).send(&to_general("at last", &paths)).await.unwrap();
    let posts = posts(&world);
    assert_eq!((posts.len(), posts[0].file_ids.len()), (1, 1));
}

// covers: O10
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_web_is_fetched_and_sent_on() {
    let world = World::new().await;
    let url = format!("{}/api/v4/system/ping?secret=1", world.sim.url());
    world.instance.send(&to_general("see", &[url])).await.unwrap();
    let posts = posts(&world);
    assert_eq!((posts.len(), posts[0].message.as_str()), (1, "see"));
    let file = world.sim.file(&posts[0].file_ids[0]).unwrap();
    assert_eq!((file.name.as_str(), file.mime_type.as_str()), ("ping.json", "application/json"));
    assert!(serde_json::from_slice::<Value>(&file.content).unwrap().is_object());
}

// covers: O12, R07
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_cannot_be_fetched_stands_in_the_text_instead() {
    let world = World::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Beside the configured server nothing private is asked, whatever the account may.
    let inside = format!("http://{}/admin?token=abc", listener.local_addr().unwrap());
    let gone = format!("{}/api/v4/no-such-thing", world.sim.url());
    let (_folder, paths) = files(1);
    let media = [inside.clone(), paths[0].clone(), gone.clone()];
    let receipt = client(&world, json!({})).send(&to_general("see", &media)).await.unwrap();
    let posts = posts(&world);
    assert_eq!(posts[0].message, format!("see\n{inside}\n{gone}"));
    assert_eq!(receipt.text, posts[0].message);
    assert_eq!(names(&world, &posts[0]), ["0.txt"]);
    let asked = tokio::time::timeout(Duration::from_millis(100), listener.accept()).await;
    assert!(asked.is_err(), "it was connected to");
    client(&world, json!({})).send(&to_general("", std::slice::from_ref(&gone))).await.unwrap();
    assert_eq!(self::posts(&world)[1].message, gone);
}

// covers: O13
#[tokio::test(flavor = "multi_thread")]
async fn a_file_over_the_limit_is_not_sent_and_says_which_key_allows_more() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let small = client(&world, json!({ "mediaMaxMb": 0.001 }));
    let large = file(folder.path(), "large.txt", 2_000);
    let web = format!("{}/api/v4/no-such-thing", world.sim.url());
    for media in [large.clone(), web] {
        let error = small.send(&to_general("caption", &[media])).await.unwrap_err();
        assert!(error.message.starts_with("media upload failed: "), "{}", error.message);
    }
    let error = small.send(&to_general("caption", std::slice::from_ref(&large))).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TooLarge);
    assert!(error.message.contains("mediaMaxMb allows"), "{}", error.message);
    assert_eq!(posts(&world).len(), 0);
    client(&world, json!({})).send(&to_general("caption", &[large])).await.unwrap();
    // Sound and moving pictures have a limit of their own.
    let film = file(folder.path(), "film.mp4", 17 * 1024 * 1024);
    let error =
        client(&world, json!({})).send(&to_general("", std::slice::from_ref(&film))).await.unwrap_err();
    assert!(error.message.contains("mediaMaxMb allows more"), "{}", error.message);
    client(&world, json!({ "mediaMaxMb": 20 })).send(&to_general("", &[film])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_looks_at_the_files_and_uploads_none() {
    let world = World::new().await;
    let (_folder, paths) = files(1);
    let client = client(&world, json!({}));
    client.send(&Outbound { dry_run: true, ..to_general("x", &paths) }).await.unwrap();
    let missing = vec![format!("{}.none", paths[0])];
    client.send(&Outbound { dry_run: true, ..to_general("x", &missing) }).await.unwrap_err();
    assert!(world.sim.requests().iter().all(|one| one.path != "/api/v4/files"));
}

/// The one post with this text, and its files: nothing is there twice.
fn the_post(world: &World, text: &str) -> PostRecord {
    let mut found: Vec<PostRecord> = posts(world).into_iter().filter(|post| post.message == text).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_comes_out_without_its_files_gets_them_on_every_server() {
    for version in [Version::V11_6, Version::V5_16] {
        let world = World::with(Options::version(version), json!({})).await;
        let (_folder, paths) = files(2);
        world.sim.faults().lose_files(1);
        let receipt = client(&world, json!({})).send(&to_general("with two", &paths)).await;
        let receipt =
            receipt.unwrap_or_else(|error| panic!("{version:?} {error}: {:#?}", world.sim.requests()));
        let post = the_post(&world, "with two");
        assert_eq!(names(&world, &post), ["0.txt", "1.txt"]);
        assert_eq!(receipt.message_ids, [post.id]);
    }
}

/// The folder of received files, of which a gateway may send any.
fn received(world: &World) -> PathBuf {
    let folder = world.life.state.as_ref().unwrap().path().join("mattermost/media/inbound");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_a_crash_interrupts_before_the_post_goes_out_once_with_its_files() {
    let world = World::lasting().await;
    let path = file(&received(&world), "a.txt", 10);
    world.sim.faults().refuse_posts(Some(503));
    let message = Outbound { delivery_id: Some("d".to_owned()), ..to_general("later", &[path]) };
    let instance = world.instance.clone();
    let sending = tokio::spawn(async move { instance.send(&message).await });
    until_asked(&world, "/api/v4/posts").await;
    sending.abort();
    let _ = sending.await;
    let stopped = world.crash();
    stopped.sim.faults().clear();
    let world = stopped.start().await;
    world.sees(&world.channel("general"), "later").await;
    assert_eq!(names(&world, &the_post(&world, "later")), ["a.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_a_crash_interrupts_after_the_post_is_not_sent_again() {
    let world = World::lasting().await;
    let paths: Vec<String> =
        (0..12).map(|number| file(&received(&world), &format!("{number}.txt"), 10)).collect();
    // The first post is made, and nobody hears of it.
    world.sim.faults().deaf(true);
    world.sim.faults().drop_post_responses(1_000);
    let message = Outbound { delivery_id: Some("d".to_owned()), ..to_general("once", &paths) };
    let instance = world.instance.clone();
    let sending = tokio::spawn(async move { instance.send(&message).await });
    until_asked(&world, "/api/v4/posts").await;
    sending.abort();
    let _ = sending.await;
    let stopped = world.crash();
    stopped.sim.faults().clear();
    // What is on the server already is not needed a second time.
    std::fs::remove_file(&paths[0]).unwrap();
    let world = stopped.start().await;
    let general = world.channel("general");
    let bot = world.id("openclaw");
    let rest = |post: &PostRecord| post.user_id == bot && post.message.is_empty();
    let rest = world.sim.wait_for_post(&general, rest, support::PATIENCE).await.unwrap();
    assert_eq!(the_post(&world, "once").file_ids.len(), 10);
    assert_eq!(names(&world, &rest), ["10.txt", "11.txt"]);
    assert_eq!(posts(&world).len(), 2);
}

async fn until_asked(world: &World, path: &str) {
    let asked = async {
        while world.sim.requests().iter().all(|one| one.path != path) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(support::PATIENCE, asked).await.unwrap();
}
