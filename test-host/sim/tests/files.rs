//! Files.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::Lab;
use serde_json::{Value, json};

#[tokio::test]
async fn a_file_is_attached_once_and_read_by_members_only() {
    let lab = Lab::new().await;
    let direct = lab.direct("alice", "openclaw");
    let path = format!("/files?channel_id={direct}&filename=note.txt");
    let uploaded = lab.post("alice", &path, json!("content")).await;
    assert_eq!(uploaded.status, 201);
    let id = uploaded.body["file_infos"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(uploaded.body["file_infos"][0]["mime_type"], "text/plain; charset=utf-8");
    let body = json!({ "channel_id": direct, "message": "see", "file_ids": [id] });
    let first = lab.post("alice", "/posts", body.clone()).await;
    assert_eq!(first.body["metadata"]["files"][0]["name"], "note.txt");
    let second = lab.post("alice", "/posts", body).await;
    assert_eq!((second.status, &second.body["file_ids"]), (201, &Value::Null));
    assert_eq!(lab.get("openclaw", &format!("/files/{id}")).await.body, "content");
    assert_eq!(lab.get("mallory", &format!("/files/{id}")).await.status, 403);
    assert_eq!(lab.post("mallory", &path, json!("x")).await.status, 403);
}
