//! One turn: what it has come to, the preview that shows it, and what of it was posted already.

use super::draft::Draft;
use crate::account::Account;
use crate::buttons::Card;
use crate::config::{Coalesce, StreamMode};
use crate::preview::{Look, Sign, Sketch, without};
use crate::text;
use host_sdk::protocol::{DeliveryKind, Outbound};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// A status that nothing hurries begins after this: most turns are over sooner.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// What becomes of a part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Fate {
    /// It waits for its turn.
    #[default]
    Open,
    /// It was posted.
    Posted(Vec<String>),
    /// It was refused.
    Refused,
}

/// Something that is posted before the answer: a part of it, or the tools that were used.
#[derive(Debug)]
pub(in super::super) struct Block {
    /// What the agent wrote, or its tools.
    pub text: String,
    fate: watch::Sender<Fate>,
}

impl Block {
    fn new(text: String) -> Arc<Self> {
        Arc::new(Self { text, fate: watch::Sender::default() })
    }

    /// It has these posts, or none: it was refused.
    pub(in super::super) fn ended(&self, posts: Option<Vec<String>>) {
        self.fate.send_replace(posts.map_or(Fate::Refused, Fate::Posted));
    }

    fn posts(&self) -> Option<Vec<String>> {
        match &*self.fate.borrow() {
            Fate::Posted(ids) => Some(ids.clone()),
            Fate::Open | Fate::Refused => None,
        }
    }

    /// Wait until it was posted or refused.
    pub(super) async fn over(&self) {
        // The sender lives in `self`.
        let _ = self.fate.subscribe().wait_for(|fate| *fate != Fate::Open).await;
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
        self.blocks.iter().map(|block| block.posts()).collect::<Option<Vec<_>>>().map(|ids| ids.concat())
    }
}

/// What has to be done after news.
#[derive(Default)]
pub(super) struct Due {
    /// A preview that begins.
    pub begun: Option<Arc<Draft>>,
    /// What goes out before the answer, and the preview that may become it.
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
    /// The parts of the answer that were posted.
    blocks: Vec<Arc<Block>>,
    /// What was posted last before the answer: previews that come later stand below it.
    last: Option<Arc<Block>>,
    /// How much was posted before the answer.
    parts: usize,
    /// Parts that wait for more.
    waiting: String,
    /// Somebody is going to look whether they have waited long enough.
    looked_after: bool,
    pub(super) touched: Instant,
    /// The last answer: what is a beginning of it comes late.
    said: Option<Said>,
}

/// As much of an answer as tells whether something is a beginning of it.
struct Said {
    head: Vec<u8>,
    length: usize,
}

impl Said {
    /// Bytes that are kept: a turn may stay for long.
    const KEPT: usize = 1_024;

    fn of(text: &str) -> Self {
        Self { head: text.bytes().take(Self::KEPT).collect(), length: text.len() }
    }

    fn begins_with(&self, text: &str) -> bool {
        text.len() <= self.length && text.bytes().zip(&self.head).all(|(one, other)| one == *other)
    }
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
                // What can be clicked comes with the answer.
                buttons: None,
                attachment_text: None,
                presentation: None,
                ..message.clone()
            },
            look: Look::of(streaming, turn_id),
            account: account.clone(),
            coalesce: parts.then(|| streaming.coalesce.clone()),
            sketch: Sketch::default(),
            draft: None,
            blocks: Vec::new(),
            last: None,
            parts: 0,
            waiting: String::new(),
            looked_after: false,
            touched: now,
            said: None,
        }
    }

    /// It has its answer, and shows nothing more.
    pub(super) fn is_answered(&self) -> bool {
        self.said.is_some() && self.draft.is_none() && self.waiting.is_empty()
    }

    /// Parts are posted by themselves.
    pub(super) fn takes_blocks(&self) -> bool {
        self.coalesce.is_some()
    }

    /// How much was posted before the answer.
    pub(super) fn parts(&self) -> usize {
        self.parts
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
            Sign::Text(text) if self.was_said(&text) => return due,
            Sign::Text(text) => Sign::Text(self.rest(&text).to_owned()),
            sign => sign,
        };
        if self.sketch.is_other(&sign, &self.look) {
            due.block = self.seal();
        }
        // A status is worth showing at once when something happens; that the agent thinks is not.
        let hurry = matches!(sign, Sign::Tool(_) | Sign::Plan(_)) || self.look.mode != StreamMode::Progress;
        if !self.sketch.take(sign) {
            return due;
        }
        let Some(text) = self.sketch.shown(&self.look) else { return due };
        let post = self.account.look();
        let mut text = post.tables(beginning(&text, post.limit)).into_owned();
        // What the agent does or thinks is no answer yet.
        let answers = self.look.mode != StreamMode::Progress && !self.sketch.text().trim().is_empty();
        if answers && self.blocks.is_empty() {
            text = self.introduced(&text);
        }
        let draft = self.draft.get_or_insert_with(|| {
            let wait = if hurry { Duration::ZERO } else { PATIENCE };
            let draft = Arc::new(Draft::new(
                id(),
                self.account_id.clone(),
                self.message.clone(),
                self.last.clone(),
                wait,
            ));
            due.begun = Some(draft.clone());
            draft
        });
        draft.want(shape(text, post.limit), hurry);
        due
    }

    /// The words of an answer that stands there come again.
    fn was_said(&self, text: &str) -> bool {
        self.sketch.text().is_empty()
            && self.said.as_ref().is_some_and(|said| said.begins_with(text.trim_end()))
    }

    /// Is this the first part of the answer?
    pub(super) fn begins_with(&self, block: &Arc<Block>) -> bool {
        self.blocks.first().is_some_and(|first| Arc::ptr_eq(first, block))
    }

    /// The first post of an answer, as the account begins it.
    pub(super) fn introduced(&self, text: &str) -> String {
        text::introduced(&self.message, &self.account.config, text)
    }

    /// What of a text was not posted yet.
    fn rest<'a>(&self, text: &'a str) -> &'a str {
        let posted: Vec<&str> = self.blocks.iter().map(|block| block.text.as_str()).collect();
        without(text, &posted)
    }

    /// What is shown goes out as it is; what comes is another post.
    fn seal(&mut self) -> Option<(Arc<Block>, Option<Arc<Draft>>)> {
        let sketch = std::mem::take(&mut self.sketch);
        let draft = self.draft.take();
        let block = if sketch.has_work() {
            self.goes_out(Block::new(sketch.shown(&self.look)?))
        } else {
            self.part_of_the_answer(sketch.text().trim())?
        };
        Some((block, draft))
    }

    fn part_of_the_answer(&mut self, text: &str) -> Option<Arc<Block>> {
        if text.is_empty() {
            return None;
        }
        let block = self.goes_out(Block::new(text.to_owned()));
        self.blocks.push(block.clone());
        Some(block)
    }

    fn goes_out(&mut self, block: Arc<Block>) -> Arc<Block> {
        self.parts += 1;
        self.last = Some(block.clone());
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
        let look_again = (!self.looked_after).then_some(now + coalesce.idle);
        self.looked_after = true;
        Due { look_again, ..Due::default() }
    }

    /// What waits for more waits no longer, if nothing came since.
    pub(super) fn idle(&mut self, now: Instant) -> Due {
        let due_at = self.coalesce.as_ref().map(|coalesce| self.touched + coalesce.idle);
        match due_at {
            // More came meanwhile: it waits anew.
            Some(at) if now < at && !self.waiting.is_empty() => {
                Due { look_again: Some(at), ..Due::default() }
            }
            _ => {
                self.looked_after = false;
                self.flush()
            }
        }
    }

    fn flush(&mut self) -> Due {
        let text = std::mem::take(&mut self.waiting);
        let block = self.part_of_the_answer(text.trim());
        Due { block: block.map(|block| (block, None)), ..Due::default() }
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
        if self.shows_tools() {
            due.block = self.seal();
        }
        self.sketch = Sketch::default();
        self.said = Some(Said::of(&message.text));
        let rest = self.rest(&message.text).to_owned();
        let mut taken = Taken { draft: self.draft.take(), blocks: self.blocks.clone(), ..Taken::default() };
        if rest != message.text {
            taken.nothing_left = rest.trim().is_empty() && message.media.is_empty() && !Card::is_in(message);
            taken.whole = Some(std::mem::replace(&mut message.text, rest));
        }
        (taken, due)
    }

    /// The turn is over without (another) answer.
    pub(super) fn end(&mut self) -> (Option<Arc<Draft>>, Due) {
        let mut due = self.flush();
        if self.shows_tools() {
            due.block = self.seal();
        }
        (self.draft.take(), due)
    }

    /// The tools have a post of their own, which stays.
    fn shows_tools(&self) -> bool {
        self.look.mode == StreamMode::Block
            && self.sketch.has_work()
            && self.sketch.shown(&self.look).is_some()
    }
}

/// Enough of a text to fill a post, whatever it is made into: nobody should wait until megabytes are read for that. Cut
/// between words, so that what is recognised as a whole is there as a whole.
fn beginning(text: &str, limit: usize) -> &str {
    let most = limit.saturating_mul(4);
    match text.char_indices().nth(most) {
        None => text,
        Some((end, _)) => {
            let head = text.get(..end).unwrap_or(text);
            head.rfind(char::is_whitespace).and_then(|end| head.get(..end)).unwrap_or(head)
        }
    }
}
