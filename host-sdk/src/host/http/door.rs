//! The door itself.

use super::answer;
use super::body::BodySource;
use super::exchange::Exchange;
use super::handler::HttpHandler;
use super::problem::RefusedRoute;
use super::table::Table;
use crate::host::Instance;
use crate::protocol::{HttpRequest, HttpResponse, HttpRoutes};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// What the host allows, whatever its plugins ask for.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long a plugin may think about each step; then the caller gets 504. 30 seconds: so long a Mattermost server
    /// waits for the answer to a click.
    pub answer: Duration,
    /// The longest body, in bytes: 1 MiB.
    pub body_bytes: usize,
    /// How long a body may take: one minute.
    pub body_time: Duration,
    /// Requests that may be open at one path: 64. Together with `body_bytes` it bounds the memory.
    pub in_flight: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(30),
            body_bytes: 1024 * 1024,
            body_time: Duration::from_secs(60),
            in_flight: 64,
        }
    }
}

/// Finds the plugin for each HTTP request, and hands it over. Cheap to clone. It needs a Tokio runtime with a clock.
pub struct Door<H = Instance> {
    inner: Arc<Inner<H>>,
}

struct Inner<H> {
    limits: Limits,
    owners: AtomicU64,
    table: RwLock<Table<H>>,
    closed: AtomicBool,
    open: watch::Sender<usize>,
}

/// One of the requests that are open.
struct Open(watch::Sender<usize>);

impl Open {
    fn new(count: &watch::Sender<usize>) -> Self {
        count.send_modify(|open| *open += 1);
        Self(count.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

impl<H: HttpHandler> Door<H> {
    /// A door behind which nobody is yet. `reserved`: paths that the host serves itself; no plugin gets them.
    #[must_use]
    pub fn new(limits: Limits, reserved: &[&str]) -> Self {
        let reserved = reserved.iter().map(|path| (*path).to_owned()).collect();
        let table = RwLock::new(Table::new(reserved, limits.in_flight));
        let (owners, closed, open) = (AtomicU64::new(0), AtomicBool::new(false), watch::Sender::new(0));
        Self { inner: Arc::new(Inner { limits, owners, table, closed, open }) }
    }

    /// The routes of one more instance; none at first. `name` is for logs. While this is kept, so is the handler.
    #[must_use = "the routes go when this is dropped"]
    pub fn routes(&self, name: &str, handler: H) -> Routes<H> {
        let owner = self.inner.owners.fetch_add(1, Ordering::Relaxed);
        Routes { door: self.clone(), owner, name: name.to_owned(), handler }
    }

    /// Answer a request: `request` is its head, as it came, and `body` what follows; what `request` says of a body is not
    /// looked at. There is always an answer:
    ///
    /// * 404 where nobody serves this exact path,
    /// * 429 where as many requests are open as the route allows,
    /// * 502 where the plugin fails, or answers what is no response,
    /// * 503 where it is shut down or has too much to do, and everywhere once the door is closed,
    /// * 504 where it does not answer in time,
    /// * else the plugin's own. Headers of the connection, such as `Content-Length`, are taken out of it, and
    ///   [`HttpResponse::close`] is set where a rest of the body may still be on its way.
    ///
    /// A request that the plugin has begun is ended with it, also when the returned future is dropped.
    pub async fn serve(&self, request: HttpRequest, body: impl BodySource) -> HttpResponse {
        // Counted before it is looked whether the door is closed: `idle` overlooks none.
        let open = Open::new(&self.inner.open);
        if self.inner.closed.load(Ordering::SeqCst) {
            return answer::unavailable();
        }
        let route =
            self.inner.table.read().unwrap_or_else(|poisoned| poisoned.into_inner()).find(&request.path);
        let Some(route) = route else { return answer::not_found() };
        let Ok(place) = route.places.clone().try_acquire_owned() else {
            tracing::debug!("{}: too many requests at {}", route.name, route.asked.path);
            return answer::too_many();
        };
        let request = HttpRequest { body: None, body_problem: None, ticket: None, ..request };
        let exchange = Exchange { route, request, body, limits: self.inner.limits.clone(), place };
        let (caller, answer) = oneshot::channel();
        // A task of its own: whoever hangs up must not leave a plugin with half a request.
        tokio::spawn(async move {
            exchange.run(caller).await;
            drop(open);
        });
        answer.await.unwrap_or_else(|_| answer::bad())
    }

    /// Let no more requests in, before the instances are shut down: they get 503.
    pub fn close(&self) {
        self.inner.closed.store(true, Ordering::SeqCst);
    }

    /// Wait until no request is open. A shutdown ends at once what a plugin has in hand, so a host closes the door, gives
    /// this a moment, and shuts its instances down then.
    pub async fn idle(&self) {
        // The sender lives as long as this.
        let _ = self.inner.open.subscribe().wait_for(|open| *open == 0).await;
    }
}

impl<H> Clone for Door<H> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<H> fmt::Debug for Door<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Door")
    }
}

/// What one instance serves. When this is dropped, its paths are free; requests that are open are ended.
pub struct Routes<H: HttpHandler = Instance> {
    door: Door<H>,
    owner: u64,
    name: String,
    handler: H,
}

impl<H: HttpHandler> Routes<H> {
    /// Serve these and no others from now on: what the event `http.routes` says. A path that another instance has stays
    /// with it. Returned is what is not served, and why; the others are.
    pub fn replace(&self, routes: HttpRoutes) -> Vec<RefusedRoute> {
        let mut table = self.door.inner.table.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        table.replace(self.owner, &self.name, &self.handler, routes.routes)
    }
}

impl<H: HttpHandler> Drop for Routes<H> {
    fn drop(&mut self) {
        self.door.inner.table.write().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(self.owner);
    }
}

impl<H: HttpHandler> fmt::Debug for Routes<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("name", &self.name).finish_non_exhaustive()
    }
}
