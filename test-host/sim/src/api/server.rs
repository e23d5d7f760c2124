//! What all handlers share.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use axum::extract::FromRef;
use tokio::sync::mpsc;

use crate::{
    faults::{Faults, Restart},
    integrations::CallbackLog,
    limit::{Limiter, Verdict},
    options::{Options, Version},
    request_log::RequestLog,
    state::World,
    tasks::TaskGuard,
};

/// A server's state.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) options: Options,
    pub(crate) address: SocketAddr,
    pub(crate) faults: Faults,
    /// To the task that accepts connections.
    pub(crate) restarts: mpsc::Sender<Restart>,
    world: Mutex<World>,
    log: Mutex<RequestLog>,
    callbacks: Mutex<CallbackLog>,
    limiter: Option<Mutex<Limiter>>,
}

impl App {
    /// A server, and what it is asked for by [`crate::faults::restart`].
    pub(crate) fn new(options: Options, address: SocketAddr) -> (Self, mpsc::Receiver<Restart>) {
        let faults = Faults::default();
        let (restarts, asked) = mpsc::channel(1);
        let app = Self {
            world: Mutex::new(World::new(&options, faults.clone())),
            log: Mutex::new(RequestLog::new(options.request_log)),
            callbacks: Mutex::default(),
            limiter: options.rate_limit.map(|limit| Mutex::new(Limiter::new(limit))),
            options,
            address,
            faults,
            restarts,
        };
        (app, asked)
    }

    /// The state, locked. Never to be held across an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The version whose behaviour is shown now.
    pub(crate) fn version(&self) -> Version {
        self.world().version
    }

    /// Forgets what a server keeps in memory only, and goes on as `version`.
    pub(crate) fn begin_anew(&self, version: Version) {
        self.world().begin_anew(version);
        if let (Some(limiter), Some(limit)) = (&self.limiter, self.options.rate_limit) {
            *limiter.lock().unwrap_or_else(PoisonError::into_inner) = Limiter::new(limit);
        }
    }

    /// The request log, locked.
    pub(crate) fn log(&self) -> MutexGuard<'_, RequestLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log of calls to integrations, locked.
    pub(crate) fn callbacks(&self) -> MutexGuard<'_, CallbackLog> {
        self.callbacks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request against its caller's limit, if there are limits.
    pub(crate) fn count(&self, peer: SocketAddr) -> Option<Verdict> {
        let limiter = self.limiter.as_ref()?;
        let mut limiter = limiter.lock().unwrap_or_else(PoisonError::into_inner);
        Some(limiter.check(peer.ip(), Instant::now()))
    }

    /// The address as a URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The handlers' state: the server and the proof that it runs.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) app: Arc<App>,
    pub(crate) guard: TaskGuard,
}

impl FromRef<Server> for Arc<App> {
    fn from_ref(server: &Server) -> Self {
        Arc::clone(&server.app)
    }
}
