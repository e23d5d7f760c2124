//! `demo`: an embedded Mattermost, the plugin as a user installs it, a gateway as a user starts it, and a
//! conversation that is checked.

mod figures;
mod poster;
mod stage;
mod stream;
mod talk;

pub use poster::run as plain_posts;

use crate::cli::{Demo, StreamMode};
use crate::failure::Failure;
use crate::output;
use crate::plugins::checkout;
use crate::signals::Signals;
use crate::watch::Change;
use serde_json::json;
use stage::Stage;

/// Run the demo. However it ends, no process and no file of it stay.
pub async fn run(as_json: bool, options: Demo) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let plugin = checkout::find(options.plugin)?;
    checkout::check(&plugin)?;
    let mut stage = Stage::new(as_json).await?;
    let result = tokio::select! {
        result = Box::pin(play(&mut stage, &plugin, options.stream.map(StreamMode::name))) => result,
        signal = signals.next() => Err(Failure::bare(format!("interrupted by {signal}"))),
        // Nobody reads any more.
        () = output::lost() => Ok(()),
    };
    stage.clear().await;
    result
}

async fn play(stage: &mut Stage, plugin: &std::path::Path, streaming: Option<&str>) -> Result<(), Failure> {
    let installed = stage.install(plugin, streaming).await?;
    let connected = stage.start_gateway(if streaming.is_some() { "script" } else { "echo" }).await?;
    stage.tell("");
    if streaming.is_some() {
        let changes = stream::play(stage).await?;
        if stage.as_json {
            let timeline: Vec<_> = changes.iter().map(Change::json).collect();
            output::json(&json!({
                "ok": true, "server": stage.server(), "plugin": installed, "timeline": timeline,
            }));
        }
        return Ok(());
    }
    let lines = talk::conversation(stage).await?;
    let figures = figures::measure(stage, connected, &installed).await?;
    if stage.as_json {
        output::json(&json!({
            "ok": true, "server": stage.server(), "plugin": installed, "conversation": lines, "figures": figures,
        }));
    } else {
        figures.table().iter().for_each(output::line);
    }
    Ok(())
}
