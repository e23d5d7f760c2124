//! `gateway run` from start to end.

use super::control::{self, Control};
use super::control_file::{Claim, ControlFile, secret};
use super::lanes::Lanes;
use super::questions::Questions;
use super::reload::{Reload, Seen};
use super::start::{self, Channel};
use super::watch::Watch;
use crate::agent::{Hidden, Limits};
use crate::cli::GatewayRun;
use crate::config;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::signals::Signals;
use crate::times;
use host_sdk::host::Events;
use host_sdk::protocol::Event;
use std::io::Read;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Turns in work get this long when the gateway stops, then the channels get the other; together under ten seconds.
const TURNS_PATIENCE: Duration = Duration::from_secs(4);
const CHANNELS_PATIENCE: Duration = Duration::from_secs(4);

/// Run until a signal.
pub async fn run(settings: Settings, options: GatewayRun) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let stdin = options.until_stdin_closes.then(stdin_closed);
    // Before it is read: a change meanwhile is seen.
    let seen = Seen::of(&settings.config_file);
    let config = config::load_for_channels(&settings).await?;
    let hidden = Hidden::new(RwLock::new(config.secret_variables()));
    let limits = Limits {
        turn: options.agent_timeout.map(Duration::from_secs),
        idle: Duration::from_secs(options.agent_idle),
    };
    // Before anything is connected: what it says of itself is wrong or right at once.
    let agent = options.agent.agent(limits, hidden.clone())?;
    let mut claim = Claim::new(&settings.state_dir)?;
    let listener = control::listen(options.port.or_else(|| config::gateway_port(&config.value))).await?;
    let address = listener.local_addr().map_err(|error| Failure::system("the control endpoint", &error))?;
    let started_at_ms = times::now_ms();
    // A start that takes long (a server that does not answer) must not keep a signal waiting.
    let running = tokio::select! {
        running = start::all(&settings, &config.value, address.port()) => running?,
        _ = stop(&mut signals, None) => return Ok(()),
    };
    let channels: Vec<Arc<Channel>> = running.iter().map(|(channel, _)| channel.clone()).collect();
    let file = ControlFile { pid: std::process::id(), url: format!("http://{address}"), token: secret()? };
    let control = Control { token: file.token.clone(), started_at_ms, channels: channels.clone() };
    let control = tokio::spawn(control::serve(listener, control));
    claim.publish(&file)?;
    tracing::info!("gateway: running, control endpoint {} (pid {})", file.url, file.pid);

    let lanes = Lanes::new(agent, options.acknowledge);
    let questions = Questions::new(&settings);
    let mut readers = JoinSet::new();
    for (channel, events) in running {
        readers.spawn(read(channel, events, lanes.clone(), questions.clone()));
    }
    let reload = tokio::spawn(Reload::new(&settings, &config.value, &channels, hidden).watch(seen));
    let cause = stop(&mut signals, stdin).await;
    tracing::info!("gateway: stopping ({cause})");
    reload.abort();
    tokio::select! {
        () = end(&lanes, readers, &channels) => {}
        cause = signals.next() => tracing::warn!("gateway: {cause} again, stopping at once"),
    }
    control.abort();
    drop(claim);
    tracing::info!("gateway: stopped");
    Ok(())
}

/// Wait for the reason to stop.
async fn stop(signals: &mut Signals, stdin: Option<oneshot::Receiver<()>>) -> &'static str {
    let closed = async {
        match stdin {
            Some(stdin) => drop(stdin.await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        signal = signals.next() => signal,
        () = closed => "stdin closed",
    }
}

/// The end of stdin. A thread of its own, because reading cannot be interrupted.
fn stdin_closed() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut block = [0_u8; 256];
        while std::io::stdin().read(&mut block).is_ok_and(|length| length > 0) {}
        // The gateway may have stopped for another reason.
        let _ = sender.send(());
    });
    receiver
}

/// Read a channel's events; when no more messages can be held, read nothing.
async fn read(channel: Arc<Channel>, mut events: Events, lanes: Lanes, questions: Questions) {
    let mut watch = Watch::default();
    while let Some(place) = lanes.place().await {
        match events.next().await {
            Some(Event::InboundMessage(message)) => lanes.push(channel.clone(), *message, place),
            Some(Event::HostRequest(request)) => questions.answer(channel.clone(), request),
            Some(Event::StatusChanged(status)) => watch.see(&channel.id, &status),
            Some(Event::SystemEvent(event)) => {
                tracing::info!("{} {}: {}", channel.id, event.account_id, event.text);
                lanes.note(&channel, *event);
            }
            Some(Event::Withdrawn(withdrawn)) => lanes.withdraw(&channel, &withdrawn),
            Some(_) => {}
            None => return,
        }
    }
}

/// Let the turns in work end, then the channels.
async fn end(lanes: &Lanes, mut readers: JoinSet<()>, channels: &[Arc<Channel>]) {
    readers.abort_all();
    lanes.stop(TURNS_PATIENCE).await;
    let mut shutdowns = JoinSet::new();
    for channel in channels.iter().cloned() {
        shutdowns.spawn(async move {
            if let Err(error) = channel.instance.shutdown(CHANNELS_PATIENCE).await {
                tracing::warn!("{}: {error}", channel.id);
            }
        });
    }
    while shutdowns.join_next().await.is_some() {}
}
