//! `watch`: what a client of the server sees of its posts.

use crate::cli::Watch as Options;
use crate::failure::Failure;
use crate::output;
use crate::signals::Signals;
use crate::watch::Watcher;
use std::time::Duration;

/// A server that takes longer to let somebody in is told.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// Show changes until a signal, or until nobody reads.
pub async fn run(as_json: bool, options: Options) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let mut watcher = tokio::select! {
        watcher = Watcher::connect(&options.url, &options.token, CONNECT_LIMIT) => watcher?,
        _ = signals.next() => return Ok(()),
    };
    output::note(format!("watching {} (Ctrl-C ends it)", options.url));
    let show = async {
        let mut first = true;
        while let Some(mut change) = watcher.next().await {
            if options.channel.as_ref().is_some_and(|channel| *channel != change.post.channel_id) {
                continue;
            }
            // Times are counted from the first change that is shown.
            if std::mem::take(&mut first) {
                watcher.restart_clock();
                change.at = Duration::ZERO;
            }
            output::line(if as_json { change.json().to_string() } else { change.line() });
        }
    };
    tokio::select! {
        () = show => {}
        _ = signals.next() => {}
        () = output::lost() => {}
    }
    watcher.stop().await;
    Ok(())
}
