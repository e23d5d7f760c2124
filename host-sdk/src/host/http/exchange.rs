//! One request: its head, its body if it is wanted, its answer.

use super::answer;
use super::body::{self, BodySource, Bound};
use super::door::Limits;
use super::handler::HttpHandler;
use super::table::Route;
use crate::protocol::{BodyProblem, Error, HttpAnswer, HttpRequest, HttpResponse, ReadBody};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// The caller, who gets one answer.
pub(super) type Caller = oneshot::Sender<HttpResponse>;

/// A request that has its place among those that are open.
pub(super) struct Exchange<H, B> {
    pub route: Arc<Route<H>>,
    pub request: HttpRequest,
    pub body: B,
    pub limits: Limits,
    pub place: OwnedSemaphorePermit,
}

/// A plugin's answer that came in time, or is still to come.
enum Answer<'a> {
    InTime(Result<HttpAnswer, Error>),
    Late(Pin<Box<dyn Future<Output = Result<HttpAnswer, Error>> + Send + 'a>>),
}

impl<H: HttpHandler, B: BodySource> Exchange<H, B> {
    /// Answer the caller. Goes on after that until the plugin has ended what it began, and holds the place so long: a
    /// plugin that hangs is not given more and more to do.
    pub async fn run(self, caller: Caller) {
        let Self { route, mut request, mut body, limits, place } = self;
        let asked = match patiently(&route, request.clone(), limits.answer).await {
            Answer::InTime(Ok(HttpAnswer::ReadBody(asked))) => asked,
            Answer::InTime(answer) => return reply(caller, ended(&route, answer)),
            Answer::Late(answer) => {
                // First: an HTTP server may wait for the rest of a body that somebody still holds.
                drop(body);
                reply(caller, late(&route, limits.answer));
                if let Ok(HttpAnswer::ReadBody(asked)) = answer.await {
                    second(&mut request, asked.ticket, Err(BodyProblem::Broken));
                    // It gives back what the ticket holds; nobody waits for what it says.
                    let _ = route.handler.answer(request).await;
                }
                return;
            }
        };
        let read = body::read(&request, &mut body, bound(&route, &limits, &asked)).await;
        drop(body);
        let unread = matches!(read, Err(BodyProblem::TooLarge | BodyProblem::Timeout | BodyProblem::Broken));
        second(&mut request, asked.ticket, read);
        match patiently(&route, request, limits.answer).await {
            Answer::InTime(answer) => {
                let response = ended(&route, answer);
                // The rest of the body would be taken for the next request.
                reply(caller, HttpResponse { close: response.close || unread, ..response });
            }
            Answer::Late(answer) => {
                reply(caller, late(&route, limits.answer));
                let _ = answer.await;
            }
        }
        drop(place);
    }
}

/// Wait for a plugin, so long.
async fn patiently<H: HttpHandler>(route: &Route<H>, request: HttpRequest, limit: Duration) -> Answer<'_> {
    let mut answer: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(route.handler.answer(request));
    match tokio::time::timeout(limit, &mut answer).await {
        Ok(answer) => Answer::InTime(answer),
        Err(_) => Answer::Late(answer),
    }
}

/// The second step of a request.
fn second(request: &mut HttpRequest, ticket: String, read: Result<String, BodyProblem>) {
    request.ticket = Some(ticket);
    match read {
        Ok(body) => request.body = Some(body),
        Err(problem) => request.body_problem = Some(problem),
    }
}

/// The least of what the request's first answer, the route and the host allow.
fn bound<H>(route: &Route<H>, limits: &Limits, asked: &ReadBody) -> Bound {
    let bytes = asked.max_bytes.min(route.asked.max_body_bytes);
    let time = Duration::from_millis(asked.timeout_ms.min(route.asked.body_timeout_ms));
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX).min(limits.body_bytes);
    Bound { bytes, time: time.min(limits.body_time) }
}

/// What the caller gets for an answer after which nothing is to come.
fn ended<H>(route: &Route<H>, answer: Result<HttpAnswer, Error>) -> HttpResponse {
    let (name, path) = (&route.name, &route.asked.path);
    match answer {
        Ok(HttpAnswer::Respond(response)) => answer::checked(response).unwrap_or_else(|| {
            tracing::error!("{name}: the answer to a request at {path} has a status outside 200-599");
            answer::bad()
        }),
        Ok(HttpAnswer::ReadBody(_)) => {
            tracing::error!("{name}: asks twice for the body of a request at {path}");
            answer::bad()
        }
        Err(error) => {
            tracing::warn!("{name}: a request at {path} is not answered: {error}");
            answer::failed(&error)
        }
    }
}

fn late<H>(route: &Route<H>, limit: Duration) -> HttpResponse {
    let (name, path) = (&route.name, &route.asked.path);
    tracing::warn!("{name}: a request at {path} is not answered within {} ms", limit.as_millis());
    answer::late()
}

fn reply(caller: Caller, response: HttpResponse) {
    // Whoever asked may have hung up.
    let _ = caller.send(response);
}
