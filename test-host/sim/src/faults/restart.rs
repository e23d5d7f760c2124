//! Restarts.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::oneshot,
    time::sleep,
};

use crate::{api::App, options::Version};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;
/// How long to wait for an address that is not free yet.
const RETRY: Duration = Duration::from_millis(10);

/// A restart that was asked for.
#[derive(Debug)]
pub(crate) struct Restart {
    down: Duration,
    version: Version,
    done: oneshot::Sender<()>,
}

/// Restarts a server; returns when it accepts connections again, or at once if it is stopping.
pub(crate) async fn restart(app: &App, down: Duration, version: Version) {
    let (done, is_done) = oneshot::channel();
    if app.restarts.send(Restart { down, version, done }).await.is_ok() {
        // An error means that the server stopped meanwhile.
        let _ = is_done.await;
    }
}

impl Restart {
    /// Carries it out, in the place of accepting connections; the listener that goes on.
    pub(crate) async fn run(self, listener: TcpListener, app: &App) -> TcpListener {
        drop(listener);
        // Bound but not listening: callers are refused, and nobody else gets the port.
        let socket = bound(app.address).await;
        app.faults.lines().close_all();
        app.begin_anew(self.version);
        sleep(self.down).await;
        let listener = listening(socket, app.address).await;
        // Whoever asked may be gone.
        let _ = self.done.send(());
        listener
    }
}

async fn listening(mut socket: TcpSocket, address: SocketAddr) -> TcpListener {
    loop {
        match socket.listen(BACKLOG) {
            Ok(listener) => return listener,
            Err(error) => {
                tracing::debug!(%error, "cannot listen yet");
                sleep(RETRY).await;
                socket = bound(address).await;
            }
        }
    }
}

async fn bound(address: SocketAddr) -> TcpSocket {
    loop {
        match bind(address) {
            Ok(socket) => return socket,
            Err(error) => {
                tracing::debug!(%error, "the address is not free yet");
                sleep(RETRY).await;
            }
        }
    }
}

fn bind(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections from before, which the system still keeps, do not block the port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
