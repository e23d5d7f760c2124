//! One turn: what it has come to, the preview that shows it, and what of it was posted already.

use super::draft::Draft;
use crate::account::Account;
use crate::config::{Coalesce, StreamMode};
use crate::preview::{Look, Sign, Sketch, without};
use crate::text;
use host_sdk::protocol::{DeliveryKind, Outbound};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A status that nothing hurries begins after this: most turns are over sooner.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// A part of an answer that is posted before the rest.
#[derive(Debug, Default)]
pub(in super::super) struct Block {
    /// What the agent wrote.
    pub text: String,
    /// Its posts; `None`: not posted yet, or refused.
    posted: Mutex<Option<Vec<String>>>,
}

impl Block {
    /// It was posted.
    pub(in super::super) fn posted(&self, ids: Vec<String>) {
        *self.posted.lock().unwrap_or_else(PoisonError::into_inner) = Some(ids);
    }

    fn ids(&self) -> Option<Vec<String>> {
        self.posted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a turn hands over to its answer.
#[derive(Default)]
pub(in super::super) struct Taken {
    /// The preview.
    pub draft: Option<Arc<Draft>>,
    /// What was posted before.
    pub blocks: Vec<Arc<Block>>,
    /// The whole answer, when what goes out is only the rest of it.
    pub whole: Option<String>,
    /// Nothing is left to say.
    pub nothing_left: bool,
}

impl Taken {
    /// The posts of the parts that were posted before. `None` when one of them was refused: then the whole answer goes
    /// out.
    pub(in super::super) fn posted(&self) -> Option<Vec<String>> {
        self.blocks.iter().map(|block| block.ids()).collect::<Option<Vec<_>>>().map(|ids| ids.concat())
    }
}

/// What has to be done after news.
#[derive(Default)]
pub(super) struct Due {
    /// A preview that begins.
    pub begun: Option<Arc<Draft>>,
    /// A preview that is left standing as it is.
    pub left: Option<Arc<Draft>>,
    /// A part of the answer that goes out.
    pub block: Option<(Arc<Block>, Option<Arc<Draft>>)>,
    /// Look for what waits after this time.
    pub look_again: Option<Instant>,
}

/// One turn.
pub(super) struct Show {
    pub(super) account_id: String,
    pub(super) turn_id: String,
    /// How its messages are addressed.
    pub(super) message: Outbound,
    look: Look,
    account: Arc<Account>,
    /// Parts of the answer go out by themselves.
    coalesce: Option<Coalesce>,
    sketch: Sketch,
    pub(super) draft: Option<Arc<Draft>>,
    blocks: Vec<Arc<Block>>,
    /// Parts that wait for more.
    waiting: String,
    pub(super) touched: Instant,
}

impl Show {
    /// A turn whose messages are addressed like this one.
    pub(super) fn new(account: &Arc<Account>, turn_id: &str, message: &Outbound, now: Instant) -> Self {
        let streaming = &account.config.streaming;
        let parts = streaming.mode == StreamMode::Off && streaming.blocks == Some(true);
        Self {
            account_id: account.config.id.clone(),
            turn_id: turn_id.to_owned(),
            message: Outbound {
                text: String::new(),
                kind: DeliveryKind::Partial,
                tool: None,
                plan: Vec::new(),
                media: Vec::new(),
                ..message.clone()
            },
            look: Look::of(streaming, turn_id),
            account: account.clone(),
            coalesce: parts.then(|| streaming.coalesce.clone()),
            sketch: Sketch::default(),
            draft: None,
            blocks: Vec::new(),
            waiting: String::new(),
            touched: now,
        }
    }

    /// Parts are posted by themselves.
    pub(super) fn takes_blocks(&self) -> bool {
        self.coalesce.is_some()
    }

    /// How many parts went out.
    pub(super) fn parts(&self) -> usize {
        self.blocks.len()
    }

    /// Take up news. `shape` makes a post's text of what is shown; `id` names a preview that begins.
    pub(super) fn take(
        &mut self,
        sign: Sign,
        now: Instant,
        id: impl FnOnce() -> String,
        shape: impl FnOnce(String, usize) -> String,
    ) -> Due {
        self.touched = now;
        let mut due = Due::default();
        let sign = match sign {
            Sign::Text(text) => Sign::Text(self.rest(&text).to_owned()),
            sign => sign,
        };
        if self.sketch.is_other(&sign, &self.look) {
            if self.sketch.has_work() {
                due.left = self.draft.take();
                self.sketch = Sketch::default();
            } else {
                due.block = self.seal();
            }
        }
        // A status is worth showing at once when something happens; that the agent thinks is not.
        let hurry = matches!(sign, Sign::Tool(_) | Sign::Plan(_)) || self.look.mode != StreamMode::Progress;
        if !self.sketch.take(sign) {
            return due;
        }
        let Some(text) = self.sketch.shown(&self.look) else { return due };
        let post = self.account.look();
        let mut text = post.tables(&text).into_owned();
        // What the agent does or thinks is no answer yet.
        let answers = self.look.mode != StreamMode::Progress && !self.sketch.text().trim().is_empty();
        if answers && self.blocks.is_empty() {
            text = self.introduced(&text);
        }
        let draft = self.draft.get_or_insert_with(|| {
            let wait = if hurry { Duration::ZERO } else { PATIENCE };
            let draft = Arc::new(Draft::new(id(), self.account_id.clone(), self.message.clone(), wait));
            due.begun = Some(draft.clone());
            draft
        });
        draft.want(shape(text, post.limit), hurry);
        due
    }

    /// The first post of a turn, as the account begins it.
    pub(super) fn introduced(&self, text: &str) -> String {
        text::introduced(&self.message, &self.account.config, text)
    }

    /// What of a text was not posted yet.
    fn rest<'a>(&self, text: &'a str) -> &'a str {
        let posted: Vec<&str> = self.blocks.iter().map(|block| block.text.as_str()).collect();
        without(text, &posted)
    }

    /// The text so far goes out; what comes is another post.
    fn seal(&mut self) -> Option<(Arc<Block>, Option<Arc<Draft>>)> {
        let text = std::mem::take(&mut self.sketch).text().trim().to_owned();
        let draft = self.draft.take();
        (!text.is_empty()).then(|| (self.block(text), draft))
    }

    fn block(&mut self, text: String) -> Arc<Block> {
        let block = Arc::new(Block { text, ..Block::default() });
        self.blocks.push(block.clone());
        block
    }

    /// A part of the answer is finished.
    pub(super) fn part(&mut self, text: &str, now: Instant) -> Due {
        self.touched = now;
        let Some(coalesce) = &self.coalesce else { return Due::default() };
        if !self.waiting.is_empty() {
            self.waiting.push_str("\n\n");
        }
        self.waiting.push_str(text.trim());
        let length = self.waiting.chars().count() as u64;
        if length >= coalesce.min_chars || coalesce.max_chars.is_some_and(|most| length >= most) {
            return self.flush();
        }
        Due { look_again: Some(now + coalesce.idle), ..Due::default() }
    }

    /// What waits for more waits no longer, if nothing came since.
    pub(super) fn idle(&mut self, now: Instant) -> Due {
        match &self.coalesce {
            Some(coalesce) if now >= self.touched + coalesce.idle => self.flush(),
            _ => Due::default(),
        }
    }

    fn flush(&mut self) -> Due {
        let text = std::mem::take(&mut self.waiting);
        if text.trim().is_empty() {
            return Due::default();
        }
        Due { block: Some((self.block(text), None)), ..Due::default() }
    }

    /// The turn's answer is there, or one of several. What waited goes out before it unless the answer holds it.
    pub(super) fn answer(&mut self, message: &mut Outbound, now: Instant) -> (Taken, Due) {
        self.touched = now;
        let mut due = Due::default();
        let waiting = self.waiting.trim().to_owned();
        if !waiting.is_empty() {
            let held = self.rest(&message.text).trim_start_matches('\n').starts_with(&waiting);
            if held {
                self.waiting.clear();
            } else {
                due = self.flush();
            }
        }
        if self.look.mode == StreamMode::Block && self.sketch.has_work() {
            due.left = self.draft.take();
        }
        self.sketch = Sketch::default();
        let rest = self.rest(&message.text).to_owned();
        let mut taken = Taken { draft: self.draft.take(), blocks: self.blocks.clone(), ..Taken::default() };
        if rest != message.text {
            taken.nothing_left = rest.trim().is_empty() && message.media.is_empty();
            taken.whole = Some(std::mem::replace(&mut message.text, rest));
        }
        (taken, due)
    }

    /// The turn is over without (another) answer.
    pub(super) fn end(&mut self) -> (Option<Arc<Draft>>, Due) {
        let mut due = self.flush();
        if self.look.mode == StreamMode::Block && self.sketch.has_work() {
            due.left = self.draft.take();
        }
        (self.draft.take(), due)
    }
}
