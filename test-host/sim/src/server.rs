//! Accepting connections.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tower_service::Service;

use crate::{
    api::{App, Server, router},
    faults::{FaultyIo, Line, Restart},
    tasks::TaskGuard,
};

/// How long to wait when the system has no descriptor for a new connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts and serves connections until the server stops. Its connections end with it.
pub(crate) async fn serve(
    mut listener: TcpListener,
    app: Arc<App>,
    mut restarts: mpsc::Receiver<Restart>,
    mut guard: TaskGuard,
) {
    let router = router(Server { app: Arc::clone(&app), guard: guard.clone() });
    let mut connections = JoinSet::new();
    let window = app.options.resume_window;
    let mut sweeps = interval(window.max(Duration::from_millis(1)));
    sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = guard.stopped() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer, Arc::clone(&app), router.clone()));
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(restart) = restarts.recv() => {
                listener = tokio::select! {
                    listener = restart.run(listener, &app) => listener,
                    () = guard.stopped() => break,
                };
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            _ = sweeps.tick() => {
                app.world().sweep_connections(i64::try_from(window.as_millis()).unwrap_or(i64::MAX));
            }
        }
    }
    app.faults.lines().stop();
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, peer: SocketAddr, app: Arc<App>, router: Router) {
    // Small frames must not wait for the answer to the ones before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection refused TCP_NODELAY");
    }
    let stream = FaultyIo::accept(stream, app.faults.clone(), app.options.admin_api).await;
    let Some(stream) = stream else { return };
    let line = stream.line();
    let service = service_fn(move |request| answer(router.clone(), peer, Arc::clone(&line), request));
    let served = http1::Builder::new()
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::trace!(%error, "a connection ended early");
    }
}

async fn answer(
    mut router: Router,
    peer: SocketAddr,
    line: Arc<Line>,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    request.extensions_mut().insert(line);
    router.call(request).await
}
