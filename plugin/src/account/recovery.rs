//! What was said in a thread before, read from the server: after a restart the agent must not know less than those who
//! write to it.

use crate::brake::Brake;
use crate::config::{AccountConfig, ContextVisibility};
use crate::gate::{Access, Subject, access};
use crate::intake::with_files;
use crate::turn;
use host_sdk::protocol::{BotIdentity, ChatKind, HistoryEntry, InboundMessage, ParentMessage};
use mattermost_client::model::Post;
use mattermost_client::{Client, Error, ThreadDirection, ThreadQuery};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

/// How long reading a thread may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Threads that are read at the same time.
const AT_ONCE: usize = 8;
/// How often a thread that cannot be read is tried, and how far apart at least.
const MOST_TRIES: u32 = 3;
const APART: Duration = Duration::from_secs(60);
/// Posts of a thread that are read at most.
const MOST_POSTS: usize = 200;
/// Threads that are remembered.
const MOST_THREADS: usize = 1_000;
/// Bytes of a parent's text.
const LONGEST_PARENT: usize = 16 * 1024;

/// The threads of an account that were read, and how each began.
#[derive(Debug)]
pub(super) struct Recovery {
    at_once: Semaphore,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    threads: HashMap<String, Thread>,
    order: VecDeque<String>,
    names: HashMap<String, String>,
}

#[derive(Clone, Debug, Default)]
struct Thread {
    /// It was read, or begun while this process was listening.
    read: bool,
    tries: u32,
    tried_at: Option<Instant>,
    parent: Option<ParentMessage>,
    /// Who wrote it may be shown to the agent.
    shown: bool,
    /// Files of the first post.
    files: Vec<String>,
}

/// What reading needs.
pub(super) struct Reading<'a> {
    pub client: &'a Client,
    pub account: &'a AccountConfig,
    pub bot: &'a BotIdentity,
    /// The server's: reading a thread is nothing that a server has to be pressed for.
    pub brake: &'a Brake,
}

impl Default for Recovery {
    fn default() -> Self {
        Self { at_once: Semaphore::new(AT_ONCE), known: Mutex::default() }
    }
}

impl Recovery {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Add to a message in a thread how the thread began, and, if it was not read before, what was said in it. The files
    /// of the first post, where they are wanted.
    pub(super) async fn complete(&self, reading: &Reading<'_>, message: &mut InboundMessage) -> Vec<String> {
        let Some(root_id) = message.conversation.thread_root_id.clone() else { return Vec::new() };
        let mut thread = self.lock().threads.get(&root_id).cloned().unwrap_or_default();
        // A direct conversation whose threads are none of their own has its whole talk in one session.
        let wanted = message.session.thread_id.is_some() && reading.account.history.limit > 0;
        let cool = thread.tried_at.is_none_or(|at| at.elapsed() >= APART);
        if wanted && !thread.read && thread.tries < MOST_TRIES && cool {
            thread.tries += 1;
            thread.tried_at = Some(Instant::now());
            // Closed never.
            let _turn = self.at_once.acquire().await;
            match timeout(PATIENCE, self.read(reading, message, &root_id)).await {
                Ok(Ok((entries, root))) => {
                    thread.read = true;
                    merge(message, entries, reading.account.history.limit);
                    self.remember_root(&mut thread, reading, message, root.as_ref()).await;
                }
                Ok(Err(error)) => {
                    tracing::debug!(account = %message.account_id, "thread recovery failed: {error}");
                    thread.read = !error.is_retryable();
                }
                Err(_) => tracing::debug!(account = %message.account_id, "thread recovery took too long"),
            }
        }
        if thread.parent.is_none() {
            let root = async {
                reading.brake.ready().await;
                let root = reading.client.post(&root_id).await;
                root.inspect_err(|error| reading.brake.heed(error))
            };
            match timeout(PATIENCE, root).await {
                Ok(Ok(root)) => self.remember_root(&mut thread, reading, message, Some(&root)).await,
                Ok(Err(error)) => {
                    tracing::debug!(account = %message.account_id, "the thread's first post cannot be read: {error}");
                }
                Err(_) => {}
            }
        }
        let quoted = reading.account.history.visibility == ContextVisibility::AllowlistQuote;
        message.parent = thread.parent.clone().filter(|_| thread.shown || quoted);
        let wanted = reading.account.thread_files && thread.shown;
        // Once: the agent has them then.
        let files = if wanted { std::mem::take(&mut thread.files) } else { Vec::new() };
        self.lock().remember(root_id, thread);
        files
    }

    async fn remember_root(
        &self,
        thread: &mut Thread,
        reading: &Reading<'_>,
        message: &InboundMessage,
        root: Option<&Post>,
    ) {
        let Some(root) = root.filter(|root| root.delete_at == 0) else { return };
        self.ask_names(reading.client, std::slice::from_ref(root)).await;
        let mut text = with_files(&turn::text(root), root.file_ids.len());
        let end = (0..=LONGEST_PARENT.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or_default());
        let sender = self.name(&root.user_id);
        thread.parent = Some(ParentMessage { message_id: root.id.clone(), sender, text });
        thread.files.clone_from(&root.file_ids);
        thread.shown = self.may_be_shown(reading, message.conversation.kind, root);
    }

    async fn read(
        &self,
        reading: &Reading<'_>,
        message: &InboundMessage,
        root_id: &str,
    ) -> Result<(Vec<HistoryEntry>, Option<Post>), Error> {
        let most = reading.account.history.limit.saturating_add(1).min(MOST_POSTS);
        let query = ThreadQuery {
            per_page: u32::try_from(most).ok(),
            from_post: Some(message.message_id.clone()),
            from_create_at: Some(message.timestamp_ms),
            direction: Some(ThreadDirection::Up),
        };
        reading.brake.ready().await;
        let list = reading.client.thread_page(root_id, &query).await;
        let list = list.inspect_err(|error| reading.brake.heed(error))?;
        let root = list.posts.get(root_id).cloned();
        let mut posts: Vec<Post> = list
            .posts
            .into_values()
            .filter(|post| {
                post.channel_id == message.conversation.channel_id
                    && (post.root_id == root_id || post.id == root_id)
                    && post.id != message.message_id
                    && !message.message_ids.contains(&post.id)
                    && post.delete_at == 0
                    && !post.user_id.is_empty()
                    && turn::says_something(&post.type_)
                    && post.create_at <= message.timestamp_ms
            })
            .collect();
        // Whatever has the first post's time comes after it.
        posts.sort_by(|a, b| {
            (a.create_at, a.id != root_id, &a.id).cmp(&(b.create_at, b.id != root_id, &b.id))
        });
        self.ask_names(reading.client, &posts).await;
        posts.retain(|post| self.may_be_shown(reading, message.conversation.kind, post));
        let entry = |post: &Post| {
            let text = turn::text(post);
            let text = if text.trim().is_empty() && !post.file_ids.is_empty() {
                "[attachment]".to_owned()
            } else {
                text
            };
            HistoryEntry {
                message_id: post.id.clone(),
                sender: self.name(&post.user_id),
                text,
                timestamp_ms: post.create_at,
            }
        };
        let entries = posts.iter().map(entry).filter(|entry| !entry.text.trim().is_empty()).collect();
        Ok((entries, root))
    }

    /// What somebody says who is not heard is only shown where everything is.
    fn may_be_shown(&self, reading: &Reading<'_>, kind: ChatKind, post: &Post) -> bool {
        if post.user_id == reading.bot.id || reading.account.history.visibility == ContextVisibility::All {
            return true;
        }
        let name = self.lock().names.get(&post.user_id).cloned();
        let subject = Subject { id: &post.user_id, username: name.as_deref() };
        matches!(access(&reading.account.policies, kind, subject), Access::Admitted(_))
            || (kind == ChatKind::Direct)
    }

    fn name(&self, user_id: &str) -> String {
        self.lock().names.get(user_id).cloned().unwrap_or_else(|| user_id.to_owned())
    }

    async fn ask_names(&self, client: &Client, posts: &[Post]) {
        let unknown: Vec<String> = {
            let known = self.lock();
            let ids: HashSet<&String> = posts.iter().map(|post| &post.user_id).collect();
            ids.into_iter().filter(|id| !known.names.contains_key(*id)).cloned().collect()
        };
        for ids in unknown.chunks(100) {
            match client.users_by_ids(ids).await {
                Ok(users) => {
                    let mut known = self.lock();
                    if known.names.len() > MOST_THREADS {
                        known.names.clear();
                    }
                    known.names.extend(users.into_iter().map(|user| (user.id, user.username)));
                }
                Err(error) => tracing::debug!(%error, "names of authors are not known"),
            }
        }
    }
}

impl Known {
    fn remember(&mut self, root_id: String, thread: Thread) {
        if self.threads.insert(root_id.clone(), thread).is_none() {
            self.order.push_back(root_id);
            if self.order.len() > MOST_THREADS
                && let Some(oldest) = self.order.pop_front()
            {
                self.threads.remove(&oldest);
            }
        }
    }
}

/// What was read and what was heard, once each, oldest first, the newest of them.
fn merge(message: &mut InboundMessage, entries: Vec<HistoryEntry>, limit: usize) {
    let heard: HashSet<String> = message.history.iter().map(|entry| entry.message_id.clone()).collect();
    let read = entries.into_iter().filter(|entry| !heard.contains(&entry.message_id));
    message.history.splice(..0, read);
    // Those of one moment stay as they are.
    message.history.sort_by_key(|entry| entry.timestamp_ms);
    let surplus = message.history.len().saturating_sub(limit);
    message.history.drain(..surplus);
}
