//! One connection, from its first byte to its last.

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// A request's head must have come within this; also the next one's, on a connection that is kept.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// The longest head.
const HEAD_BYTES: usize = 32 * 1024;
/// The most headers.
const HEADERS: usize = 100;
/// So long a connection takes new requests.
const LIFE: Duration = Duration::from_secs(120);
/// So long its last request may take: two answers of a plugin and a body between them.
const LAST: Duration = Duration::from_secs(130);
/// What still comes after the last answer is taken and forgotten, so long and so much. A connection that is closed over
/// unread bytes is reset, and the caller may never see his answer.
const REST_TIME: Duration = Duration::from_secs(1);
const REST_BYTES: usize = 1024 * 1024;

/// Serve a connection until its end.
pub async fn serve(stream: TcpStream, peer: SocketAddr, router: Router, mut stopping: watch::Receiver<bool>) {
    // Answers are short; waiting for more to send helps nobody.
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        Box::pin(router.call(request))
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .max_header_size(HEAD_BYTES)
        .max_headers(HEADERS);
    let mut connection = builder.serve_connection(TokioIo::new(stream), service);
    let done = tokio::select! {
        ended = poll_fn(|context| connection.poll_without_shutdown(context)) => Some(ended),
        () = tokio::time::sleep(LIFE) => None,
        _ = stopping.wait_for(|stopping| *stopping) => None,
    };
    if done.is_none() {
        std::pin::Pin::new(&mut connection).graceful_shutdown();
        let last = poll_fn(|context| connection.poll_without_shutdown(context));
        if tokio::time::timeout(LAST, last).await.is_err() {
            return;
        }
    }
    // An error is the caller's: he was answered if he could be.
    rest(connection.into_parts().io.into_inner()).await;
}

/// Say that nothing more is sent, and wait for the other side to see it.
async fn rest(mut stream: TcpStream) {
    let forget = async {
        stream.shutdown().await?;
        let mut block = [0_u8; 8192];
        let mut left = REST_BYTES;
        while left > 0 {
            match stream.read(&mut block).await? {
                0 => break,
                length => left = left.saturating_sub(length),
            }
        }
        std::io::Result::Ok(())
    };
    // Whoever does not take his answer in time has none.
    let _ = tokio::time::timeout(REST_TIME, forget).await;
}
