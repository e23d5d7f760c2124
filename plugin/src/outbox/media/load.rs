//! Getting hold of a file before it is sent: never as a whole in memory.

use super::reference::Reference;
use super::roots::{Roots, refused};
use super::{kind, sniff};
use crate::config::AccountConfig;
use host_sdk::protocol::{Error, ErrorCode};
use mattermost_client::RootCertificates;
use mattermost_client::fetch::{FetchError, Fetcher};
use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The waits before a download is tried again.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];
/// Bytes of a file's name.
const LONGEST_NAME: usize = 120;

/// A file that is ready to be sent.
#[derive(Debug)]
pub(super) struct Loaded {
    /// Open, so that what was checked is what is sent.
    pub file: File,
    pub name: String,
    pub mime: String,
    /// In bytes.
    pub size: u64,
}

/// Get hold of a file.
///
/// # Errors
/// Why it cannot be had or may not be sent.
pub(super) async fn load(
    roots: &Roots,
    spool: &Path,
    reference: &Reference,
    account: &AccountConfig,
) -> Result<Loaded, Error> {
    match reference {
        Reference::Local(path) => local(roots, path, account).await,
        Reference::Web(url) => {
            let named = |mut error: Error| {
                error.message = format!("{}: {}", reference.shown(), error.message);
                error.at("media")
            };
            web(spool, url, account).await.map_err(named)
        }
    }
}

/// Open a file of this machine.
pub(super) async fn local(roots: &Roots, path: &Path, account: &AccountConfig) -> Result<Loaded, Error> {
    let (roots, path) = (roots.clone(), path.to_owned());
    let most = account.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let file = roots.open(&path)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let loaded = finish(file, name.as_deref(), None);
        let loaded =
            loaded.map_err(|error| refused(&path, ErrorCode::InvalidArgument, &error.to_string()))?;
        fits(&loaded, &most).map_err(|error| refused(&path, error.code, &error.message))?;
        Ok(loaded)
    });
    opened.await.unwrap_or_else(|error| Err(Error::new(ErrorCode::Internal, error.to_string())))
}

/// Fetch a file of the web into one that has no name.
async fn web(spool: &Path, url: &str, account: &AccountConfig) -> Result<Loaded, Error> {
    let roots = RootCertificates::default();
    let mut fetcher = Fetcher::new(&roots).map_err(|error| told(&error))?;
    if let (true, Some(server)) = (account.private_network, &account.server) {
        fetcher = fetcher.with_own(server, &roots).map_err(|error| told(&error))?;
    }
    let mut waits = AGAIN.iter();
    loop {
        let error = match attempt(&fetcher, spool, url, account).await {
            Ok(loaded) => return Ok(loaded),
            Err(Attempt::Local(error)) => return Err(Error::new(ErrorCode::Internal, error.to_string())),
            Err(Attempt::Refused(error)) => return Err(error),
            Err(Attempt::Fetch(error)) => error,
        };
        if let FetchError::Refused(refused) = &error {
            refused.audit("mattermost-media");
        }
        match waits.next() {
            Some(wait) if error.is_retryable() => tokio::time::sleep(*wait).await,
            _ => return Err(told(&error)),
        }
    }
}

enum Attempt {
    Fetch(FetchError),
    Local(std::io::Error),
    Refused(Error),
}

async fn attempt(
    fetcher: &Fetcher,
    spool: &Path,
    url: &str,
    account: &AccountConfig,
) -> Result<Loaded, Attempt> {
    let mut fetched = fetcher.open(url, kind::most(account)).await.map_err(Attempt::Fetch)?;
    let (name, mime) = (fetched.file_name(), fetched.mime());
    let mut file = nameless(spool).map_err(Attempt::Local)?;
    while let Some(part) = fetched.chunk().await.map_err(Attempt::Fetch)? {
        // Small parts into the system's cache: shorter than handing them to another thread.
        file.write_all(&part).map_err(Attempt::Local)?;
    }
    let loaded = finish(file, name.as_deref(), mime.as_deref()).map_err(Attempt::Local)?;
    fits(&loaded, account).map_err(Attempt::Refused)?;
    Ok(loaded)
}

fn finish(mut file: File, name: Option<&str>, told: Option<&str>) -> std::io::Result<Loaded> {
    let size = file.metadata()?.len();
    let mut head = Vec::with_capacity(sniff::HEAD);
    file.rewind()?;
    (&file).take(sniff::HEAD as u64).read_to_end(&mut head)?;
    let mime = sniff::mime(&head, name.unwrap_or_default(), told);
    let name = tidy(name.unwrap_or("upload"), &mime);
    Ok(Loaded { file, name, mime, size })
}

/// The name that the post shows. A client decides by its end what it can show.
fn tidy(name: &str, mime: &str) -> String {
    let mut name: String = name.chars().map(|c| if c.is_control() { '_' } else { c }).collect();
    if let (false, Some(extension)) = (name.contains('.'), sniff::extension(mime)) {
        name = format!("{name}.{extension}");
    }
    while name.len() > LONGEST_NAME {
        // The extension, at the end, says what it is.
        let first = name.chars().next().map_or(1, char::len_utf8);
        name.drain(..first);
    }
    name
}

fn fits(loaded: &Loaded, account: &AccountConfig) -> Result<(), Error> {
    let (limit, allowed) = kind::limit(account, &loaded.mime);
    match loaded.size > limit {
        true => Err(Error::new(ErrorCode::TooLarge, format!("it has {}: {allowed}", kind::mib(loaded.size)))),
        false => Ok(()),
    }
}

fn told(error: &FetchError) -> Error {
    let code = match error {
        FetchError::Url { .. } => ErrorCode::InvalidArgument,
        FetchError::Refused(_) => ErrorCode::Forbidden,
        FetchError::TooLarge { .. } => ErrorCode::TooLarge,
        FetchError::Status { status: 404 } => ErrorCode::NotFound,
        _ => ErrorCode::Network,
    };
    let mut told = Error::new(code, error.to_string());
    // It has been tried again as often as it is worth.
    told.retryable = false;
    told
}

/// A file that only this process has, and that is gone with it.
fn nameless(folder: &Path) -> std::io::Result<File> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    let path: PathBuf = folder.join(format!("{:016x}", u64::from_ne_bytes(bytes)));
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Windows removes it when it is closed.
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::custom_flags(&mut options, 0x0400_0000);
    let file = options.open(&path)?;
    #[cfg(unix)]
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn a_name_shows_what_the_file_is() {
        for (name, mime, tidied) in [
            ("upload", "image/png", "upload.png"),
            ("photo", "image/jpeg", "photo.jpg"),
            ("a.txt", "image/png", "a.txt"),
            ("upload", "application/octet-stream", "upload"),
            ("a\nb.txt", "text/plain", "a_b.txt"),
        ] {
            assert_eq!(tidy(name, mime), tidied);
        }
        let long = tidy(&format!("{}.pdf", "é".repeat(500)), "application/pdf");
        assert!(long.len() <= 120 && long.ends_with("é.pdf"), "{long}");
    }
}
