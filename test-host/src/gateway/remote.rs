//! Asking a channel through the gateway that runs it.

use super::control::Forward;
use super::control_file::ControlFile;
use crate::http::Local;
use host_sdk::protocol::{Error, HandleRequest};
use serde_json::Value;
use std::time::Duration;

/// The server behind the channel may be slow.
const PATIENCE: Duration = Duration::from_secs(40);

/// Pass a request to a running gateway. `Err` when the gateway itself does not answer it; why.
pub async fn forward(
    gateway: &ControlFile,
    channel: &str,
    request: &HandleRequest,
) -> Result<Result<Value, Error>, String> {
    let forward = Forward { channel: channel.to_owned(), request: request.clone() };
    let body = serde_json::to_value(forward).map_err(|error| error.to_string())?;
    let url = format!("{}/request", gateway.url);
    let (status, mut answer) = Local::new().post(&url, &gateway.token, &body, PATIENCE).await?;
    if !status.is_success() {
        return Err(format!("it refused with {status}"));
    }
    match serde_json::from_value::<Error>(answer["error"].take()) {
        Ok(error) => Ok(Err(error)),
        Err(_) => Ok(Ok(answer["result"].take())),
    }
}
