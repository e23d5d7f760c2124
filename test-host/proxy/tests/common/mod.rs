//! A proxy in front of an upstream that the test drives.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::{io::ErrorKind, net::SocketAddr, time::Duration};

use chaos_proxy::{Control, Options, Proxy};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How long a test waits for what must not come.
pub const QUIET: Duration = Duration::from_millis(150);

/// A proxy and its upstream.
pub struct Lab {
    pub proxy: Proxy,
    pub control: Control,
    upstream: TcpListener,
}

impl Lab {
    pub async fn new() -> Self {
        Self::seeded(1).await
    }

    pub async fn seeded(seed: u64) -> Self {
        let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = upstream.local_addr().unwrap().to_string();
        let proxy = proxy(&address, seed).await;
        let control = proxy.control();
        Self { proxy, control, upstream }
    }

    /// A client's connection and the upstream's end of it, over which one byte went down.
    pub async fn connect(&self) -> (Wire, Wire) {
        let (mut client, mut server) = (self.client().await, self.accept().await);
        // The upstream accepts before the proxy knows of it.
        server.send("!").await;
        client.expect("!").await;
        (client, server)
    }

    pub async fn client(&self) -> Wire {
        Wire(TcpStream::connect(self.proxy.addr()).await.unwrap())
    }

    pub async fn accept(&self) -> Wire {
        let accepted = timeout(PATIENCE, self.upstream.accept()).await.expect("nobody came");
        Wire(accepted.unwrap().0)
    }
}

pub async fn proxy(upstream: &str, seed: u64) -> Proxy {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    Proxy::start(Options { listen, upstream: upstream.to_owned(), seed }).await.unwrap()
}

/// One end of a connection.
pub struct Wire(pub TcpStream);

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Fin,
    Reset,
}

impl Wire {
    pub async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads exactly this text.
    pub async fn expect(&mut self, text: &str) {
        let mut bytes = vec![0; text.len()];
        timeout(PATIENCE, self.0.read_exact(&mut bytes)).await.expect("nothing came in time").unwrap();
        assert_eq!(String::from_utf8_lossy(&bytes), text);
    }

    /// How the connection ends, without another byte.
    pub async fn end(&mut self) -> End {
        match timeout(PATIENCE, self.0.read_u8()).await.expect("it did not end in time") {
            Ok(byte) => panic!("{byte} came"),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => End::Fin,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                End::Reset
            }
        }
    }

    /// Whether nothing comes for a while, not even an end.
    pub async fn is_silent(&mut self) -> bool {
        timeout(QUIET, self.0.peek(&mut [0])).await.is_err()
    }
}
