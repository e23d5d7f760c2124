//! One connection: both directions, and what ends them.

use std::{
    io::{Error, ErrorKind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use fastrand::Rng;
use tokio::{
    io::AsyncReadExt,
    net::{
        TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::watch,
};

use crate::{
    control::{Shared, Weather},
    sender::{Sender, flowing},
    sniff::{Sniffer, Step},
    stats::Counters,
};

/// How much is read at once.
const BUFFER: usize = 16 * 1024;

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Both sides said so, or one side was lost.
    Itself,
    /// With a FIN on both sides.
    Cut,
    /// With a RST on both sides.
    Reset,
    /// The other side reset, or was not there: this side learns it as a RST.
    Lost,
    /// With a FIN on both sides, because the answer of a post is swallowed.
    ResponseDropped,
    /// With a FIN on both sides, because a post is not forwarded.
    PostRefused,
}

/// Counts an open connection as long as it lives.
struct Open<'a>(&'a Counters);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.take_one();
    }
}

/// Forwards an accepted connection until it ends.
pub(crate) async fn run(client: TcpStream, upstream: Arc<str>, shared: Arc<Shared>, seed: Rng) {
    let counters = &shared.counters;
    let weather = shared.weather.subscribe();
    let begun = *weather.borrow();
    if begun.refuse {
        counters.refused.add(1);
        reset(&client);
        return;
    }
    counters.open.add(1);
    let _open = Open(counters);
    // The upstream's end lives here, so that a reset finds it whatever interrupts the forwarding.
    let (mut client, mut server) = (client, None);
    let end = tokio::select! {
        biased;
        end = doomed(weather.clone(), begun) => end,
        end = forward(&mut client, &mut server, &upstream, &shared, weather, seed) => end,
    };
    match end {
        End::Itself => {}
        End::Cut => counters.cut.add(1),
        End::Reset => counters.reset.add(1),
        End::Lost => {}
        End::ResponseDropped => counters.responses_dropped.add(1),
        End::PostRefused => counters.posts_refused.add(1),
    }
    if matches!(end, End::Reset | End::Lost) {
        reset(&client);
        server.iter().for_each(reset);
    }
}

/// Returns when everything that was open when this connection began is to end.
async fn doomed(mut weather: watch::Receiver<Weather>, begun: Weather) -> End {
    loop {
        let now = *weather.borrow_and_update();
        if now.resets != begun.resets {
            return End::Reset;
        }
        if now.cuts != begun.cuts {
            return End::Cut;
        }
        if weather.changed().await.is_err() {
            return End::Cut;
        }
    }
}

async fn forward(
    client: &mut TcpStream,
    server: &mut Option<TcpStream>,
    upstream: &str,
    shared: &Shared,
    mut weather: watch::Receiver<Weather>,
    mut seed: Rng,
) -> End {
    flowing(&mut weather).await;
    let stream = match TcpStream::connect(upstream).await {
        Ok(stream) => stream,
        Err(error) => {
            tracing::debug!(%error, upstream, "the upstream cannot be reached");
            return End::Lost;
        }
    };
    for stream in [&stream, &*client] {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection refused TCP_NODELAY");
        }
    }
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.insert(stream).split();
    // A post was forwarded and its answer has not begun.
    let waits = AtomicBool::new(false);
    let up = Sender::new(to_server, weather.clone(), seed.fork(), &shared.counters.bytes_up);
    let down = Sender::new(to_client, weather, seed.fork(), &shared.counters.bytes_down);
    let both = async {
        tokio::try_join!(forward_up(from_client, up, &waits), forward_down(from_server, down, &waits, shared))
    };
    match both.await {
        Ok(_) => End::Itself,
        Err(end) => end,
    }
}

async fn forward_up(
    mut from: ReadHalf<'_>,
    mut to: Sender<'_, WriteHalf<'_>>,
    waits: &AtomicBool,
) -> Result<(), End> {
    let mut buffer = vec![0; BUFFER];
    let mut sniffer = Sniffer::default();
    loop {
        to.flowing().await;
        let read = from.read(&mut buffer).await.map_err(|error| lost(&error))?;
        if read == 0 {
            to.send(&sniffer.rest()).await.map_err(|error| lost(&error))?;
            return to.finish().await.map_err(|error| lost(&error));
        }
        for step in sniffer.feed(buffer.get(..read).unwrap_or_default()) {
            match step {
                Step::PostBegins => {
                    to.flowing().await;
                    if to.refuses_posts() {
                        return Err(End::PostRefused);
                    }
                }
                Step::Bytes(bytes) => to.send(&bytes).await.map_err(|error| lost(&error))?,
                Step::PostEnds => waits.store(true, Ordering::Relaxed),
            }
        }
    }
}

async fn forward_down(
    mut from: ReadHalf<'_>,
    mut to: Sender<'_, WriteHalf<'_>>,
    waits: &AtomicBool,
    shared: &Shared,
) -> Result<(), End> {
    let mut buffer = vec![0; BUFFER];
    loop {
        to.flowing().await;
        let read = from.read(&mut buffer).await.map_err(|error| lost(&error))?;
        if read == 0 {
            return to.finish().await.map_err(|error| lost(&error));
        }
        if waits.swap(false, Ordering::Relaxed) && shared.takes_response() {
            return Err(End::ResponseDropped);
        }
        to.send(buffer.get(..read).unwrap_or_default()).await.map_err(|error| lost(&error))?;
    }
}

/// What the failure of one side means for the other.
fn lost(error: &Error) -> End {
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => End::Lost,
        _ => End::Itself,
    }
}

/// Makes the end of a connection a RST instead of a FIN.
fn reset(stream: &TcpStream) {
    if let Err(error) = stream.set_zero_linger() {
        tracing::debug!(%error, "a connection could not be reset");
    }
}
