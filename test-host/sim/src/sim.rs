//! A running server.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::net::TcpListener;

use crate::{
    api::App,
    errors::SimError,
    faults::{self, Faults},
    ids::Id,
    options::{Options, Version},
    request_log::RequestRecord,
    seed::{Seed, seed},
    server,
    tasks::Tasks,
};

/// A running server. Dropping it stops it; [`Sim::stop`] waits until nothing of it is left.
#[derive(Debug)]
pub struct Sim {
    pub(crate) app: Arc<App>,
    tasks: Tasks,
}

impl Sim {
    /// Starts a server within the running tokio runtime.
    pub async fn start(options: Options) -> Result<Self, SimError> {
        let failed = |source| SimError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (app, restarts) = App::new(options, address);
        let app = Arc::new(app);
        let (tasks, guard) = Tasks::new();
        tokio::spawn(server::serve(listener, Arc::clone(&app), restarts, guard));
        Ok(Self { app, tasks })
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        self.app.url()
    }

    /// The address that it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.app.address
    }

    /// Stops the server; returns when all its tasks and sockets are gone.
    pub async fn stop(mut self) {
        self.tasks.stop();
        self.tasks.ended().await;
    }

    /// Makes an admin, the team `lab`, three people, two bots and three channels with all of them in, like the seed
    /// script does over REST. Called again it makes what is missing and new tokens.
    pub fn seed(&self) -> Result<Seed, SimError> {
        Ok(seed(&mut self.app.world())?)
    }

    /// The last requests that were answered, oldest first. WebSocket handshakes are among them.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.app.log().snapshot()
    }

    /// The fault switches.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.app.faults.clone()
    }

    /// Restarts the server: all TCP connections are closed (FIN), requests in flight are lost, what a resume needs and
    /// the ids that make posting idempotent are forgotten, and callers are refused for `down`. Then it serves again, on
    /// the same port and with the same data, as `version`. Returns when it does. Faults stay as they are.
    pub async fn restart(&self, down: Duration, version: Version) {
        faults::restart(&self.app, down, version).await;
    }

    /// What a retention policy does: all posts of a channel but the newest `keep` are gone, as if they had never been
    /// there, with their files, and so are the threads of roots among them. Deleted posts count as posts. Nobody is
    /// told, and the channel's counters stay. How many posts went.
    pub fn purge(&self, channel_id: &str, keep: usize) -> usize {
        Id::parse(channel_id).map_or(0, |id| self.app.world().purge(id, keep))
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.app.log().clear();
    }

    /// How many authenticated WebSockets are open.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.app.world().hub.live()
    }

    /// Drops the TCP connection of every WebSocket without a close frame. Clients may resume.
    pub fn cut_sockets(&self) {
        self.app.world().cut_sockets();
    }

    /// Drops every WebSocket and forgets what a resume needs, as a restart of the server does.
    pub fn forget_sockets(&self) {
        let mut world = self.app.world();
        world.cut_sockets();
        world.hub.sweep(i64::MAX);
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.tasks.stop();
    }
}
