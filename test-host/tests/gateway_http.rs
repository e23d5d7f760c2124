//! The gateway's HTTP server: the plugins' routes, who reaches the control endpoint, and what a caller cannot do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::time::{Duration, Instant};
use support::Home;
use support::gateway::{Gateway, World};
use support::http::{Caller, ask, get, post};

const COMMAND: &str = "/api/channels/scripted/command";

/// A route that reads 1000 bytes in half a second.
fn route(path: &str) -> Value {
    json!({
        "path": path, "purpose": "commands", "max_body_bytes": 1_000, "body_timeout_ms": 500, "max_in_flight": 2,
    })
}

fn routes(paths: &[&str]) -> Value {
    let routes: Vec<Value> = paths.iter().map(|path| route(path)).collect();
    json!([{ "type": "http.routes", "routes": routes }])
}

/// A state directory with a channel that serves these paths, each as the script says.
fn home(paths: &[&str], http: &Value) -> Home {
    let home = Home::new();
    home.place_scripted();
    home.config(&json!({ "channels": { "scripted": { "events": routes(paths), "http": http } } }));
    home
}

/// Start it, and wait for its routes; where it listens on this machine.
async fn started(home: &Home, arguments: &[&str]) -> (Gateway, String) {
    let mut gateway = Gateway::start(home, arguments);
    gateway.line("slash commands arrive at").await;
    let line = gateway.line("gateway: HTTP on http://").await;
    let address = line.split("http://").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    (gateway, address)
}

/// A gateway with one route that reads bodies.
async fn reading() -> (Home, Gateway, String) {
    let home = home(&[COMMAND], &json!({ COMMAND: { "read": { "max_bytes": 1_000, "timeout_ms": 500 } } }));
    let (gateway, address) = started(&home, &[]).await;
    (home, gateway, address)
}

fn body(answer: &support::http::Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn a_get_where_posts_are_taken_is_answered_by_the_channel_and_not_by_a_404() {
    let (_home, _gateway, address) = reading().await;
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        let request = get(COMMAND, "Connection: close\r\n").replacen("GET", method, 1);
        let answer = ask(&address, &request).await;
        assert_eq!((answer.status, answer.body.as_str()), (405, "Method Not Allowed"), "{method}");
        assert!(answer.head.contains("allow: post\r\n"), "{}", answer.head);
    }
}

// covers: S11
/// What the guide tells to try first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_get_at_the_paths_of_mattermost_says_that_the_plugin_is_there() {
    let world = World::new().await;
    let mut gateway = world.gateway(&[]).await;
    let line = gateway.line("mattermost: clicks on buttons arrive at http://").await;
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let expected = "/mattermost/interactions/default; the server is told to call http://localhost:";
    assert!(line.contains(expected), "{line}");
    gateway.line("mattermost: slash commands arrive at http://").await;
    for path in ["/mattermost/interactions/default", "/api/channels/mattermost/command"] {
        let answer = ask(&address, &get(path, "")).await;
        assert_eq!(answer.status, 405, "{path}: {answer:?}");
        assert!(answer.head.contains("allow: post\r\n"), "{}", answer.head);
    }
    assert_eq!(ask(&address, &get("/mattermost/interactions/nobody", "")).await.status, 404);
}

#[tokio::test]
async fn a_post_reaches_the_channel_as_it_came() {
    let (_home, _gateway, address) = reading().await;
    let mut caller = Caller::connect(&address).await;
    // Twice over one connection, the second time in chunks.
    caller.send(post(&format!("{COMMAND}?a=%20b&c"), "token=x").replace("Host: gw", "X-From: Ü\u{e9}")).await;
    let said = body(&caller.answer().await);
    assert_eq!((&said["peer"], &said["query"]), (&json!("127.0.0.1"), &json!("a=%20b&c")));
    assert_eq!(said["body"], "token=x");
    // Bytes as characters: nothing of them is lost.
    assert_eq!(said["from"], "\u{c3}\u{9c}\u{c3}\u{a9}");
    let chunked = format!(
        "POST {COMMAND} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    );
    caller.send(chunked).await;
    assert_eq!(body(&caller.answer().await)["body"], "abcde");
}

#[tokio::test]
async fn a_path_that_nobody_named_is_not_found() {
    let (_home, _gateway, address) = reading().await;
    for path in ["/", "/api/channels/scripted/other", &format!("{COMMAND}/"), "/api/channels/scripted"] {
        let answer = ask(&address, &post(path, "x")).await;
        assert_eq!((answer.status, answer.body.as_str()), (404, r#"{"error":"Not Found"}"#), "{path}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_read_and_the_connection_closed() {
    let (_home, _gateway, address) = reading().await;
    let head = format!("POST {COMMAND} HTTP/1.1\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
    let mut caller = Caller::connect(&address).await;
    caller.send(head).await;
    // No "100 Continue" before it.
    let answer = caller.answer().await;
    assert_eq!(answer.status, 413, "{answer:?}");
    assert!(answer.head.contains("connection: close"), "{}", answer.head);
    caller.closed().await;
    // Whoever sends it all the same gets his answer, and no reset instead.
    let mut caller = Caller::connect(&address).await;
    caller.send(post(COMMAND, &"a".repeat(300_000))).await;
    assert_eq!(caller.answer().await.status, 413);
    caller.closed().await;
    let mut caller = Caller::connect(&address).await;
    caller.send(format!("POST {COMMAND} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")).await;
    caller.send(format!("800\r\n{}\r\n", "a".repeat(0x800))).await;
    assert_eq!(caller.answer().await.status, 413);
    caller.closed().await;
    assert_eq!(ask(&address, &post(COMMAND, &"a".repeat(1_000))).await.status, 200);
}

#[tokio::test]
async fn a_body_that_drips_is_given_up() {
    let (_home, _gateway, address) = reading().await;
    let mut caller = Caller::connect(&address).await;
    let start = Instant::now();
    caller.send(format!("POST {COMMAND} HTTP/1.1\r\nContent-Length: 900\r\n\r\n")).await;
    for _ in 0..4 {
        caller.send("a").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let answer = caller.answer().await;
    assert_eq!(answer.status, 408, "{answer:?}");
    assert!(start.elapsed() >= Duration::from_millis(500), "{:?}", start.elapsed());
    caller.closed().await;
}

#[tokio::test]
async fn a_caller_who_hangs_up_within_his_body_leaves_his_place_to_others() {
    let (_home, mut gateway, address) = reading().await;
    for _ in 0..6 {
        let mut caller = Caller::connect(&address).await;
        caller.send(format!("POST {COMMAND} HTTP/1.1\r\nContent-Length: 900\r\n\r\nabc")).await;
        drop(caller);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    gateway.line(r#""body_problem":"broken""#).await;
    assert_eq!(ask(&address, &post(COMMAND, "a")).await.status, 200);
}

#[tokio::test]
async fn a_head_that_drips_and_a_connection_that_is_silent_are_closed() {
    let (_home, _gateway, address) = reading().await;
    let mut silent = Caller::connect(&address).await;
    let mut kept = Caller::connect(&address).await;
    kept.send(post(COMMAND, "a")).await;
    assert_eq!(kept.answer().await.status, 200);
    let mut drips = Caller::connect(&address).await;
    drips.send(format!("POST {COMMAND} HTTP/1.1\r\n")).await;
    let start = Instant::now();
    while !drips.is_closed() {
        drips.send("X-A: b\r\n").await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(start.elapsed() < Duration::from_secs(13), "it may drip for ever");
    }
    assert!(start.elapsed() > Duration::from_secs(9), "{:?}", start.elapsed());
    silent.closed().await;
    kept.closed().await;
    assert!(start.elapsed() < Duration::from_secs(14), "{:?}", start.elapsed());
    assert_eq!(ask(&address, &post(COMMAND, "a")).await.status, 200);
}

#[tokio::test]
async fn garbage_is_refused_wherever_it_comes() {
    let (_home, _gateway, address) = reading().await;
    let good = post(COMMAND, "a");
    let mut caller = Caller::connect(&address).await;
    caller.send([good.as_bytes(), b"\0\x01\xff GARBAGE \r\n\r\n"].concat()).await;
    assert_eq!(caller.answer().await.status, 200);
    assert_eq!(caller.answer().await.status, 400);
    caller.closed().await;
    let long = format!("X-A: {}\r\n", "a".repeat(40_000));
    let many = "X-A: b\r\n".repeat(200);
    // Two lengths, or a length and chunks: what one end takes for a body is the next request for the other.
    let lengths = "Content-Length: 1\r\nContent-Length: 2\r\n";
    let heads = [(get(COMMAND, &long), 431), (get(COMMAND, &many), 431), (get(COMMAND, lengths), 400)];
    for (request, status) in heads {
        let mut caller = Caller::connect(&address).await;
        caller.send(&request).await;
        assert_eq!(caller.answer().await.status, status, "{}", &request[..60]);
        caller.closed().await;
    }
    let mut caller = Caller::connect(&address).await;
    caller.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").await;
    assert_eq!(caller.answer().await.status, 400);
    assert_eq!(ask(&address, &good).await.status, 200);
}

#[tokio::test]
async fn two_requests_in_one_packet_are_answered_in_their_order() {
    let (_home, _gateway, address) = reading().await;
    let mut caller = Caller::connect(&address).await;
    caller.send(post(COMMAND, "first") + &post(COMMAND, "second")).await;
    assert_eq!(body(&caller.answer().await)["body"], "first");
    assert_eq!(body(&caller.answer().await)["body"], "second");
}

#[tokio::test]
async fn connections_are_bounded_and_their_places_come_back() {
    let (_home, mut gateway, address) = reading().await;
    let mut callers = Vec::new();
    for _ in 0..300 {
        callers.push(Caller::connect(&address).await);
    }
    gateway.line("too many HTTP connections are open").await;
    let closed = |callers: &[Caller]| callers.iter().filter(|caller| caller.is_closed()).count();
    while closed(&callers) < 44 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(closed(&callers), 44);
    // Those that have a place are served.
    callers[0].send(post(COMMAND, "a")).await;
    assert_eq!(callers[0].answer().await.status, 200);
    callers.truncate(10);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(ask(&address, &post(COMMAND, "a")).await.status, 200);
    assert_eq!(gateway.log().matches("too many HTTP connections").count(), 1);
}

#[tokio::test]
async fn more_requests_than_a_route_allows_are_turned_away_at_once() {
    let home = home(&[COMMAND, "/other"], &json!({ COMMAND: { "hold_ms": 1_500 } }));
    let (_gateway, address) = started(&home, &[]).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut caller = Caller::connect(&address).await;
        caller.send(post(COMMAND, "")).await;
        open.push(caller);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut refused = Caller::connect(&address).await;
    refused.send(post(COMMAND, "")).await;
    let answer = refused.answer().await;
    assert_eq!((answer.status, answer.body.as_str()), (429, "Too Many Requests"));
    refused.closed().await;
    assert_eq!(ask(&address, &post("/other", "")).await.status, 200);
    for caller in &mut open {
        assert_eq!(caller.answer().await.status, 200);
    }
    assert_eq!(ask(&address, &post(COMMAND, "")).await.status, 200);
}

#[tokio::test]
async fn later_routes_replace_the_earlier_and_the_log_says_where_they_are() {
    let home = home(&[COMMAND, "/old"], &json!({}));
    let (mut gateway, address) = started(&home, &[]).await;
    assert_eq!(ask(&address, &post("/old", "")).await.status, 200);
    let mut clicks = route("/new");
    clicks["purpose"] = json!("interactions");
    clicks["public_urls"] = json!(["https://me:s3cret@gw.example/new?x=s3cret"]);
    let events =
        json!([{ "type": "http.routes", "routes": [route(COMMAND), clicks, route("/status"), route("no")] }]);
    home.config(&json!({ "channels": { "scripted": { "events": events } } }));
    gateway.line("scripted: no longer serving /old").await;
    let line = gateway.line("clicks on buttons arrive at").await;
    let expected =
        format!("arrive at http://{address}/new; the server is told to call https://gw.example/new");
    assert!(line.ends_with(&expected), "{line}");
    gateway.line("the path /status is not served: it is the host's own").await;
    gateway.line("the path no is not served: it is no path").await;
    assert_eq!(ask(&address, &post("/old", "")).await.status, 404);
    assert_eq!(ask(&address, &post("/new", "")).await.status, 200);
    let told = gateway.log().matches(&format!("arrive at http://{address}{COMMAND}")).count();
    assert_eq!(told, 1, "{}", gateway.log());
}

#[tokio::test]
async fn two_channels_cannot_have_the_same_path() {
    let home = home(&[COMMAND], &json!({}));
    home.place("twin", "Twin", &support::libraries::scripted());
    let (mut gateway, address) = started(&home, &[]).await;
    gateway.line(&format!("ERROR scripted: the path {COMMAND} is not served: scripted has it already")).await;
    assert_eq!(ask(&address, &post(COMMAND, "")).await.status, 200);
}

#[tokio::test]
#[cfg(unix)]
async fn no_request_waits_for_a_turn_of_the_agent() {
    let mut events = routes(&[COMMAND]);
    events.as_array_mut().unwrap().push(support::scripted::message("m1", "hello"));
    let home = support::scripted::scripted(&events);
    let begun = home.path().join("begun");
    let agent = format!("exec:touch {}; sleep 5", begun.display());
    let (_gateway, address) = started(&home, &["--agent", &agent]).await;
    while !begun.exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(ask(&address, &post(COMMAND, "")).await.status, 200);
    }
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[tokio::test]
async fn the_control_endpoint_needs_its_token_and_no_proxy_before_it() {
    let (home, _gateway, address) = reading().await;
    let file = std::fs::read_to_string(home.path().join("gateway.json")).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    let token = format!("Authorization: Bearer {}\r\n", file["token"].as_str().unwrap());
    assert_eq!(file["url"], format!("http://{address}"));
    assert_eq!(ask(&address, &get("/status", "")).await.status, 401);
    assert_eq!(ask(&address, &get("/status", &token)).await.status, 200);
    let through = format!("{token}X-Forwarded-For: 203.0.113.5\r\n");
    assert_eq!(ask(&address, &get("/status", &through)).await.status, 404);
    // The token is no ticket to a route, and a route needs none.
    assert_eq!(ask(&address, &get(COMMAND, &token)).await.status, 405);
}

/// An address of this machine that others could reach it at; none in a network of its own. No packet is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().unwrap().ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}

#[tokio::test]
async fn from_another_address_the_routes_are_reached_and_the_control_endpoint_is_not() {
    let Some(ip) = own_address() else { return };
    let home = home(&[COMMAND], &json!({}));
    for bind in ["lan", &ip.to_string()] {
        let (_gateway, local) = started(&home, &["--bind", bind]).await;
        let file = std::fs::read_to_string(home.path().join("gateway.json")).unwrap();
        let file: Value = serde_json::from_str(&file).unwrap();
        let token = format!("Authorization: Bearer {}\r\n", file["token"].as_str().unwrap());
        let away = format!("{ip}:{}", local.split(':').nth(1).unwrap());
        let said = body(&ask(&away, &post(COMMAND, "")).await);
        assert_eq!(said["peer"], ip.to_string(), "{bind}");
        assert_eq!(ask(&away, &get("/status", &token)).await.status, 404, "{bind}");
        assert_eq!(ask(&away, &get("/healthz", "")).await.status, 200, "{bind}");
        assert!(local.starts_with("127.0.0.1:"), "{local}");
        assert_eq!(ask(&local, &get("/status", &token)).await.status, 200, "{bind}");
        home.run(&["channels", "status"]).ok();
    }
}

#[tokio::test]
async fn only_this_machine_reaches_it_unless_told_otherwise() {
    let (_home, gateway, address) = reading().await;
    assert!(gateway.log().contains("only this machine reaches it; for servers elsewhere set gateway.bind"));
    let Some(ip) = own_address() else { return };
    let away = format!("{ip}:{}", address.split(':').nth(1).unwrap());
    assert!(tokio::net::TcpStream::connect(away).await.is_err());
}

#[test]
fn a_port_that_was_asked_for_and_is_taken_is_an_error_that_says_who_asked() {
    let home = home(&[COMMAND], &json!({}));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let words = format!("cannot listen on 127.0.0.1:{port} (OPENCLAW_GATEWAY_PORT)");
    let mut command = home.command(&["gateway", "run"]);
    command.env("OPENCLAW_GATEWAY_PORT", format!("0.0.0.0:{port}"));
    support::said(&mut command).failed(&[&words, "--port"]);
    home.config(&json!({ "gateway": { "port": port } }));
    let words = format!("cannot listen on 127.0.0.1:{port} (gateway.port)");
    home.run(&["gateway", "run"]).failed(&[&words, "--port"]);
    home.config(&json!({ "gateway": { "bind": "custom" } }));
    home.run(&["gateway", "run"]).failed(&["gateway.customBindHost is missing", "192.168.1.5"]);
}

#[tokio::test]
#[cfg(unix)]
async fn a_request_that_is_open_is_answered_before_the_gateway_ends() {
    for (hold, status) in [(1_000, 200), (60_000, 503)] {
        let home = home(&[COMMAND], &json!({ COMMAND: { "hold_ms": hold } }));
        let (mut gateway, address) = started(&home, &[]).await;
        let mut caller = Caller::connect(&address).await;
        let mut idle = Caller::connect(&address).await;
        caller.send(post(COMMAND, "")).await;
        gateway.line("got {").await;
        gateway.line("http.request").await;
        gateway.signal("TERM");
        assert_eq!(caller.answer().await.status, status);
        caller.closed().await;
        idle.closed().await;
        assert_eq!(gateway.ended().await.code(), Some(0), "{}", gateway.log());
    }
}
