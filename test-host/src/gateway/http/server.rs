//! Taking connections.

use super::connection;
use super::places::Places;
use axum::Router;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Without a descriptor left there is nothing to do but to wait.
const PAUSE: Duration = Duration::from_millis(200);
/// A full house is told once in so long.
const TOLD: Duration = Duration::from_secs(60);

/// The running server. Dropped, it ends at once.
#[derive(Debug)]
pub struct Server {
    stopping: watch::Sender<bool>,
    takers: JoinSet<()>,
}

impl Server {
    /// Serve these listeners.
    pub fn start(listeners: Vec<TcpListener>, router: &Router) -> Self {
        let (stopping, stopped) = watch::channel(false);
        let places = Places::default();
        let mut takers = JoinSet::new();
        for listener in listeners {
            takers.spawn(take(listener, router.clone(), places.clone(), stopped.clone()));
        }
        Self { stopping, takers }
    }

    /// Take no more connections, let the requests in hand be answered for so long, and close.
    pub async fn stop(mut self, patience: Duration) {
        self.stopping.send_replace(true);
        let ended = async { while self.takers.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, ended).await.is_err() {
            tracing::debug!("gateway: HTTP requests were cut off");
        }
    }
}

/// Take connections from one listener until the server is stopped, and wait for those that are open.
async fn take(listener: TcpListener, router: Router, places: Places, stopping: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    let mut stop = stopping.clone();
    let mut told = None;
    loop {
        tokio::select! {
            (stream, peer) = accept(&listener) => match places.take(peer.ip()) {
                Some(place) => {
                    let served = connection::serve(stream, peer, router.clone(), stopping.clone());
                    connections.spawn(async move {
                        served.await;
                        drop(place);
                    });
                }
                None => turned_away(peer.ip(), &mut told),
            },
            _ = connections.join_next(), if !connections.is_empty() => {}
            _ = stop.wait_for(|stopping| *stopping) => break,
        }
    }
    // Those who come now are told that nobody listens.
    drop(listener);
    while connections.join_next().await.is_some() {}
}

fn turned_away(peer: IpAddr, told: &mut Option<Instant>) {
    if told.is_none_or(|told| told.elapsed() >= TOLD) {
        *told = Some(Instant::now());
        tracing::warn!("gateway: too many HTTP connections are open; one from {peer} is closed");
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::debug!("gateway: a connection cannot be taken: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
