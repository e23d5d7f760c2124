//! Serves an empty Mattermost until it is interrupted: `serve [ADDRESS] [11.6|5.16]`.

use std::{error::Error, net::SocketAddr};

use mattermost_sim::{Options, Sim, Version};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let listen: SocketAddr = args.next().unwrap_or_else(|| "127.0.0.1:8065".to_owned()).parse()?;
    let version = match args.next().as_deref() {
        None | Some("11.6") => Version::V11_6,
        Some("5.16") => Version::V5_16,
        Some(other) => return Err(format!("no such version: {other}").into()),
    };
    let sim = Sim::start(Options::version(version).listen(listen)).await?;
    tokio::signal::ctrl_c().await?;
    sim.stop().await;
    Ok(())
}
