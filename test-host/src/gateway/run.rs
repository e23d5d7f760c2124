//! `gateway run` from start to end.

use super::control::Control;
use super::control_file::{Claim, ControlFile, secret};
use super::house::House;
use super::http::{self, Announced, Server, Wanted};
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
use host_sdk::host::http::{Door, Limits as HttpLimits};
use host_sdk::protocol::Event;
use std::io::Read;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Turns in work get this long when the gateway stops, then the channels, then what is still to be written to HTTP
/// callers; together under ten seconds.
const TURNS_PATIENCE: Duration = Duration::from_secs(4);
const CHANNELS_PATIENCE: Duration = Duration::from_secs(4);
const CALLERS_PATIENCE: Duration = Duration::from_secs(1);

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
    let variable = std::env::var(http::PORT_VARIABLE).ok().filter(|port| !port.trim().is_empty());
    let wanted = Wanted::new(options.bind, options.port, variable.as_deref(), &config.value)?;
    let listening = http::listen(wanted).await?;
    let started_at_ms = times::now_ms();
    // A start that takes long (a server that does not answer) must not keep a signal waiting.
    let running = tokio::select! {
        running = start::all(&settings, &config.value, listening.port) => running?,
        _ = stop(&mut signals, None) => return Ok(()),
    };
    let channels: Vec<Arc<Channel>> = running.iter().map(|(channel, _)| channel.clone()).collect();
    let url = format!("http://{}", listening.local);
    let file = ControlFile { pid: std::process::id(), url, token: secret()? };
    let control = Control { token: file.token.clone(), started_at_ms, channels: channels.clone() };
    let door = Door::new(HttpLimits::default(), &http::OWN_PATHS);
    let server = Server::start(listening.listeners, &http::app(control, door.clone()));
    claim.publish(&file)?;
    tracing::info!("gateway: HTTP on {} ({})", file.url, listening.reach);
    tracing::info!("gateway: running, control endpoint {} (pid {})", file.url, file.pid);

    let house = House::new(agent, &config.value);
    let lanes = Lanes::new(house.clone(), options.acknowledge);
    let questions = Questions::new(&settings, house.clone());
    let mut readers = JoinSet::new();
    for (channel, events) in running {
        let routes = door.routes(&channel.id, channel.instance.clone());
        let announced = Announced::new(&channel.id, routes, listening.local);
        readers.spawn(read(channel, events, lanes.clone(), questions.clone(), announced));
    }
    let reload = tokio::spawn(Reload::new(&settings, &config.value, (&channels, house), hidden).watch(seen));
    let cause = stop(&mut signals, stdin).await;
    tracing::info!("gateway: stopping ({cause})");
    reload.abort();
    tokio::select! {
        () = end(&lanes, &door, readers, &channels) => {}
        cause = signals.next() => tracing::warn!("gateway: {cause} again, stopping at once"),
    }
    server.stop(CALLERS_PATIENCE).await;
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
async fn read(
    channel: Arc<Channel>,
    mut events: Events,
    lanes: Lanes,
    questions: Questions,
    mut announced: Announced,
) {
    let mut watch = Watch::default();
    while let Some(event) = events.next().await {
        match event {
            // Only messages need room: a question that comes before one is answered while there is none.
            Event::InboundMessage(message) => match lanes.place().await {
                Some(place) => lanes.push(channel.clone(), *message, place),
                None => return,
            },
            Event::HostRequest(request) => questions.answer(channel.clone(), request),
            Event::StatusChanged(status) => watch.see(&channel.id, &status),
            Event::SystemEvent(event) => {
                tracing::info!("{} {}: {}", channel.id, event.account_id, event.text);
                lanes.note(&channel, *event);
            }
            Event::HttpRoutes(routes) => announced.see(routes),
            Event::Withdrawn(withdrawn) => lanes.withdraw(&channel, &withdrawn),
            _ => {}
        }
    }
}

/// Let the turns and the HTTP requests in work end, then the channels.
async fn end(lanes: &Lanes, door: &Door, mut readers: JoinSet<()>, channels: &[Arc<Channel>]) {
    door.close();
    readers.abort_all();
    let callers = tokio::time::timeout(TURNS_PATIENCE, door.idle());
    // Whoever is not answered by then is answered by the shutdown.
    let _ = tokio::join!(lanes.stop(TURNS_PATIENCE), callers);
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
