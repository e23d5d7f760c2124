//! A server that refuses a post: when it is repeated, and when not.

#![allow(clippy::unwrap_used)]

mod support;

use host_sdk::protocol::{ErrorCode, Outbound};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const CHANNEL: &str = "channelchannelchannelchann";

/// A server that answers each request in turn with the next of `answers`, the last one for ever. Requests and their
/// arrival are noted.
async fn server(answers: &'static [&'static str]) -> (String, Arc<Mutex<Vec<(Instant, String)>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen: Arc<Mutex<Vec<(Instant, String)>>> = Arc::default();
    let notes = seen.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 8192];
            let read = stream.read(&mut request).await.unwrap();
            let number = {
                let mut notes = notes.lock().unwrap();
                notes.push((Instant::now(), String::from_utf8_lossy(&request[..read]).into_owned()));
                notes.len() - 1
            };
            let answer = answers[number.min(answers.len() - 1)];
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, seen)
}

async fn send(url: &str) -> Result<host_sdk::protocol::Receipt, host_sdk::protocol::Error> {
    let section = json!({ "botToken": "tokentokentokentokentokent", "baseUrl": url });
    let (client, _events) = support::client(support::config(section));
    let message =
        Outbound { target: format!("channel:{CHANNEL}"), text: "hello".to_owned(), ..Outbound::default() };
    client.send(&message).await
}

fn pending_id(request: &str) -> &str {
    request.split("\"pending_post_id\":\"").nth(1).unwrap().split('"').next().unwrap()
}

const CREATED: &str = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 55\r\n\r\n{\"id\":\"postpostpostpostpostpostpo\",\"create_at\":1234567}";
const UNAVAILABLE: &str =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const ABSURD: &str = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 18446744073709551615\r\nConnection: close\r\nContent-Length: 14\r\n\r\nlimit exceeded";
const WRONG: &str = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

// covers: R12
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_post_is_repeated_under_the_same_id() {
    let (url, seen) = server(&[UNAVAILABLE, UNAVAILABLE, CREATED]).await;
    let receipt = send(&url).await.unwrap();
    assert_eq!(receipt.message_id, "postpostpostpostpostpostpo");
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    let id = pending_id(&seen[0].1);
    assert!(id.len() == 32 && seen.iter().all(|(_, request)| pending_id(request) == id));
}

#[tokio::test(flavor = "multi_thread")]
async fn repeats_end_before_the_server_forgets_the_first_attempt() {
    let (url, seen) = server(&[UNAVAILABLE]).await;
    let error = send(&url).await.unwrap_err();
    assert_eq!(error.http_status, Some(503));
    let seen = seen.lock().unwrap();
    let (first, last) = (seen.first().unwrap().0, seen.last().unwrap().0);
    assert!(seen.len() > 3 && last - first < Duration::from_secs(25), "{} in {:?}", seen.len(), last - first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_no_one_can_wait_for_ends_the_attempts_at_once() {
    let (url, seen) = server(&[ABSURD]).await;
    let error = send(&url).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert!(error.retry_after_ms.is_some_and(|wait| wait <= 3_600_000), "{error:?}");
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_the_server_will_never_take_is_tried_once() {
    let (url, seen) = server(&[WRONG]).await;
    assert_eq!(send(&url).await.unwrap_err().code, ErrorCode::InvalidArgument);
    assert_eq!(seen.lock().unwrap().len(), 1);
}
