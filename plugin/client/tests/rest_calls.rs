//! Each call, as it goes over the wire.
#![allow(clippy::unwrap_used, clippy::panic, clippy::type_complexity, reason = "tests")]

mod support;

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use mattermost_client::{
    Client, Error, Method, NewPost, PostPatch, PostsQuery, Route, ThreadDirection, ThreadQuery,
};
use serde_json::{Value, json};
use support::client;
use support::http::Reply;
use support::server::FakeServer;

/// Runs a call against `answer` and returns the request line and the body that the server saw.
async fn call<T>(
    answer: Value,
    call: impl FnOnce(Client) -> BoxFuture<'static, Result<T, Error>>,
) -> (T, String, Value) {
    let server = FakeServer::always(Reply::json(200, &answer)).await;
    let result = call(client(&server.url)).await.unwrap();
    let request = server.requests().pop().unwrap();
    assert_eq!(request.header("authorization"), Some("Bearer k7ffq6ujsbyyzd8n1uy4mf3g1o"));
    let body = if request.body.is_empty() { Value::Null } else { request.json() };
    if body != Value::Null {
        assert_eq!(request.header("content-type"), Some("application/json"));
    }
    (result, request.line(), body)
}

// covers: R01
#[tokio::test]
async fn users() {
    let user = json!({"id": "u", "username": "alice", "is_bot": false, "update_at": 5});
    let (found, line, _) = call(user.clone(), |c| async move { c.me().await }.boxed()).await;
    assert_eq!(
        (line.as_str(), found.username.as_str(), found.update_at),
        ("GET /api/v4/users/me", "alice", 5)
    );
    let (_, line, _) = call(user.clone(), |c| async move { c.user("u").await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/users/u");
    let (_, line, _) =
        call(user.clone(), |c| async move { c.user_by_username("al.ice/x").await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/users/username/al.ice%2Fx");
    let (found, line, body) =
        call(json!([user]), |c| async move { c.users_by_ids(&["a", "b"]).await }.boxed()).await;
    assert_eq!((line.as_str(), body, found.len()), ("POST /api/v4/users/ids", json!(["a", "b"]), 1));
    let (_, line, body) =
        call(json!([]), |c| async move { c.search_users("al", Some("t")).await }.boxed()).await;
    assert_eq!((line.as_str(), body), ("POST /api/v4/users/search", json!({"term": "al", "team_id": "t"})));
    let (_, line, body) =
        call(json!({"status": "OK"}), |c| async move { c.typing("c", Some("r")).await }.boxed()).await;
    assert_eq!(
        (line.as_str(), body),
        ("POST /api/v4/users/me/typing", json!({"channel_id": "c", "parent_id": "r"}))
    );
}

#[tokio::test]
async fn teams_and_channels() {
    let (_, line, _) = call(json!([{"id": "t"}]), |c| async move { c.teams_of_me().await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/users/me/teams");
    let (_, line, _) = call(json!([]), |c| async move { c.team_members("t", 2, 200).await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/teams/t/members?page=2&per_page=200");
    let (_, line, _) = call(json!([]), |c| async move { c.team_channels("t", 0, 200).await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/teams/t/channels?page=0&per_page=200");
    let (_, line, _) = call(json!([]), |c| async move { c.my_channels().await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/users/me/channels");
    let (_, line, _) = call(json!([]), |c| async move { c.my_channels_of_team("t").await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/users/me/teams/t/channels");
    let channel = json!({"id": "c", "type": "D", "name": "a__b", "props": null});
    let (found, line, _) = call(channel.clone(), |c| async move { c.channel("c").await }.boxed()).await;
    assert_eq!((line.as_str(), found.channel_type.as_str()), ("GET /api/v4/channels/c", "D"));
    let (_, line, _) =
        call(channel.clone(), |c| async move { c.channel_by_name("t", "town hall").await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/teams/t/channels/name/town%20hall");
    let (_, line, body) =
        call(channel.clone(), |c| async move { c.create_direct_channel(["a", "b"]).await }.boxed()).await;
    assert_eq!((line.as_str(), body), ("POST /api/v4/channels/direct", json!(["a", "b"])));
    let (_, line, body) = call(channel, |c| {
        async move { c.create_direct_channel_within(["a", "b"], Duration::from_secs(5)).await }.boxed()
    })
    .await;
    assert_eq!((line.as_str(), body), ("POST /api/v4/channels/direct", json!(["a", "b"])));
    let members = json!([{"channel_id": "c", "user_id": "u", "notify_props": {}}]);
    let (found, line, _) =
        call(members, |c| async move { c.channel_members("c", 1, 200).await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/channels/c/members?page=1&per_page=200");
    assert_eq!(found[0].user_id, "u");
}

#[tokio::test]
async fn posts() {
    let post = json!({"id": "p", "file_ids": null});
    let (_, line, body) =
        call(post.clone(), |c| async move { c.create_post(&NewPost::new("c", "hi")).await }.boxed()).await;
    assert_eq!((line.as_str(), body), ("POST /api/v4/posts", json!({"channel_id": "c", "message": "hi"})));
    let new = NewPost {
        root_id: "r".to_owned(),
        file_ids: vec!["f".to_owned()],
        props: [("k".to_owned(), json!({"a": 1}))].into_iter().collect(),
        pending_post_id: "x".to_owned(),
        ..NewPost::new("c", "")
    };
    let (_, _, body) = call(post.clone(), |c| async move { c.create_post(&new).await }.boxed()).await;
    assert_eq!(
        body,
        json!({"channel_id": "c", "message": "", "root_id": "r", "file_ids": ["f"], "props": {"k": {"a": 1}},
            "pending_post_id": "x"})
    );
    let patch = PostPatch { message: Some("new".to_owned()), ..PostPatch::default() };
    let (_, line, body) =
        call(post.clone(), |c| async move { c.patch_post("p", &patch).await }.boxed()).await;
    assert_eq!((line.as_str(), body), ("PUT /api/v4/posts/p/patch", json!({"message": "new"})));
    let (_, line, _) =
        call(json!({"status": "OK"}), |c| async move { c.delete_post("p").await }.boxed()).await;
    assert_eq!(line, "DELETE /api/v4/posts/p");
    let (_, line, _) = call(post, |c| async move { c.post("p").await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/posts/p");
}

#[tokio::test]
async fn pages_of_posts_are_newest_first_and_may_hold_roots_besides() {
    let list = json!({"order": ["b", "a"], "posts": {"a": {"id": "a"}, "b": {"id": "b"}, "root": {"id": "root"}},
        "next_post_id": "", "prev_post_id": "z"});
    let query = PostsQuery {
        after: Some("x".to_owned()),
        page: Some(1),
        per_page: Some(200),
        ..PostsQuery::default()
    };
    let (found, line, _) =
        call(list.clone(), |c| async move { c.channel_posts("c", &query).await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/channels/c/posts?after=x&page=1&per_page=200&skipFetchThreads=true");
    assert_eq!(found.oldest_first().map(|post| post.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let query = PostsQuery { since: Some(123), ..PostsQuery::default() };
    let (_, line, _) =
        call(list.clone(), |c| async move { c.channel_posts("c", &query).await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/channels/c/posts?since=123");
    let (_, line, _) = call(list.clone(), |c| async move { c.thread("r").await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/posts/r/thread");
    let query = ThreadQuery {
        per_page: Some(60),
        direction: Some(ThreadDirection::Up),
        from_post: Some("p".to_owned()),
        from_create_at: Some(9),
    };
    let (_, line, _) = call(list, |c| async move { c.thread_page("r", &query).await }.boxed()).await;
    assert_eq!(line, "GET /api/v4/posts/r/thread?perPage=60&direction=up&fromPost=p&fromCreateAt=9");
}

#[tokio::test]
async fn reactions() {
    let (_, line, body) =
        call(json!({}), |c| async move { c.add_reaction("u", "p", "+1").await }.boxed()).await;
    assert_eq!(line, "POST /api/v4/reactions");
    assert_eq!(body, json!({"user_id": "u", "post_id": "p", "emoji_name": "+1"}));
    let (_, line, _) =
        call(json!({}), |c| async move { c.remove_reaction("u", "p", "+1").await }.boxed()).await;
    assert_eq!(line, "DELETE /api/v4/users/u/posts/p/reactions/%2B1");
}

// covers: O10
#[tokio::test]
async fn files() {
    let server = FakeServer::always(Reply::json(
        201,
        &json!({"file_infos": [{"id": "f", "size": 3}], "client_ids": []}),
    ));
    let server = server.await;
    let info = client(&server.url)
        .upload_file("c", "a \"b\"\r\nX: y.png", "image/png", b"abc".to_vec())
        .await
        .unwrap();
    assert_eq!((info.id.as_str(), info.size), ("f", 3));
    let request = server.requests().pop().unwrap();
    let body = String::from_utf8(request.body.clone()).unwrap();
    assert_eq!(request.line(), "POST /api/v4/files");
    assert!(request.header("content-type").unwrap().starts_with("multipart/form-data; boundary="));
    assert!(body.contains("name=\"channel_id\"\r\n\r\nc\r\n"), "{body}");
    assert!(
        body.contains(
            "name=\"files\"; filename=\"a \\\"b\\\"__X: y.png\"\r\nContent-Type: image/png\r\n\r\nabc\r\n"
        ),
        "{body}"
    );
    let error = client(&server.url).upload_file("c", "a", "no mime", Vec::new()).await.unwrap_err();
    assert_eq!(error.to_string(), "`no mime` is not a MIME type");

    let server = FakeServer::always(Reply::text(200, "content")).await;
    let file = client(&server.url).download_file("f", 7).await.unwrap();
    assert_eq!(
        (file.bytes.as_slice(), file.content_type.as_deref()),
        (&b"content"[..], Some("text/plain; charset=utf-8"))
    );
    let error = client(&server.url).download_file("f", 6).await.unwrap_err();
    assert_eq!(error.to_string(), "the server's answer is longer than 6 bytes (GET /files/f)");

    let (info, line, _) =
        call(json!({"id": "f", "mime_type": "image/png"}), |c| async move { c.file_info("f").await }.boxed())
            .await;
    assert_eq!((line.as_str(), info.mime_type.as_str()), ("GET /api/v4/files/f/info", "image/png"));
}

#[tokio::test]
async fn the_server_itself() {
    let (status, line, _) = call(json!({"status": "OK"}), |c| async move { c.ping().await }.boxed()).await;
    assert_eq!((line.as_str(), status.status.as_str()), ("GET /api/v4/system/ping", "OK"));
    let config = json!({"Version": "11.6.0", "MaxPostSize": "16383", "MaxFileSize": "104857600", "EnableCustomEmoji": "true",
        "TimeBetweenUserTypingUpdatesMilliseconds": "5000", "PostEditTimeLimit": "-1", "SiteURL": "http://x",
        "CollapsedThreads": {"odd": 1}});
    let answer =
        call(json!({"CollapsedThreads": null}), |c| async move { c.client_config().await }.boxed()).await;
    assert_eq!((answer.1.as_str(), answer.0.max_post_size), ("GET /api/v4/config/client?format=old", None));
    let server = FakeServer::always(Reply::json(200, &config)).await;
    assert!(
        client(&server.url).client_config().await.is_err(),
        "a text that became an object is not guessed at"
    );
    let (config, ..) = call(json!({"Version": "11.6.0", "MaxPostSize": "16383", "MaxFileSize": "104857600",
        "EnableCustomEmoji": "true", "TimeBetweenUserTypingUpdatesMilliseconds": "5000", "PostEditTimeLimit": "-1",
        "SiteURL": "http://x", "New": [1]}), |c| async move { c.client_config().await }.boxed()).await;
    assert_eq!((config.version.as_str(), config.site_url.as_str()), ("11.6.0", "http://x"));
    assert_eq!((config.max_post_size, config.max_file_size), (Some(16383), Some(104_857_600)));
    assert_eq!((config.enable_custom_emoji, config.post_edit_time_limit), (Some(true), Some(-1)));
    assert_eq!(config.time_between_user_typing_updates_milliseconds, Some(5000));
}

#[tokio::test]
async fn a_call_that_the_client_does_not_have_is_a_route() {
    let (found, line, body) = call(json!({"a": 1}), |c| {
        async move {
            let route =
                Route::new(Method::Put, "bots").segment("bot id", "b")?.literal("icon").query("q", "x y&z");
            c.json::<Value>(route.json(&json!([1]))?.timeout(Duration::from_secs(5))).await
        }
        .boxed()
    })
    .await;
    assert_eq!(
        (line.as_str(), body, found),
        ("PUT /api/v4/bots/b/icon?q=x+y%26z", json!([1]), json!({"a": 1}))
    );
}

#[tokio::test]
async fn a_sub_path_of_the_server_is_kept() {
    let server = FakeServer::always(Reply::json(200, &json!({"id": "u"}))).await;
    client(&format!("{}/chat/", server.url)).me().await.unwrap();
    assert_eq!(server.requests()[0].path, "/chat/api/v4/users/me");
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = FakeServer::always(Reply::json(200, &json!({"id": "u"}))).await;
    let client = client(&server.url);
    for _ in 0..3 {
        client.me().await.unwrap();
        client.delete_post("p").await.unwrap();
    }
    assert_eq!(server.requests().len(), 6);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn whether_somebody_is_in_a_channel() {
    let member = json!({"channel_id": "c", "user_id": "u"});
    let (found, line, _) = call(member, |c| async move { c.channel_member("c", "u").await }.boxed()).await;
    assert_eq!((line.as_str(), found.user_id.as_str()), ("GET /api/v4/channels/c/members/u", "u"));
}

/// The address of a later answer is a secret of its own; whoever passes it on must not get the bot's token as well.
#[tokio::test]
async fn a_later_answer_to_a_command_goes_beside_the_api_and_without_the_token() {
    let server = FakeServer::always(Reply::json(200, &json!({}))).await;
    client(&server.url).answer_command("d7oa8u7b878w8gfa4btxst44fe", "too late").await.unwrap();
    let request = server.requests().pop().unwrap();
    assert_eq!(request.line(), "POST /hooks/commands/d7oa8u7b878w8gfa4btxst44fe");
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.json(), json!({"response_type": "ephemeral", "text": "too late"}));
    let climbing = client(&server.url).answer_command("../../api/v4/users/me/tokens", "x").await;
    assert!(climbing.is_err() && server.requests().len() == 1);
}
