//! Accepting connections.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::http::{self, Reply, Request, Stream};
use super::socket::ServerSocket;

type Handler = Arc<Mutex<dyn FnMut(&Request) -> Reply + Send>>;

/// A server on a port of its own, until it is dropped.
pub struct FakeServer {
    pub url: String,
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    accepted: Arc<AtomicUsize>,
    sockets: mpsc::UnboundedReceiver<ServerSocket>,
    task: JoinHandle<()>,
}

impl FakeServer {
    /// A server that answers every call with `handler` and every WebSocket handshake with a socket.
    pub async fn start(handler: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        Self::start_with(None, handler).await
    }

    /// A server that answers every call with `reply`.
    pub async fn always(reply: Reply) -> Self {
        Self::start(move |_| reply.clone()).await
    }

    /// The same with TLS.
    pub async fn start_with(
        tls: Option<TlsAcceptor>,
        handler: impl FnMut(&Request) -> Reply + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (sender, sockets) = mpsc::unbounded_channel();
        let handler: Handler = Arc::new(Mutex::new(handler));
        let seen = Arc::clone(&requests);
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::Relaxed);
                let connection = Connection {
                    handler: Arc::clone(&handler),
                    requests: Arc::clone(&seen),
                    sockets: sender.clone(),
                };
                connections.spawn(connection.run(stream, tls.clone()));
            }
        });
        Self {
            url: format!("{scheme}://localhost:{}", address.port()),
            address,
            requests,
            accepted,
            sockets,
            task,
        }
    }

    /// The calls so far, WebSocket handshakes included.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// The next socket that a client opens.
    pub async fn socket(&mut self) -> ServerSocket {
        timeout(Duration::from_secs(10), self.sockets.recv()).await.expect("a socket in time").unwrap()
    }

    /// Whether a client opened another socket within `time`.
    pub async fn socket_within(&mut self, time: Duration) -> Option<ServerSocket> {
        timeout(time, self.sockets.recv()).await.ok().flatten()
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Connection {
    handler: Handler,
    requests: Arc<Mutex<Vec<Request>>>,
    sockets: mpsc::UnboundedSender<ServerSocket>,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let mut stream: Box<dyn Stream> = match tls {
            Some(tls) => match tls.accept(stream).await {
                Ok(stream) => Box::new(stream),
                Err(_) => return,
            },
            None => Box::new(stream),
        };
        while let Some(request) = http::read(&mut stream).await {
            self.requests.lock().unwrap().push(request.clone());
            let key = request.header("sec-websocket-key").map(|key| derive_accept_key(key.as_bytes()));
            let reply = (self.handler.lock().unwrap())(&request);
            if let (Some(key), Reply::Full { status: 101, .. }) = (key, &reply) {
                let head = format!(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Accept: {key}\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).await.unwrap();
                let stream = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
                let _ = self.sockets.send(ServerSocket { request, stream });
                return;
            }
            if !http::write(&mut stream, reply).await {
                return;
            }
        }
    }
}

/// For handlers: opens every WebSocket, and accepts every token.
pub fn open_doors(request: &Request) -> Reply {
    if request.header("sec-websocket-key").is_some() {
        return Reply::text(101, "");
    }
    Reply::json(200, &serde_json::json!({"id": "me", "username": "bot", "is_bot": true}))
}
