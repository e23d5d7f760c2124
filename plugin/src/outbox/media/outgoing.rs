//! The files of one delivery: which post they belong to, and what is said in place of those that cannot be had.

use super::load::{Loaded, load};
use super::reference::Reference;
use super::upload::{Uploads, ends_all};
use crate::outbox::retry::Retry;
use host_sdk::protocol::{Error, ErrorCode};
use mattermost_client::model::Post;
use std::collections::{BTreeMap, VecDeque};

/// Files that a post may have; the server's own limit.
const PER_POST: usize = 10;

/// The files of one post.
#[derive(Debug, Default)]
pub(in crate::outbox) struct Group {
    /// What they are called on the server; empty while nobody needs them.
    pub ids: Vec<String>,
    pub(super) loaded: Vec<Loaded>,
    /// So many the post is to have.
    pub wanted: usize,
    /// What the post says, when it is not the first one: the addresses of files that cannot be had.
    pub text: String,
}

/// The files of one delivery, uploaded as far as no post has them yet.
#[derive(Debug)]
pub(in crate::outbox) struct Outgoing {
    /// The text with the addresses of files that cannot be had.
    pub text: String,
    groups: VecDeque<Group>,
}

impl Outgoing {
    /// Upload the files of a message, each group of ten for a post. All of it happens before the first post is made: a
    /// message whose files are refused is not posted in part. What stands on the server already (`there`) is not uploaded
    /// again. `pieces` says into how many posts a text is cut.
    ///
    /// # Errors
    /// `media upload failed: ...` for a file of this machine, and for any file where `mediaMaxMb` is set; the address of
    /// another is put into the text instead.
    pub(in crate::outbox) async fn prepare(
        uploads: &Uploads<'_>,
        text: String,
        media: &[String],
        there: &BTreeMap<usize, Post>,
        pieces: impl Fn(&str) -> usize,
        retry: &mut Retry<'_>,
    ) -> Result<Self, Error> {
        let mut outgoing = Self { text, groups: VecDeque::new() };
        let said = |url: &str| there.values().any(|post| post.message.lines().any(|line| line == url));
        let mut references = Vec::new();
        for reference in media.iter().map(|media| Reference::read(media)) {
            match reference? {
                // An earlier attempt at this delivery could not have it, and has said so.
                Reference::Web(url) if said(&url) => outgoing.say(&url),
                reference => references.push(reference),
            }
        }
        if !there.contains_key(&0) {
            return outgoing.upload_all(uploads, &references, retry).await;
        }
        // The first part is posted, so the text is fixed: each further post is what it was going to be.
        let first = pieces(&outgoing.text);
        for (index, references) in references.chunks(PER_POST).enumerate() {
            let part = if index == 0 { 0 } else { first + index - 1 };
            let has = there.get(&part).map_or(0, |post| post.file_ids.len());
            let mut group = Group { wanted: references.len(), ..Group::default() };
            if has < references.len() {
                for reference in references {
                    match one(uploads, reference, retry).await? {
                        Ok((id, loaded)) => {
                            group.ids.push(id);
                            group.loaded.push(loaded);
                        }
                        Err(url) => {
                            group.wanted -= 1;
                            append(&mut group.text, &url);
                        }
                    }
                }
            }
            outgoing.groups.push_back(group);
        }
        Ok(outgoing)
    }

    async fn upload_all(
        mut self,
        uploads: &Uploads<'_>,
        references: &[Reference],
        retry: &mut Retry<'_>,
    ) -> Result<Self, Error> {
        let mut uploaded = Vec::new();
        for reference in references {
            match one(uploads, reference, retry).await? {
                Ok(file) => uploaded.push(file),
                Err(url) => self.say(&url),
            }
        }
        let mut uploaded = uploaded.into_iter().peekable();
        while uploaded.peek().is_some() {
            let mut group = Group::default();
            for (id, loaded) in uploaded.by_ref().take(PER_POST) {
                group.ids.push(id);
                group.loaded.push(loaded);
            }
            group.wanted = group.ids.len();
            self.groups.push_back(group);
        }
        Ok(self)
    }

    fn say(&mut self, url: &str) {
        append(&mut self.text, url);
    }

    /// The posts: the pieces of the text, the first of them with the first files, then the further files.
    pub(in crate::outbox) fn parts(mut self, pieces: Vec<String>) -> Vec<(String, Group)> {
        let mut parts = Vec::new();
        for piece in pieces {
            let group = if parts.is_empty() { self.groups.pop_front() } else { None };
            parts.push((piece, group.unwrap_or_default()));
        }
        parts.extend(self.groups.into_iter().map(|mut group| (std::mem::take(&mut group.text), group)));
        parts
    }
}

fn append(text: &mut String, url: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(url);
}

/// Upload one file; or the address that is put into the text in its place.
async fn one(
    uploads: &Uploads<'_>,
    reference: &Reference,
    retry: &mut Retry<'_>,
) -> Result<Result<(String, Loaded), String>, Error> {
    let loaded = load(uploads.roots, uploads.spool, reference, uploads.account).await;
    let mut error = match loaded {
        Ok(loaded) => match uploads.upload(&loaded, retry).await {
            Ok(id) => return Ok(Ok((id, loaded))),
            Err(error) => error,
        },
        Err(error) => error,
    };
    if ends_all(&error) {
        return Err(error);
    }
    match reference {
        Reference::Web(url)
            if !reference.is_required()
                && uploads.account.media_max_configured.is_none()
                && error.code != ErrorCode::Auth =>
        {
            tracing::debug!(account = %uploads.account.id, "the file goes out as a link: {error}");
            Ok(Err(url.clone()))
        }
        _ => {
            error.message = format!("media upload failed: {}", error.message);
            error.field.get_or_insert_with(|| "media".to_owned());
            Err(error)
        }
    }
}
