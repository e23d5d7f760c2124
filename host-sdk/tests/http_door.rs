//! The door through which HTTP requests reach plugins: whose path it is, what is read of a body, and that there is always
//! an answer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use host_sdk::host::http::{BodySource, Broken, Door, HttpHandler, Limits, RouteProblem, Routes};
use host_sdk::protocol::{
    BodyProblem, Error, ErrorCode, HttpAnswer, HttpHeader, HttpRequest, HttpResponse, HttpRoute, HttpRoutes,
    ReadBody,
};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

const PATH: &str = "/hook";

/// A plugin that does as its script says, and notes what it is asked.
#[derive(Clone)]
struct Plugin {
    script: Arc<Mutex<VecDeque<Step>>>,
    asked: Arc<Mutex<Vec<HttpRequest>>>,
    /// Answers wait for one of these.
    free: Arc<Semaphore>,
}

type Step = (Duration, Result<HttpAnswer, Error>);

impl HttpHandler for Plugin {
    async fn answer(&self, request: HttpRequest) -> Result<HttpAnswer, Error> {
        self.asked.lock().unwrap().push(request);
        let next = self.script.lock().unwrap().pop_front();
        let (pause, answer) = next.unwrap_or((Duration::ZERO, respond(200, "ok")));
        self.free.acquire().await.unwrap().forget();
        sleep(pause).await;
        answer
    }
}

impl Plugin {
    fn new(script: impl IntoIterator<Item = Step>) -> Self {
        Self {
            script: Arc::new(Mutex::new(script.into_iter().collect())),
            asked: Arc::default(),
            free: Arc::new(Semaphore::new(1000)),
        }
    }

    fn asked(&self) -> Vec<HttpRequest> {
        self.asked.lock().unwrap().clone()
    }
}

fn respond(status: u16, body: &str) -> Result<HttpAnswer, Error> {
    let body = body.to_owned();
    Ok(HttpAnswer::Respond(HttpResponse { status, body, ..HttpResponse::default() }))
}

/// At once.
fn now(answer: Result<HttpAnswer, Error>) -> Step {
    (Duration::ZERO, answer)
}

fn read_body(max_bytes: u64, timeout_ms: u64) -> Step {
    now(Ok(HttpAnswer::ReadBody(ReadBody { max_bytes, timeout_ms, ticket: "t1".to_owned() })))
}

fn route(path: &str) -> HttpRoute {
    HttpRoute {
        path: path.to_owned(),
        max_body_bytes: 100,
        body_timeout_ms: 5_000,
        max_in_flight: 2,
        ..HttpRoute::default()
    }
}

fn routes(paths: &[&str]) -> HttpRoutes {
    HttpRoutes { routes: paths.iter().map(|path| route(path)).collect() }
}

/// A door with one plugin behind it, at [`PATH`].
fn door(plugin: &Plugin) -> (Door<Plugin>, Routes<Plugin>) {
    let door = Door::new(Limits::default(), &["/status"]);
    let own = door.routes("echo", plugin.clone());
    assert!(own.replace(routes(&[PATH])).is_empty());
    (door, own)
}

fn post(path: &str) -> HttpRequest {
    HttpRequest { method: "POST".to_owned(), path: path.to_owned(), ..HttpRequest::default() }
}

/// A body that comes in pieces, each after a pause.
struct Pieces(VecDeque<(Duration, Result<Vec<u8>, Broken>)>);

impl Pieces {
    fn new(pieces: impl IntoIterator<Item = (u64, Result<Vec<u8>, Broken>)>) -> Self {
        Self(pieces.into_iter().map(|(ms, piece)| (Duration::from_millis(ms), piece)).collect())
    }
}

impl BodySource for Pieces {
    type Piece = Vec<u8>;

    async fn next(&mut self) -> Option<Result<Vec<u8>, Broken>> {
        let (pause, piece) = self.0.pop_front()?;
        sleep(pause).await;
        Some(piece)
    }
}

/// A body that nobody may read.
struct Unread;

impl BodySource for Unread {
    type Piece = Vec<u8>;

    async fn next(&mut self) -> Option<Result<Vec<u8>, Broken>> {
        panic!("the body is read")
    }
}

#[tokio::test]
async fn a_request_without_need_of_its_body_is_answered_from_its_head() {
    let plugin = Plugin::new([now(respond(405, "Method Not Allowed"))]);
    let (door, _own) = door(&plugin);
    let headers = vec![HttpHeader { name: "X-Forwarded-For".to_owned(), value: "10.0.0.1".to_owned() }];
    let request = HttpRequest {
        method: "GET".to_owned(),
        query: Some("a=b".to_owned()),
        peer: Some("192.0.2.7".to_owned()),
        headers,
        ..post(PATH)
    };
    let response = door.serve(request.clone(), Unread).await;
    assert_eq!((response.status, response.body.as_str(), response.close), (405, "Method Not Allowed", false));
    // As it came: what an address is worth is the plugin's to say.
    assert_eq!(plugin.asked(), [request]);
}

#[tokio::test]
async fn a_body_is_handed_over_with_the_ticket_of_the_first_step() {
    let plugin = Plugin::new([read_body(100, 1_000), now(respond(200, "done"))]);
    let (door, _own) = door(&plugin);
    let body = Pieces::new([(0, Ok(b"gr".to_vec())), (0, Ok("üße".into()))]);
    assert_eq!(door.serve(post(PATH), body).await.body, "done");
    let second =
        HttpRequest { body: Some("grüße".to_owned()), ticket: Some("t1".to_owned()), ..post(PATH) };
    assert_eq!(plugin.asked(), [post(PATH), second]);
}

#[tokio::test]
async fn a_body_that_the_host_has_already_waits_until_it_is_asked_for() {
    let plugin = Plugin::new([read_body(100, 1_000)]);
    let (door, _own) = door(&plugin);
    let request = HttpRequest { body: Some("x".to_owned()), ticket: Some("x".to_owned()), ..post(PATH) };
    door.serve(request, b"text".to_vec()).await;
    let asked = plugin.asked();
    assert_eq!((asked[0].body.as_deref(), asked[0].ticket.as_deref()), (None, None));
    assert_eq!((asked[1].body.as_deref(), asked[1].ticket.as_deref()), (Some("text"), Some("t1")));
}

/// What becomes of a body: the problem that the plugin is told, and whether the connection is closed.
async fn problem(request: HttpRequest, asked: Step, body: impl BodySource) -> (Option<BodyProblem>, bool) {
    let plugin = Plugin::new([asked, now(respond(400, "no"))]);
    let (door, _own) = door(&plugin);
    let response = door.serve(request, body).await;
    assert_eq!(response.status, 400);
    let second = plugin.asked().remove(1);
    assert_eq!(second.ticket.as_deref(), Some("t1"));
    assert_eq!(second.body.is_none(), second.body_problem.is_some());
    (second.body_problem, response.close)
}

#[tokio::test]
async fn a_body_that_says_it_is_too_long_is_not_read() {
    let headers = vec![HttpHeader { name: "content-LENGTH".to_owned(), value: "51".to_owned() }];
    let request = HttpRequest { headers, ..post(PATH) };
    let told = problem(request, read_body(50, 1_000), Unread).await;
    assert_eq!(told, (Some(BodyProblem::TooLarge), true));
}

#[tokio::test]
async fn a_body_that_turns_out_too_long_is_not_read_to_its_end() {
    let body = || Pieces::new([(0, Ok(vec![b'a'; 50])), (0, Ok(vec![b'a'])), (0, Err(Broken))]);
    let told = problem(post(PATH), read_body(50, 1_000), body()).await;
    assert_eq!(told, (Some(BodyProblem::TooLarge), true));
    // One byte more, and the break is reached.
    let told = problem(post(PATH), read_body(51, 1_000), body()).await;
    assert_eq!(told, (Some(BodyProblem::Broken), true));
}

#[tokio::test]
async fn a_plugin_cannot_ask_for_more_than_its_route_or_the_host_allows() {
    let told = problem(post(PATH), read_body(u64::MAX, 1_000), vec![b'a'; 101]).await;
    assert_eq!(told, (Some(BodyProblem::TooLarge), true));
    let plugin = Plugin::new([read_body(100, 1_000)]);
    let door = Door::new(Limits { body_bytes: 10, ..Limits::default() }, &[]);
    let own = door.routes("echo", plugin.clone());
    own.replace(routes(&[PATH]));
    door.serve(post(PATH), vec![b'a'; 11]).await;
    assert_eq!(plugin.asked()[1].body_problem, Some(BodyProblem::TooLarge));
}

#[tokio::test(start_paused = true)]
async fn a_body_has_its_time_however_steadily_it_drips() {
    let drip = || Pieces::new((0..1_000).map(|_| (300, Ok(vec![b'a']))));
    let start = Instant::now();
    assert_eq!(problem(post(PATH), read_body(90, 2_000), drip()).await, (Some(BodyProblem::Timeout), true));
    assert_eq!(start.elapsed().as_secs(), 2);
    // The route's own limit is 5 seconds.
    let start = Instant::now();
    assert_eq!(problem(post(PATH), read_body(90, 60_000), drip()).await, (Some(BodyProblem::Timeout), true));
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test]
async fn a_body_that_is_no_text_is_told_and_the_connection_stays() {
    let told = problem(post(PATH), read_body(50, 1_000), vec![b'a', 0xff]).await;
    assert_eq!(told, (Some(BodyProblem::NotText), false));
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_does_not_answer_costs_its_caller_half_a_minute() {
    let hour = Duration::from_secs(3_600);
    for script in [vec![(hour, respond(200, "late"))], vec![read_body(9, 9), (hour, respond(200, "late"))]] {
        let (door, _own) = door(&Plugin::new(script));
        let start = Instant::now();
        let response = door.serve(post(PATH), Vec::new()).await;
        assert_eq!((response.status, response.close), (504, true));
        assert_eq!(start.elapsed().as_secs(), 30);
    }
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_asks_for_the_body_too_late_gets_its_ticket_back() {
    let (_, asks) = read_body(9, 9);
    let plugin = Plugin::new([(Duration::from_secs(40), asks)]);
    let (door, _own) = door(&plugin);
    assert_eq!(door.serve(post(PATH), Unread).await.status, 504);
    sleep(Duration::from_secs(11)).await;
    let second = plugin.asked().remove(1);
    assert_eq!((second.ticket.as_deref(), second.body_problem), (Some("t1"), Some(BodyProblem::Broken)));
}

#[tokio::test(start_paused = true)]
async fn whoever_hangs_up_leaves_no_half_request_behind() {
    let plugin = Plugin::new([read_body(100, 5_000)]);
    let (door, _own) = door(&plugin);
    let body = Pieces::new([(2_000, Err(Broken))]);
    let hung_up = tokio::time::timeout(Duration::from_secs(1), door.serve(post(PATH), body)).await;
    assert!(hung_up.is_err());
    assert_eq!(plugin.asked().len(), 1);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(plugin.asked()[1].body_problem, Some(BodyProblem::Broken));
}

#[tokio::test(start_paused = true)]
async fn more_requests_than_a_route_allows_are_turned_away_until_the_plugin_is_done() {
    let plugin = Plugin { free: Arc::new(Semaphore::new(0)), ..Plugin::new([]) };
    let (door, own) = door(&plugin);
    let serve = || {
        let door = door.clone();
        tokio::spawn(async move { door.serve(post(PATH), Unread).await.status })
    };
    let open = [serve(), serve()];
    sleep(Duration::from_millis(1)).await;
    let refused = door.serve(post(PATH), Unread).await;
    assert_eq!((refused.status, refused.body.as_str(), refused.close), (429, "Too Many Requests", true));
    // Naming the same route again forgets none of those that are open.
    own.replace(routes(&[PATH, "/other"]));
    assert_eq!(door.serve(post(PATH), Unread).await.status, 429);
    // Their callers are told that it takes too long; the plugin has them still.
    for open in open {
        assert_eq!(open.await.unwrap(), 504);
    }
    assert_eq!(door.serve(post(PATH), Unread).await.status, 429);
    assert_eq!(plugin.asked().len(), 2);
    plugin.free.add_permits(3);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(door.serve(post(PATH), Unread).await.status, 200);
}

#[tokio::test]
async fn a_plugin_that_fails_is_not_quoted_to_strangers() {
    for (code, status) in [
        (ErrorCode::Closed, 503),
        (ErrorCode::Cancelled, 503),
        (ErrorCode::Busy, 503),
        (ErrorCode::Panic, 502),
        (ErrorCode::NotSupported, 502),
    ] {
        let (door, _own) = door(&Plugin::new([now(Err(Error::new(code, "a token: s3cret")))]));
        let response = door.serve(post(PATH), Unread).await;
        assert_eq!(response.status, status, "{code:?}");
        assert!(!format!("{response:?}").contains("s3cret"));
    }
}

#[tokio::test]
async fn an_answer_that_is_none_becomes_a_bad_gateway() {
    for script in [vec![now(respond(99, "x"))], vec![read_body(9, 9), read_body(9, 9)]] {
        let (door, _own) = door(&Plugin::new(script));
        assert_eq!(door.serve(post(PATH), Vec::new()).await.status, 502);
    }
}

#[tokio::test]
async fn a_path_is_served_only_exactly() {
    let (door, _own) = door(&Plugin::new([]));
    for path in ["/", "/hook/", "/HOOK", "/hook/x", "//hook", "/%68ook", "hook", ""] {
        let response = door.serve(post(path), Unread).await;
        assert_eq!((response.status, response.body.as_str()), (404, r#"{"error":"Not Found"}"#), "{path}");
    }
    assert_eq!(door.serve(post(PATH), Unread).await.status, 200);
}

#[tokio::test]
async fn new_routes_replace_the_old_ones_and_go_with_their_owner() {
    let (door, own) = door(&Plugin::new([]));
    assert!(own.replace(routes(&["/new"])).is_empty());
    assert_eq!(door.serve(post(PATH), Unread).await.status, 404);
    assert_eq!(door.serve(post("/new"), Unread).await.status, 200);
    drop(own);
    assert_eq!(door.serve(post("/new"), Unread).await.status, 404);
}

#[tokio::test]
async fn a_path_stays_with_who_has_it() {
    let (first, second) = (Plugin::new([now(respond(201, ""))]), Plugin::new([now(respond(202, ""))]));
    let (door, own) = door(&first);
    let other = door.routes("other", second);
    let refused = other.replace(routes(&[PATH, "/b"]));
    assert_eq!(refused[0].problem, RouteProblem::Taken { by: "echo".to_owned() });
    assert_eq!(refused.len(), 1);
    assert!(refused[0].to_string().contains("/hook is not served: echo has it already"), "{}", refused[0]);
    assert_eq!(door.serve(post(PATH), Unread).await.status, 201);
    assert_eq!(door.serve(post("/b"), Unread).await.status, 202);
    drop(own);
    assert!(other.replace(routes(&[PATH])).is_empty());
}

#[tokio::test]
async fn a_route_that_cannot_be_served_is_refused_and_the_others_are_not() {
    let (door, own) = door(&Plugin::new([]));
    let long = format!("/{}", "a".repeat(1024));
    let mut asked = routes(&["/status", "no", "", "/a?b", "/a#b", "/a b", "/ü", &long, "/x", "/x", "/none"]);
    asked.routes[10].max_in_flight = 0;
    let refused: Vec<RouteProblem> = own.replace(asked).into_iter().map(|route| route.problem).collect();
    let mut expected = vec![RouteProblem::Reserved];
    expected.extend(std::iter::repeat_n(RouteProblem::NotAPath, 7));
    expected.extend([RouteProblem::Repeated, RouteProblem::NoRoom]);
    assert_eq!(refused, expected);
    assert_eq!(door.serve(post("/x"), Unread).await.status, 200);
    let many: Vec<String> = (0..257).map(|number| format!("/{number}")).collect();
    let refused = own.replace(routes(&many.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(
        (refused.len(), &refused[0].path, &refused[0].problem),
        (1, &many[256], &RouteProblem::TooMany)
    );
}

#[tokio::test(start_paused = true)]
async fn a_closed_door_lets_those_inside_end_and_nobody_else_in() {
    let plugin = Plugin::new([(Duration::from_secs(2), respond(200, "ok"))]);
    let (door, own) = door(&plugin);
    door.idle().await;
    let inside = door.clone();
    let inside = tokio::spawn(async move { inside.serve(post(PATH), Unread).await.status });
    sleep(Duration::from_secs(1)).await;
    door.close();
    drop(own);
    let late = door.serve(post(PATH), Unread).await;
    assert_eq!((late.status, late.close), (503, true));
    let start = Instant::now();
    door.idle().await;
    assert_eq!(start.elapsed(), Duration::from_secs(1));
    assert_eq!(inside.await.unwrap(), 200);
    assert_eq!(plugin.asked().len(), 1);
}

#[test]
fn routes_of_a_newer_plugin_can_be_read() {
    let json = r#"{"path":"/a","purpose":"uploads","max_body_bytes":1,"body_timeout_ms":1,"max_in_flight":1,"new":0}"#;
    let route: HttpRoute = serde_json::from_str(json).unwrap();
    assert_eq!(route.purpose, host_sdk::protocol::RoutePurpose::Other);
}
