//! Sending files to the server, before the post that lists them.

use super::load::Loaded;
use super::roots::Roots;
use crate::brake::Brake;
use crate::config::AccountConfig;
use crate::error::from_client;
use crate::outbox::retry::Retry;
use futures_util::Stream;
use host_sdk::protocol::{Error, ErrorCode};
use mattermost_client::Client;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// What is read and sent at once.
const PART: usize = 256 * 1024;
/// Files from this size on are told of while they are sent.
const LARGE: u64 = 8 * 1024 * 1024;
/// How often, at most.
const TELL: Duration = Duration::from_secs(2);
/// Errors of the server's own (5xx) after which an upload is given up: one that has no room for files has room for posts.
const MOST_ERRORS: usize = 6;

/// Where and how files are sent.
#[derive(Clone, Copy)]
pub(in crate::outbox) struct Uploads<'a> {
    pub client: &'a Client,
    pub brake: &'a Brake,
    pub channel_id: &'a str,
    pub account: &'a AccountConfig,
    pub roots: &'a Roots,
    /// Where downloads are kept while they are sent on.
    pub spool: &'a Path,
}

impl Uploads<'_> {
    /// Upload a file; its id. Repeated like a post: a file that no post lists harms nobody.
    ///
    /// # Errors
    /// The last one, when it is final or there is no more time.
    pub(super) async fn upload(&self, loaded: &Loaded, retry: &mut Retry<'_>) -> Result<String, Error> {
        retry.reset();
        let mut errors = 0;
        loop {
            self.brake.ready().await;
            let chunks = chunks(loaded).map_err(|error| {
                Error::invalid(format!("{}: the file cannot be read: {error}", loaded.name)).at("media")
            })?;
            let (name, mime) = (&loaded.name, &loaded.mime);
            let error =
                match self.client.upload_stream(self.channel_id, name, mime, loaded.size, chunks).await {
                    Ok(info) => return Ok(info.id),
                    Err(error) => error,
                };
            self.brake.heed(&error);
            let fault = error.status().is_some_and(|status| status >= 500);
            errors += usize::from(fault);
            if errors >= MOST_ERRORS || error.status() == Some(501) {
                return Err(from_client(&error));
            }
            retry.after(&error).await?;
        }
    }

    /// Whether an uploaded file can still be attached, or is attached to this post.
    pub(super) async fn is_free(&self, file_id: &str, post_id: &str) -> bool {
        self.brake.ready().await;
        match self.client.file_info(file_id).await {
            Ok(info) => info.post_id.is_empty() || info.post_id == post_id,
            Err(_) => false,
        }
    }
}

/// Whether an error is the end of the delivery itself, not of the file.
pub(super) fn ends_all(error: &Error) -> bool {
    matches!(error.code, ErrorCode::Closed | ErrorCode::Cancelled)
}

/// The file, part by part. A file that has changed its size is an error: the server was told another one.
fn chunks(loaded: &Loaded) -> io::Result<impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static + use<>> {
    let mut file = loaded.file.try_clone()?;
    if file.metadata()?.len() != loaded.size {
        return Err(io::Error::other("it changed while it was being sent"));
    }
    file.rewind()?;
    let progress = Progress { name: loaded.name.clone(), total: loaded.size, sent: 0, told: Instant::now() };
    Ok(futures_util::stream::unfold(Some((file, progress)), |state| async move {
        let (file, mut progress) = state?;
        let read = tokio::task::spawn_blocking(move || part(file)).await;
        match read.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok((_, bytes)) if bytes.is_empty() => None,
            Ok((file, bytes)) => {
                progress.count(bytes.len() as u64);
                Some((Ok(bytes), Some((file, progress))))
            }
            Err(error) => Some((Err(error), None)),
        }
    }))
}

fn part(file: File) -> io::Result<(File, Vec<u8>)> {
    let mut bytes = Vec::with_capacity(PART);
    (&file).take(PART as u64).read_to_end(&mut bytes)?;
    Ok((file, bytes))
}

/// How far a large file is.
struct Progress {
    name: String,
    total: u64,
    sent: u64,
    told: Instant,
}

impl Progress {
    fn count(&mut self, bytes: u64) {
        self.sent += bytes;
        let whole = self.sent >= self.total;
        if self.total >= LARGE && (whole || self.told.elapsed() >= TELL) {
            self.told = Instant::now();
            let percent = self.sent.saturating_mul(100) / self.total.max(1);
            tracing::info!(
                file = %self.name,
                sent = self.sent,
                total = self.total,
                "uploading {}: {percent} %", self.name
            );
        }
    }
}
