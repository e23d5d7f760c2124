//! Work that must go on: when it panics or ends by itself it is begun again.

use futures_util::FutureExt as _;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// How long a fault is left to pass, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// Work that lasted so long was in order; the next pause is short again.
const HEALTHY: Duration = Duration::from_secs(60);

/// Do `work` again and again. After each end `fault` is told whether it was a panic, and how long the pause is. Never
/// ends; to stop, drop it.
pub(super) async fn supervise<W, F>(mut work: impl FnMut() -> W, mut fault: impl FnMut(bool, Duration) -> F)
where
    W: Future<Output = ()>,
    F: Future<Output = ()>,
{
    let mut pause = PAUSE.0;
    loop {
        let began = tokio::time::Instant::now();
        let panicked = AssertUnwindSafe(work()).catch_unwind().await.is_err();
        if began.elapsed() >= HEALTHY {
            pause = PAUSE.0;
        }
        fault(panicked, pause).await;
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
}

#[cfg(test)]
mod tests {
    use super::supervise;
    use std::cell::{Cell, RefCell};
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_panic_or_an_early_end_is_told_and_the_work_begins_again_after_growing_pauses() {
        let (rounds, told) = (Cell::new(0), RefCell::new(Vec::new()));
        let work = || {
            rounds.set(rounds.get() + 1);
            let round = rounds.get();
            async move {
                match round {
                    1 | 3 => panic!("on purpose"),
                    4 => tokio::time::sleep(Duration::from_secs(61)).await,
                    _ => {}
                }
            }
        };
        let fault = |panicked: bool, pause: Duration| {
            told.borrow_mut().push((panicked, pause.as_secs()));
            std::future::ready(())
        };
        let _ = tokio::time::timeout(Duration::from_millis(68_500), supervise(work, fault)).await;
        assert_eq!(*told.borrow(), [(true, 1), (false, 2), (true, 4), (false, 1)]);
    }
}
