//! The server itself.

use super::{Client, Method, Route};
use crate::error::Error;
use crate::model::{ClientConfig, SystemStatus};

impl Client {
    /// Whether the server is up. `GET /system/ping`.
    ///
    /// # Errors
    ///
    /// See [`ErrorKind`](crate::ErrorKind). Needs no valid token.
    pub async fn ping(&self) -> Result<SystemStatus, Error> {
        self.json(Route::new(Method::Get, "system").literal("ping")).await
    }

    /// Version and limits of the server. `GET /config/client?format=old`.
    ///
    /// # Errors
    ///
    /// See [`ErrorKind`](crate::ErrorKind). Bots may read it.
    pub async fn client_config(&self) -> Result<ClientConfig, Error> {
        self.json(Route::new(Method::Get, "config").literal("client").query("format", "old")).await
    }
}
