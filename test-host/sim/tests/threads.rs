//! Threads and reading history.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::{Lab, post_of};
use serde_json::{Value, json};

fn order(list: &Value) -> Vec<&str> {
    let ids = list["order"].as_array().unwrap().iter();
    ids.map(|id| list["posts"][id.as_str().unwrap()]["message"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_thread_is_read_from_its_root_and_in_pages() {
    let lab = Lab::new().await;
    let (general, alice) = (lab.seed.channel("general"), lab.seed.user_id("alice"));
    let root = lab.sim.post_as(alice, general, "root", "").unwrap();
    for text in ["r1", "r2", "r3"] {
        lab.sim.post_as(alice, general, text, &root.id).unwrap();
    }
    let thread = format!("/posts/{}/thread", root.id);
    let all = lab.get("bob", &thread).await;
    assert_eq!(order(&all.body), ["root", "r1", "r2", "r3"]);
    assert_eq!(all.body["posts"][&root.id]["reply_count"], 3);
    let down = lab.get("bob", &format!("{thread}?perPage=3&direction=down")).await;
    assert_eq!((order(&down.body), &down.body["has_next"]), (vec!["root", "r1", "r2"], &json!(true)));
}

#[tokio::test]
async fn followers_are_told_of_replies_with_their_unread_counts() {
    let lab = Lab::new().await;
    let (general, alice, bob) =
        (lab.seed.channel("general"), lab.seed.user_id("alice"), lab.seed.user_id("bob"));
    let (mut bot, _) = lab.listen("openclaw").await;
    let root = lab.sim.post_as(alice, general, "@openclaw look", "").unwrap();
    lab.sim.post_as(bob, general, "plain reply", &root.id).unwrap();
    let posted = bot.event("posted").await;
    assert_eq!(posted["data"]["mentions"], json!(format!("[\"{}\"]", lab.seed.user_id("openclaw"))));
    let posted = bot.event("posted").await;
    assert_eq!((posted["data"].get("mentions"), posted["data"].get("followers")), (None, None));
    let updated = bot.event("thread_updated").await;
    let thread: Value = serde_json::from_str(updated["data"]["thread"].as_str().unwrap()).unwrap();
    assert_eq!((&thread["reply_count"], &thread["unread_replies"]), (&json!(1), &json!(1)));
    lab.sim.post_as(bob, general, "@openclaw reply", &root.id).unwrap();
    let posted = bot.event("posted").await;
    assert_eq!(posted["data"]["followers"], posted["data"]["mentions"]);
    assert_eq!(post_of(&posted)["reply_count"], 2);
}

#[tokio::test]
async fn pages_are_newest_first_and_an_unknown_anchor_is_silent() {
    let lab = Lab::new().await;
    let (ops, alice) = (lab.seed.channel("ops"), lab.seed.user_id("alice"));
    let mut posts = Vec::new();
    for number in 0..5 {
        posts.push(lab.sim.post_as(alice, ops, &format!("m{number}"), "").unwrap());
        // Anchors compare times, so posts of one millisecond would be skipped.
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    }
    let path = format!("/channels/{ops}/posts");
    let after = lab.get("openclaw", &format!("{path}?after={}&per_page=2", posts[1].id)).await;
    assert_eq!(order(&after.body), ["m3", "m2"]);
    assert_eq!(after.body["next_post_id"], posts[4].id);
    assert_eq!(after.body["prev_post_id"], posts[1].id);
    let before = lab.get("openclaw", &format!("{path}?before={}&per_page=2", posts[4].id)).await;
    assert_eq!(order(&before.body), ["m3", "m2"]);
    let unknown = lab.get("openclaw", &format!("{path}?after={}", "z".repeat(26))).await;
    assert_eq!((unknown.status, order(&unknown.body).len()), (200, 0));
    lab.sim.delete_as(alice, &posts[2].id).unwrap();
    let deleted = lab.get("openclaw", &format!("{path}?after={}", posts[2].id)).await;
    assert_eq!(order(&deleted.body), ["m4", "m3"]);
    lab.sim.edit_as(alice, &posts[0].id, "m0 edited").unwrap();
    let since = lab.get("openclaw", &format!("{path}?since={}", posts[4].create_at)).await;
    let mut seen = order(&since.body);
    seen.sort_unstable();
    assert_eq!(seen, ["", "", "m0 edited"], "a deleted post, what the edited one said, and what it says");
}

#[tokio::test]
async fn a_page_around_a_post_has_whole_threads_unless_it_is_told_to_leave_them_out() {
    let lab = Lab::new().await;
    let (ops, alice) = (lab.seed.channel("ops"), lab.seed.user_id("alice"));
    let topic = lab.sim.post_as(alice, ops, "a topic", "").unwrap();
    for number in 0..5 {
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
        lab.sim.post_as(alice, ops, &format!("m{number}"), &topic.id).unwrap();
    }
    let path = format!("/channels/{ops}/posts?after={}&page=0&per_page=2", topic.id);
    for (more, count) in [("", 6), ("&skipFetchThreads=true", 3)] {
        let page = lab.get("openclaw", &format!("{path}{more}")).await;
        assert_eq!(order(&page.body), ["m1", "m0"]);
        assert_eq!(page.body["posts"].as_object().unwrap().len(), count, "{more:?}");
    }
}
