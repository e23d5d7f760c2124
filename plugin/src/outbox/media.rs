//! Files that go out with a post.

use crate::error::from_client;
use host_sdk::protocol::{Error, ErrorCode, Role};
use mattermost_client::Client;
use std::path::Path;

/// Files that a post may have; the server's own limit.
const MOST_FILES: usize = 10;
/// The server's default limit for one file, in bytes. A server with a lower one says so itself.
const LARGEST: u64 = 100 * 1024 * 1024;

/// Check what can be checked without the network.
///
/// Only a short-lived client attaches files: it runs with the rights of whoever typed the path. In a gateway a path
/// comes from an agent, which must not be able to post any file that the gateway can read.
pub(super) fn check(role: Role, media: &[String]) -> Result<(), Error> {
    if media.is_empty() {
        return Ok(());
    }
    let refuse = |message: String| Err(Error::not_supported(message).at("media"));
    if role != Role::Client {
        return refuse("this version attaches files only for `message send`, not for agents".to_owned());
    }
    if media.len() > MOST_FILES {
        return Err(Error::new(
            ErrorCode::TooLarge,
            format!("{} files are too many: a post takes {MOST_FILES}; send several messages", media.len()),
        )
        .at("media"));
    }
    match media.iter().find(|file| file.contains("://")) {
        Some(_) => refuse(
            "this version attaches local files only: download the file first and give its path".to_owned(),
        ),
        None => Ok(()),
    }
}

/// Check that the files can be read, without sending them.
pub(super) async fn readable(media: &[String]) -> Result<(), Error> {
    for file in media {
        read(Path::new(file)).await?;
    }
    Ok(())
}

/// Upload files to a channel; their ids in the same order.
pub(super) async fn upload(
    client: &Client,
    channel_id: &str,
    media: &[String],
) -> Result<Vec<String>, Error> {
    let mut ids = Vec::with_capacity(media.len());
    for file in media {
        let path = Path::new(file).to_owned();
        let bytes = read(&path).await?;
        let name =
            path.file_name().map_or_else(|| "file".to_owned(), |name| name.to_string_lossy().into_owned());
        let mime = mime_guess::from_path(&path).first_or_octet_stream();
        let info = client
            .upload_file(channel_id, &name, mime.as_ref(), bytes)
            .await
            .map_err(|error| named(&path, from_client(&error)))?;
        ids.push(info.id);
    }
    Ok(ids)
}

async fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let owned = path.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let data = std::fs::metadata(&owned)?;
        if !data.is_file() {
            return Err(std::io::Error::other("it is not a file"));
        }
        if data.len() > LARGEST {
            return Err(std::io::Error::other(format!(
                "it has {} bytes, at most {LARGEST} are sent",
                data.len()
            )));
        }
        std::fs::read(&owned)
    });
    let read = read.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    read.map_err(|error| named(path, Error::invalid(format!("the file cannot be read: {error}"))))
}

fn named(path: &Path, mut error: Error) -> Error {
    error.message = format!("{}: {}", path.display(), error.message);
    error.at("media")
}
