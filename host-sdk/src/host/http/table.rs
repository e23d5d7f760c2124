//! Which path is whose.

use super::problem::{RefusedRoute, RouteProblem};
use crate::protocol::HttpRoute;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Routes that one instance may have.
const PER_INSTANCE: usize = 256;
/// The longest path.
const PATH_BYTES: usize = 1024;

/// A path that is served.
#[derive(Debug)]
pub(super) struct Route<H> {
    pub owner: u64,
    /// The owner's name, for logs.
    pub name: String,
    pub handler: H,
    pub asked: HttpRoute,
    /// How many more requests may be open there.
    pub places: Arc<Semaphore>,
    in_flight: usize,
}

/// Every path that is served.
#[derive(Debug)]
pub(super) struct Table<H> {
    reserved: HashSet<String>,
    most_in_flight: usize,
    routes: HashMap<String, Arc<Route<H>>>,
}

impl<H: Clone> Table<H> {
    pub fn new(reserved: HashSet<String>, most_in_flight: usize) -> Self {
        Self { reserved, most_in_flight: most_in_flight.max(1), routes: HashMap::new() }
    }

    pub fn find(&self, path: &str) -> Option<Arc<Route<H>>> {
        self.routes.get(path).cloned()
    }

    /// Take away all that an owner has.
    pub fn remove(&mut self, owner: u64) {
        self.routes.retain(|_, route| route.owner != owner);
    }

    /// Serve exactly these for an owner. What stays keeps count of the requests that are open.
    pub fn replace(
        &mut self,
        owner: u64,
        name: &str,
        handler: &H,
        asked: Vec<HttpRoute>,
    ) -> Vec<RefusedRoute> {
        let old: HashMap<String, Arc<Route<H>>> =
            self.routes.extract_if(|_, route| route.owner == owner).collect();
        let mut refused = Vec::new();
        let mut taken = 0;
        for route in asked {
            let problem =
                self.problem(owner, &route).or((taken >= PER_INSTANCE).then_some(RouteProblem::TooMany));
            if let Some(problem) = problem {
                refused.push(RefusedRoute { path: route.path, problem });
                continue;
            }
            taken += 1;
            let in_flight =
                usize::try_from(route.max_in_flight).unwrap_or(usize::MAX).min(self.most_in_flight);
            let same = old.get(&route.path).filter(|old| old.in_flight == in_flight);
            let places = same.map_or_else(|| Arc::new(Semaphore::new(in_flight)), |old| old.places.clone());
            let path = route.path.clone();
            let (name, handler) = (name.to_owned(), handler.clone());
            self.routes
                .insert(path, Arc::new(Route { owner, name, handler, asked: route, places, in_flight }));
        }
        refused
    }

    fn problem(&self, owner: u64, route: &HttpRoute) -> Option<RouteProblem> {
        if !is_path(&route.path) {
            return Some(RouteProblem::NotAPath);
        }
        if self.reserved.contains(&route.path) {
            return Some(RouteProblem::Reserved);
        }
        match self.routes.get(&route.path) {
            Some(other) if other.owner != owner => Some(RouteProblem::Taken { by: other.name.clone() }),
            Some(_) => Some(RouteProblem::Repeated),
            None if route.max_in_flight == 0 => Some(RouteProblem::NoRoom),
            None => None,
        }
    }
}

fn is_path(path: &str) -> bool {
    let visible = |byte: u8| byte.is_ascii_graphic() && byte != b'?' && byte != b'#';
    path.starts_with('/') && path.len() <= PATH_BYTES && path.bytes().all(visible)
}
