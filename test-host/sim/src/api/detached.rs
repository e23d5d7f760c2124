//! Work that goes on when its caller hangs up.

use std::future::Future;

use super::Server;
use crate::errors::ApiError;

/// Carries work out in a task of its own; it ends with the server.
pub(super) async fn detached<T: Send + 'static>(
    server: &Server,
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    let mut guard = server.guard.clone();
    let task = tokio::spawn(async move {
        tokio::select! {
            done = work => done,
            // Nobody is left to be told.
            () = guard.stopped() => Err(ApiError::no_post()),
        }
    });
    task.await.unwrap_or_else(|_| Err(ApiError::no_post()))
}
