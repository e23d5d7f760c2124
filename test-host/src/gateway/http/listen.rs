//! Opening the port.

use super::address::{USUAL_PORT, Wanted};
use crate::failure::Failure;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::TcpListener;

/// The open port.
#[derive(Debug)]
pub struct Listening {
    /// Where callers arrive; the second one, if any, is this machine's own.
    pub listeners: Vec<TcpListener>,
    /// The port of all of them.
    pub port: u16,
    /// Where the other commands reach the control endpoint.
    pub local: SocketAddr,
    /// How far one can be away and reach it, for the log.
    pub reach: String,
}

/// Listen where it is wanted: on the port that was asked for; if none was, on the usual one, else on any.
pub async fn listen(wanted: Wanted) -> Result<Listening, Failure> {
    match wanted.port {
        Some((port, by)) => open(wanted.ip, port).await.map_err(|error| failed(wanted.ip, port, by, &error)),
        None => match open(wanted.ip, USUAL_PORT).await {
            Ok(listening) => Ok(listening),
            Err(error) => {
                let listening =
                    open(wanted.ip, 0).await.map_err(|error| failed(wanted.ip, 0, "gateway.bind", &error))?;
                let why = if error.kind() == ErrorKind::AddrInUse { "taken" } else { "not to be had" };
                let port = listening.port;
                tracing::warn!(
                    "gateway: port {USUAL_PORT} is {why}, using {port} this time; servers that call back need a port \
                     that stays: set gateway.port"
                );
                Ok(listening)
            }
        },
    }
}

async fn open(ip: IpAddr, port: u16) -> io::Result<Listening> {
    let main = TcpListener::bind((ip, port)).await?;
    let port = main.local_addr()?.port();
    let mut listeners = vec![main];
    let local = match ip {
        IpAddr::V4(_) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        _ if ip.is_loopback() => ip,
        _ => {
            // The control endpoint is for this machine, also where the callers' door is on one network alone.
            listeners.push(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?);
            Ipv4Addr::LOCALHOST.into()
        }
    };
    let reach = match ip {
        _ if ip.is_loopback() => {
            "only this machine reaches it; for servers elsewhere set gateway.bind, or put a reverse proxy before it"
                .to_owned()
        }
        _ if ip.is_unspecified() => "on every address of this machine".to_owned(),
        _ => format!("and on {}", SocketAddr::new(ip, port)),
    };
    Ok(Listening { listeners, port, local: SocketAddr::new(local, port), reach })
}

fn failed(ip: IpAddr, port: u16, by: &str, error: &io::Error) -> Failure {
    let hint = match error.kind() {
        ErrorKind::AddrNotAvailable => {
            "choose an address that this machine has, with --bind or gateway.customBindHost"
        }
        _ => "choose another port with --port, or leave --port and gateway.port out",
    };
    Failure::new(format!("cannot listen on {} ({by}): {error}", SocketAddr::new(ip, port)), hint)
}
