//! Listening and accepting.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};

use crate::{
    connection,
    control::{Control, Shared},
};

/// How long to wait when the system has no descriptor for a new connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How a proxy is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where connections are forwarded to, as `host:port`. It is looked up anew for each.
    pub upstream: String,
    /// What the sizes and pauses of [`Control::split`] are derived from.
    pub seed: u64,
}

/// Why a proxy could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// The address could not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The upstream is not a host and a port.
    #[error("the upstream must be host:port, not {0:?}")]
    Upstream(String),
}

/// A running proxy. Dropping it stops it; [`Proxy::stop`] waits until its connections are gone.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    control: Control,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy within the running tokio runtime. The upstream need not be there yet.
    pub async fn start(options: Options) -> Result<Self, ProxyError> {
        let port = options.upstream.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        if port.is_none_or(|(_, port)| port.parse::<u16>().is_err()) {
            return Err(ProxyError::Upstream(options.upstream));
        }
        let failed = |source| ProxyError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let control = Control { shared: Arc::new(Shared::default()) };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, options, Arc::clone(&control.shared), stopped));
        Ok(Self { address, control, stop: Some(stop), task })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The fault switches.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Stops the proxy; returns when all its connections are closed.
    pub async fn stop(mut self) {
        // Dropping the sender is the signal.
        self.stop = None;
        // An error means that the task was ended already.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: TcpListener,
    options: Options,
    shared: Arc<Shared>,
    mut stopped: oneshot::Receiver<()>,
) {
    let upstream: Arc<str> = Arc::from(options.upstream);
    let mut seeds = fastrand::Rng::with_seed(options.seed);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => {
                    let (upstream, shared, seed) = (Arc::clone(&upstream), Arc::clone(&shared), seeds.fork());
                    shared.counters.accepted.add(1);
                    connections.spawn(connection::run(client, upstream, shared, seed));
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    connections.shutdown().await;
}
