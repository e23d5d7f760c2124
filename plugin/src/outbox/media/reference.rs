//! What a message names as a file.

use super::load;
use super::roots::Roots;
use crate::config::AccountConfig;
use host_sdk::protocol::{Error, ErrorCode};
use mattermost_client::fetch;
use std::path::PathBuf;

/// Files of one message at most. A post takes ten; the further ones make further posts.
const MOST: usize = 50;

/// A file that a message names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// On the web.
    Web(String),
    /// On this machine.
    Local(PathBuf),
}

impl Reference {
    /// Read a reference.
    ///
    /// # Errors
    /// What else it is.
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        let wrong = |why: &str| Err(Error::invalid(format!("{}: {why}", shown(text))).at("media"));
        match scheme.as_deref() {
            Some("http" | "https") => Ok(Self::Web(text.to_owned())),
            Some("file") => match fetch::file_path(text) {
                Some(path) => Ok(Self::Local(path)),
                None => wrong("this file URL names no file of this machine; write file:///path/to/file"),
            },
            Some(_) => wrong("only http, https and file URLs and paths are attached"),
            None if text.is_empty() => wrong("the name of a file is empty"),
            None if text.starts_with("data:") => {
                wrong("data URLs are not attached; write a file and give its path")
            }
            None => Ok(Self::Local(PathBuf::from(text))),
        }
    }

    /// The message cannot go out without it: a reader could do nothing with the path.
    pub(super) fn is_required(&self) -> bool {
        matches!(self, Self::Local(_))
    }

    /// For errors and logs. The query of a URL may be a secret.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Web(url) => shown(url),
            Self::Local(path) => path.display().to_string(),
        }
    }
}

fn shown(text: &str) -> String {
    let plain = if text.contains("://") { text.split(['?', '#']).next().unwrap_or_default() } else { text };
    let plain = match plain.split_once("://") {
        // A user name and password stand before the host.
        Some((scheme, rest)) => format!("{scheme}://{}", rest.rsplit('@').next().unwrap_or(rest)),
        None => plain.to_owned(),
    };
    plain.chars().take(200).collect()
}

/// Check what can be checked without the network and the disk.
pub(in crate::outbox) fn check(media: &[String]) -> Result<(), Error> {
    if media.len() > MOST {
        return Err(Error::new(
            ErrorCode::TooLarge,
            format!("{} files are too many: a message takes {MOST}; send several messages", media.len()),
        )
        .at("media"));
    }
    media.iter().try_for_each(|text| Reference::read(text).map(drop))
}

/// Check that local files can be read and may be sent; nothing is fetched.
pub(in crate::outbox) async fn readable(
    roots: &Roots,
    account: &AccountConfig,
    media: &[String],
) -> Result<(), Error> {
    for text in media {
        if let Reference::Local(path) = Reference::read(text)? {
            load::local(roots, &path, account).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Reference;

    #[test]
    fn paths_and_urls_are_told_apart() {
        let path = |text: &str| Ok(Reference::Local(text.into()));
        for (text, expected) in [
            ("https://x/y?z", Ok(Reference::Web("https://x/y?z".to_owned()))),
            ("HTTP://x", Ok(Reference::Web("HTTP://x".to_owned()))),
            (" /files/a b ", path("/files/a b")),
            ("a.png", path("a.png")),
        ] {
            assert_eq!(Reference::read(text), expected, "{text}");
        }
        #[cfg(unix)]
        for text in ["file:///files/a%20b", "FILE://localhost/files/a%20b"] {
            assert_eq!(Reference::read(text), path("/files/a b"), "{text}");
        }
        for text in ["ftp://x/y", "file://elsewhere/x", "", "data:text/plain,x"] {
            assert!(Reference::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_shown_of_a_url_holds_no_secret() {
        let shown = |text: &str| Reference::read(text).unwrap().shown();
        assert_eq!(shown("https://user:pass@x/y?sig=secret#a"), "https://x/y");
    }
}
