//! Opening a TCP connection.

use std::io;

use tokio::net::TcpStream;
use url::{Host, Url};

use super::resolve::Guarded;
use super::{NetworkPolicy, RefusedAddress};

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum ConnectError {
    /// It is not allowed.
    Refused(RefusedAddress),
    /// It did not come about.
    Io(io::Error),
}

/// Connect to the host of a URL, to an address that was checked.
pub(crate) async fn connect(policy: &NetworkPolicy, url: &Url) -> Result<TcpStream, ConnectError> {
    policy.check_url(url).map_err(ConnectError::Refused)?;
    let port = url.port_or_known_default().unwrap_or(443);
    let stream = match url.host() {
        Some(Host::Ipv4(address)) => TcpStream::connect((address, port)).await,
        Some(Host::Ipv6(address)) => TcpStream::connect((address, port)).await,
        Some(Host::Domain(name)) => {
            let addresses =
                Guarded(policy.clone()).addresses(name, port).await.map_err(|error| match error
                    .downcast::<RefusedAddress>()
                {
                    Ok(refused) => ConnectError::Refused(*refused),
                    Err(error) => ConnectError::Io(
                        error.downcast::<io::Error>().map_or_else(io::Error::other, |error| *error),
                    ),
                })?;
            TcpStream::connect(addresses.as_slice()).await
        }
        None => Err(io::Error::other("the URL has no host")),
    };
    let stream = stream.map_err(ConnectError::Io)?;
    stream.set_nodelay(true).map_err(ConnectError::Io)?;
    Ok(stream)
}
