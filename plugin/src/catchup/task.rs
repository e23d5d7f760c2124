//! The task that reads, and what it tells.

use super::pages::{self, Sink, Source};
use super::people::People;
use super::{channels, edits};
use crate::brake::Brake;
use crate::intake::{Job, Pass};
use futures_util::StreamExt as _;
use mattermost_client::event::Posted;
use mattermost_client::model::{Channel, Post, PostList};
use mattermost_client::{Client, Error, ErrorKind, PostsQuery};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

/// Channels that are read side by side.
const AT_ONCE: usize = 4;
/// The waits between the attempts of a call that failed, at first and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

/// So long one page, or the list, is tried for; then others have their turn, and it comes again later.
const PAGE: Duration = Duration::from_secs(10);
/// And so long at a server that asks to slow down: it is there, and what came over the socket meanwhile can wait for its
/// turn, since answers are not taken either.
const LIMITED: Duration = Duration::from_secs(60);
/// So long the channel of an edit is asked for; nothing else tells of the edit again while the socket is there.
const EDIT: Duration = Duration::from_secs(600);

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Older posts are not read.
    pub age: Duration,
    /// Posts per channel.
    pub posts: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { age: Duration::from_secs(24 * 60 * 60), posts: 10_000 }
    }
}

/// What was found out.
#[derive(Debug)]
pub enum Found {
    /// The channels of the account.
    Channels(Pass, Vec<Channel>),
    /// Posts of a channel, oldest first. There may be more.
    Posts(Pass, Arc<Job>, Vec<Posted>),
    /// The channels cannot be listed at the moment; it is tried on.
    Unlisted(String),
    /// A channel was read to its end; so many posts were left out because of the limits. Or why it could not be.
    Read(Arc<Job>, Result<u64, String>),
    /// Older posts that were edited meanwhile.
    Edited(Vec<Posted>),
    /// All channels of the pass, and the edits, were read.
    Done(Pass),
    /// The server cannot be read at the moment, or can again.
    Problem(Option<String>),
}

/// A call that is made until the server answers it.
#[derive(Clone)]
pub(super) struct Patience {
    client: Client,
    brake: Arc<Brake>,
    generation: u64,
    found: mpsc::Sender<(u64, Found)>,
}

impl Source for Patience {
    async fn posts(&self, channel_id: &str, query: &PostsQuery) -> Result<PostList, Error> {
        self.until_answered(PAGE, || self.client.channel_posts(channel_id, query)).await
    }
}

impl Patience {
    async fn tell(&self, found: Found) -> bool {
        self.found.send((self.generation, found)).await.is_ok()
    }

    /// Ends with the answer, with a refusal, or with the last error when it took too long.
    async fn until_answered<T, F>(&self, limit: Duration, call: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let began = Instant::now();
        let (mut wait, mut told) = (RETRY.0, false);
        loop {
            self.brake.ready().await;
            let error = match call().await {
                Ok(answer) => {
                    if told {
                        self.tell(Found::Problem(None)).await;
                    }
                    return Ok(answer);
                }
                Err(error) => error,
            };
            self.brake.heed(&error);
            let too_large = matches!(error.kind(), ErrorKind::TooLarge { .. });
            if too_large || error.is_refusal() || began.elapsed() >= limit.max(patience_with(&error)) {
                return Err(error);
            }
            if !told || wait >= RETRY.1 {
                told = self.tell(Found::Problem(Some(error.to_string()))).await;
            }
            sleep(wait).await;
            wait = (wait * 2).min(RETRY.1);
        }
    }
}

/// Reads for one account. Dropping it ends the reading.
#[derive(Debug)]
pub struct CatchUp {
    client: Client,
    brake: Arc<Brake>,
    limits: Limits,
    found: mpsc::Sender<(u64, Found)>,
    tasks: Vec<AbortHandle>,
    people: Arc<Mutex<People>>,
}

impl CatchUp {
    /// One that tells `found`, each time with the generation that it was told to read for.
    #[must_use]
    pub fn new(client: Client, brake: Arc<Brake>, limits: Limits, found: mpsc::Sender<(u64, Found)>) -> Self {
        Self { client, brake, limits, found, tasks: Vec::new(), people: Arc::default() }
    }

    /// How much it reads.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// End what is going on.
    pub fn stop(&mut self) {
        self.tasks.drain(..).for_each(|task| task.abort());
    }

    fn patience(&self, generation: u64) -> Patience {
        Patience {
            client: self.client.clone(),
            brake: self.brake.clone(),
            generation,
            found: self.found.clone(),
        }
    }

    fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.retain(|task| !task.is_finished());
        self.tasks.push(tokio::spawn(work).abort_handle());
    }

    /// List the channels, after a pause.
    pub fn list(&mut self, generation: u64, pass: Pass, after: Duration) {
        let patience = self.patience(generation);
        self.spawn(async move {
            sleep(after).await;
            let (began, mut wait) = (Instant::now(), RETRY.0);
            loop {
                patience.brake.ready().await;
                let error = match channels::list(&patience.client).await {
                    Ok(channels) => {
                        patience.tell(Found::Channels(pass, channels)).await;
                        return;
                    }
                    Err(error) => error,
                };
                patience.brake.heed(&error);
                // Something before the server, or a server that is not a whole Mattermost.
                if !error.is_retryable() || began.elapsed() >= patience_with(&error) {
                    tracing::debug!(
                        "what was missed cannot be found out, the channels cannot be listed: {error}"
                    );
                    patience.tell(Found::Unlisted(error.to_string())).await;
                }
                sleep(wait).await;
                wait = (wait * 2).min(RETRY.1);
            }
        });
    }

    /// Tell an edited post as the socket would have told a new one.
    pub fn edited(&mut self, generation: u64, post: Post) {
        let (patience, people) = (self.patience(generation), self.people.clone());
        self.spawn(async move {
            match patience.until_answered(EDIT, || patience.client.channel(&post.channel_id)).await {
                Ok(channel) => {
                    let posted = named(&patience, &people, vec![post], &channel).await;
                    patience.tell(Found::Edited(posted)).await;
                }
                Err(error) => tracing::debug!(%error, "the channel of an edited post cannot be read"),
            }
        });
    }

    /// Read channels, and the edits since a time in the others.
    pub fn read(&mut self, generation: u64, pass: Pass, jobs: Vec<Job>, edited: Option<(i64, Vec<Channel>)>) {
        let (patience, people, limits) = (self.patience(generation), self.people.clone(), self.limits);
        self.spawn(async move {
            let readings = jobs.into_iter().map(|job| one(&patience, &people, pass, Arc::new(job), limits));
            futures_util::stream::iter(readings).buffer_unordered(AT_ONCE).collect::<()>().await;
            if let Some((since, listed)) = edited {
                edits_of(&patience, &people, since, listed, limits).await;
            }
            patience.tell(Found::Done(pass)).await;
        });
    }
}

/// How long a call that failed like this is made again, before others have their turn.
fn patience_with(error: &Error) -> Duration {
    if error.status() == Some(429) { LIMITED } else { PAGE }
}

impl Drop for CatchUp {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn one(patience: &Patience, people: &Mutex<People>, pass: Pass, job: Arc<Job>, limits: Limits) {
    let mut sink = Teller { patience, people, pass, job: &job };
    let read = pages::read(patience, &job, limits, &mut sink).await;
    patience.tell(Found::Read(job, read.map_err(|error| error.to_string()))).await;
}

async fn edits_of(
    patience: &Patience,
    people: &Mutex<People>,
    since: i64,
    listed: Vec<Channel>,
    limits: Limits,
) {
    let oldest = since.saturating_sub(i64::try_from(limits.age.as_millis()).unwrap_or(i64::MAX));
    for channel in edits::channels(listed, oldest) {
        let posts = match edits::read(patience, &channel, since).await {
            Ok(posts) if !posts.is_empty() => posts,
            Ok(_) => continue,
            Err(error) => {
                tracing::debug!(%error, "edits in this channel cannot be read");
                continue;
            }
        };
        let posted = named(patience, people, posts, &channel).await;
        patience.tell(Found::Edited(posted)).await;
    }
}

async fn named(
    patience: &Patience,
    people: &Mutex<People>,
    posts: Vec<Post>,
    channel: &Channel,
) -> Vec<Posted> {
    let mut people = people.lock().await;
    people.ask(&patience.client, &posts).await;
    posts.into_iter().map(|post| people.posted(post, channel)).collect()
}

/// Passes the pages on.
struct Teller<'a> {
    patience: &'a Patience,
    people: &'a Mutex<People>,
    pass: Pass,
    job: &'a Arc<Job>,
}

impl Sink for Teller<'_> {
    async fn take(&mut self, mut posts: Vec<Post>) -> bool {
        posts.retain(|post| post.create_at >= self.job.from && post.delete_at == 0);
        if posts.is_empty() {
            return true;
        }
        let posted = named(self.patience, self.people, posts, &self.job.channel).await;
        self.patience.tell(Found::Posts(self.pass, self.job.clone(), posted)).await
    }
}
