//! Writing one direction, in the pieces and at the pace that the faults ask for.

use std::{io::Result, time::Duration};

use fastrand::Rng;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    sync::watch,
    time::sleep,
};

use crate::{control::Weather, stats::Counter};

/// The largest piece of a split write.
const LARGEST_PIECE: usize = 64;
/// One in so many pieces is followed by a pause.
const PAUSE_EVERY: u32 = 8;
/// The longest pause, in microseconds.
const LONGEST_PAUSE: u64 = 2_000;
/// How many pieces a second a throttled write has, if they are not smaller than a byte.
const PIECES_PER_SECOND: u32 = 20;

/// One direction's writing end.
pub(crate) struct Sender<'a, W> {
    to: W,
    weather: watch::Receiver<Weather>,
    rng: Rng,
    sent: &'a Counter,
}

impl<'a, W: AsyncWrite + Unpin> Sender<'a, W> {
    pub(crate) fn new(to: W, weather: watch::Receiver<Weather>, rng: Rng, sent: &'a Counter) -> Self {
        Self { to, weather, rng, sent }
    }

    /// Returns when bytes pass.
    pub(crate) async fn flowing(&mut self) {
        flowing(&mut self.weather).await;
    }

    /// Whether posts are not to be forwarded now.
    pub(crate) fn refuses_posts(&self) -> bool {
        self.weather.borrow().refuse_posts
    }

    /// Writes all of `bytes`, when and how the faults allow.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            self.flowing().await;
            let weather = *self.weather.borrow();
            let (size, pause) = self.piece(rest.len(), &weather);
            let (piece, later) = rest.split_at_checked(size).unwrap_or((rest, &[]));
            let written = self.to.write(piece).await?;
            if written == 0 {
                return Err(std::io::ErrorKind::WriteZero.into());
            }
            self.sent.add(written);
            rest = rest.get(written..).unwrap_or(later);
            if !pause.is_zero() {
                sleep(pause).await;
            } else if weather.split {
                // The other direction and other connections come in between.
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    /// Says that nothing more comes.
    pub(crate) async fn finish(&mut self) -> Result<()> {
        self.flowing().await;
        self.to.shutdown().await
    }

    /// The size of the next piece of `left` bytes, and how long to wait after it.
    fn piece(&mut self, left: usize, weather: &Weather) -> (usize, Duration) {
        let (mut size, mut pause) = (left, Duration::ZERO);
        if weather.split {
            size = self.rng.usize(1..=LARGEST_PIECE).min(left);
            if self.rng.u32(..PAUSE_EVERY) == 0 {
                pause = Duration::from_micros(self.rng.u64(..=LONGEST_PAUSE));
            }
        }
        if let Some(rate) = weather.throttle.map(|rate| rate.max(1)) {
            let most = usize::try_from((rate / PIECES_PER_SECOND).max(1)).unwrap_or(usize::MAX);
            size = size.min(most);
            pause += Duration::from_secs(1)
                .mul_f64(f64::from(u32::try_from(size).unwrap_or(rate)) / f64::from(rate));
        }
        (size, pause)
    }
}

/// Returns when bytes pass.
pub(crate) async fn flowing(weather: &mut watch::Receiver<Weather>) {
    // An error means that the proxy is gone, which ends the connection elsewhere.
    let _ = weather.wait_for(Weather::flows).await;
}
