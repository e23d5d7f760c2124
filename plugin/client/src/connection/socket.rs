//! Opening and closing the WebSocket.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::header::{AUTHORIZATION, LOCATION};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::error::{Error as WsError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use super::machine::{Input, Refusal, Resume};
use crate::error::{NetworkErrorKind, classify_io};
use crate::network::{ConnectError, connect};
use crate::rest::{Client, retry_after};

/// Boxed: the stream with its TLS state is large and is moved about.
pub(super) type Socket = Box<WebSocketStream<MaybeTlsStream<TcpStream>>>;

/// The socket's buffers. The library's own are 128 KiB each, allocated at once; frames are mostly below 4 KiB.
const BUFFER: usize = 16 * 1024;

/// The longest closing may take, for each of its two halves.
const CLOSE: Duration = Duration::from_secs(1);

/// Opens a socket. The token goes into the `Authorization` header, without which the server would not resume.
pub(super) async fn open(
    client: Client,
    resume: Option<Resume>,
    max_frame: usize,
) -> Result<Socket, Refusal> {
    let mut url = client.server().websocket();
    if let Some(Resume { connection_id, sequence_number }) = resume {
        url.query_pairs_mut()
            .append_pair("connection_id", &connection_id)
            .append_pair("sequence_number", &sequence_number.to_string());
    }
    let mut request = url.as_str().into_client_request().map_err(|error| refusal(&client, &error))?;
    request.headers_mut().insert(AUTHORIZATION, client.authorization());
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(Some(max_frame))
        .max_frame_size(Some(max_frame));
    let connector = client.tls().map_or(Connector::Plain, Connector::Rustls);
    let (policy, audit) = client.network();
    let stream = connect(policy, &url).await.map_err(|error| match error {
        ConnectError::Refused(refused) => {
            refused.audit(audit);
            Refusal { detail: refused.to_string(), ..Refusal::default() }
        }
        ConnectError::Io(error) => refusal(&client, &WsError::Io(error)),
    })?;
    let connecting = client_async_tls_with_config(request, stream, Some(config), Some(connector));
    match Box::pin(connecting).await {
        Ok((socket, _)) => Ok(Box::new(socket)),
        Err(error) => Err(refusal(&client, &error)),
    }
}

/// Says goodbye and, where `wait` allows, waits for the other side to do the same. Never takes long.
pub(super) async fn close(mut socket: Socket, code: u16, reason: &'static str, wait: bool) {
    let frame = CloseFrame { code: code.into(), reason: reason.into() };
    let said = timeout(CLOSE, socket.send(Message::Close(Some(frame)))).await;
    if wait && matches!(said, Ok(Ok(()))) {
        let _ = timeout(CLOSE, async { while let Some(Ok(_)) = socket.next().await {} }).await;
    }
}

/// What the end of the stream means.
pub(super) fn closed(client: &Client, error: Option<&WsError>) -> Input {
    let (detail, fault) = match error {
        None | Some(WsError::ConnectionClosed | WsError::AlreadyClosed) => {
            ("by the server".to_owned(), false)
        }
        Some(WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => {
            ("the connection broke off".to_owned(), false)
        }
        Some(WsError::Io(error)) => (io_detail(error), false),
        Some(error @ (WsError::Capacity(_) | WsError::Protocol(_) | WsError::Utf8(_))) => {
            (error.to_string(), true)
        }
        Some(error) => (error.to_string(), false),
    };
    Input::Closed { code: None, detail: client.token().redact(&detail), fault }
}

fn refusal(client: &Client, error: &WsError) -> Refusal {
    let server = client.server();
    let refusal = match error {
        WsError::Http(response) => {
            let status = response.status();
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let detail = match (status.is_redirection(), location) {
                (true, Some(location)) => {
                    format!(
                        "{server} answers {status} to the WebSocket and points to {location}: check baseUrl"
                    )
                }
                _ if status.as_u16() == 404 => {
                    format!(
                        "{server} answers {status} to the WebSocket: does baseUrl point at a Mattermost server?"
                    )
                }
                _ => format!("{server} answers {status} to the WebSocket"),
            };
            let status = status.as_u16();
            Refusal { detail, status: Some(status), retry_after: retry_after(status, response.headers()) }
        }
        WsError::Io(error) => {
            Refusal { detail: format!("cannot reach {server}: {}", io_detail(error)), ..Refusal::default() }
        }
        error => Refusal { detail: format!("cannot reach {server}: {error}"), ..Refusal::default() },
    };
    Refusal { detail: client.token().redact(&refusal.detail), ..refusal }
}

fn io_detail(error: &std::io::Error) -> String {
    match classify_io(error) {
        NetworkErrorKind::Other => error.to_string(),
        kind @ NetworkErrorKind::Tls => format!("{kind}: {error}"),
        kind => kind.to_string(),
    }
}
