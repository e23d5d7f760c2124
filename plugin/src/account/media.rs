//! The files of a message, fetched for the agent.

use crate::error::from_client;
use crate::status::now_ms;
use host_sdk::protocol::{Attachment, InboundMessage, MediaKind};
use mattermost_client::{Client, Error};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Files that are fetched at the same time, over all accounts.
const AT_ONCE: usize = 4;
/// How long the server may take to begin, and then for each part.
const BEGINS: Duration = Duration::from_secs(120);
const GOES_ON: Duration = Duration::from_secs(30);
/// Files of messages are kept so long.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Characters of all names in the notice of what could not be had.
const NAMES_SHOWN: usize = 512;
/// Bytes of a file's name.
const LONGEST_NAME: usize = 120;

/// Where files are kept, and how many are fetched at once.
#[derive(Debug)]
pub(crate) struct Media {
    folder: PathBuf,
    at_once: Semaphore,
    number: AtomicU64,
}

impl Media {
    /// Files go under `state_dir`, or where the system keeps files for a while.
    pub(crate) fn new(state_dir: Option<&Path>) -> Self {
        let folder = match state_dir {
            Some(dir) => dir.join("media").join("inbound"),
            None => std::env::temp_dir().join(format!("openclaw-mattermost-{}", std::process::id())),
        };
        Self { folder, at_once: Semaphore::new(AT_ONCE), number: AtomicU64::new(0) }
    }

    /// Where the files are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Remove the files of messages that are long over.
    pub(crate) fn clean(&self) {
        let Ok(folders) = std::fs::read_dir(&self.folder) else { return };
        let old = |path: &Path| {
            let changed = path.metadata().and_then(|data| data.modified()).unwrap_or(SystemTime::now());
            changed.elapsed().is_ok_and(|age| age > KEPT)
        };
        for folder in folders.flatten().map(|entry| entry.path()).filter(|path| path.is_dir() && old(path)) {
            if let Err(error) = std::fs::remove_dir_all(&folder) {
                tracing::debug!(%error, "an old file stays");
            }
        }
    }

    /// Fetch the files of a message, one after the other. What cannot be had stays without a path, and the text says
    /// so.
    pub(super) async fn fetch(&self, client: &Client, message: &mut InboundMessage, limit: u64) {
        for file in message.media.iter_mut().filter(|file| file.path.is_none() && file.problem.is_none()) {
            self.one(client, &message.account_id, file, limit).await;
        }
        let missing: Vec<&Attachment> = message.media.iter().filter(|file| file.path.is_none()).collect();
        if let Some(notice) = notice(&missing) {
            let text = message.text.trim_end();
            message.text = if text.is_empty() { notice } else { format!("{text}\n{notice}") };
        }
    }

    async fn one(&self, client: &Client, account_id: &str, file: &mut Attachment, limit: u64) {
        // Closed never.
        let _turn = self.at_once.acquire().await;
        if file.name.is_empty() || file.mime_type.is_empty() {
            match client.file_info(&file.file_id).await {
                Ok(info) => {
                    (file.name, file.mime_type, file.size) = (info.name, info.mime_type, info.size);
                }
                Err(error) => tracing::debug!(account = %account_id, %error, "failed to look up file"),
            }
        }
        file.name = name(&file.name, &file.file_id);
        let fetched = self.download(client, file, limit).await;
        match fetched {
            Ok((path, size, mime)) => {
                (file.path, file.size) = (Some(path), size);
                if file.mime_type.is_empty() {
                    file.mime_type = mime.unwrap_or_default();
                }
            }
            Err(problem) => {
                tracing::debug!(account = %account_id, file = %file.file_id, "failed to download file: {problem}");
                file.problem = Some(problem);
            }
        }
        file.kind = kind(&file.mime_type);
    }

    async fn download(
        &self,
        client: &Client,
        file: &Attachment,
        limit: u64,
    ) -> Result<(PathBuf, u64, Option<String>), String> {
        let told = |error: Error| match error.kind() {
            mattermost_client::ErrorKind::TooLarge { limit } => {
                format!("it is larger than {} MiB (mediaMaxMb)", limit / (1024 * 1024))
            }
            _ => from_client(&error).message,
        };
        let silent = |_| "the server does not send it".to_owned();
        let local = |error: std::io::Error| format!("it cannot be kept: {error}");
        let mut stream =
            timeout(BEGINS, client.open_file(&file.file_id, limit)).await.map_err(silent)?.map_err(told)?;
        let mime =
            stream.content_type().map(|mime| mime.split(';').next().unwrap_or_default().trim().to_owned());
        // Several bots may fetch the same file in the same moment.
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(format!("{}-{}-{number}", file.file_id, now_ms()));
        let path = folder.join(&file.name);
        private_folder(&folder).map_err(local)?;
        let mut written = Partial::begin(&path).map_err(local)?;
        let mut size = 0;
        while let Some(part) = timeout(GOES_ON, stream.chunk()).await.map_err(silent)?.map_err(told)? {
            size += part.len() as u64;
            // Small parts into the system's cache: shorter than handing them to another thread.
            written.file.write_all(&part).map_err(local)?;
        }
        written.done = true;
        Ok((path, size, mime))
    }
}

/// A file that is removed again unless it is written to its end.
struct Partial {
    path: PathBuf,
    file: File,
    done: bool,
}

impl Partial {
    fn begin(path: &Path) -> std::io::Result<Self> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self { path: path.to_owned(), file: options.open(path)?, done: false })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.done {
            // What stays is removed with its folder some days later.
            let _ = std::fs::remove_file(&self.path);
            let _ = self.path.parent().map(std::fs::remove_dir);
        }
    }
}

fn private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A name that is safe as one part of a path, on every system.
fn name(given: &str, id: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe: String = last
        .chars()
        .map(|c| if c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c })
        .collect();
    let mut safe = safe.trim_matches([' ', '.']).to_owned();
    while safe.len() > LONGEST_NAME {
        // The extension, at the end, says what it is.
        let first = safe.chars().next().map_or(1, char::len_utf8);
        safe.drain(..first);
    }
    if safe.is_empty() { id.to_owned() } else { safe }
}

/// What a file is by its MIME type.
fn kind(mime: &str) -> MediaKind {
    match mime.split('/').next().unwrap_or_default() {
        "image" => MediaKind::Image,
        "audio" => MediaKind::Audio,
        "video" => MediaKind::Video,
        "text" | "application" => MediaKind::Document,
        _ => MediaKind::Unknown,
    }
}

/// What the agent is told of files that could not be had.
fn notice(missing: &[&Attachment]) -> Option<String> {
    let count = missing.len();
    let mut names = String::new();
    for file in missing {
        let quoted = serde_json::to_string(&file.name).unwrap_or_default();
        if names.chars().count() + quoted.chars().count() > NAMES_SHOWN {
            break;
        }
        names.push_str(if names.is_empty() { "" } else { ", " });
        names.push_str(&quoted);
    }
    match count {
        0 => None,
        1 => Some(format!("[mattermost attachment unavailable] {names}")),
        _ => Some(format!("[mattermost {count} attachments unavailable] {names}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{kind, name, notice};
    use host_sdk::protocol::{Attachment, MediaKind};

    #[test]
    fn a_name_leads_nowhere_else() {
        for (given, safe) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\y.txt", "y.txt"),
            ("..", "id"),
            ("", "id"),
            ("a\nb?.png", "a_b_.png"),
        ] {
            assert_eq!(name(given, "id"), safe);
        }
        let long = name(&format!("{}.pdf", "é".repeat(500)), "id");
        assert!(long.len() <= 120 && long.ends_with("é.pdf"), "{long}");
    }

    #[test]
    fn the_kind_follows_the_type() {
        assert_eq!(kind("image/png"), MediaKind::Image);
        assert_eq!(kind("application/pdf"), MediaKind::Document);
        assert_eq!(kind(""), MediaKind::Unknown);
    }

    #[test]
    fn the_notice_names_what_is_missing() {
        let file = |name: &str| Attachment { name: name.to_owned(), ..Attachment::default() };
        let (one, two) = (file("a \"b\".png"), file("c.txt"));
        assert_eq!(notice(&[]), None);
        assert_eq!(notice(&[&one]).unwrap(), "[mattermost attachment unavailable] \"a \\\"b\\\".png\"");
        assert_eq!(
            notice(&[&one, &two]).unwrap(),
            "[mattermost 2 attachments unavailable] \"a \\\"b\\\".png\", \"c.txt\""
        );
    }
}
