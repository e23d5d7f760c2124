//! The turns that show something.

use super::super::deliver::Deliverer;
use super::super::target::Target;
use super::draft::Draft;
use super::remove::Remover;
use super::show::{Block, Due, Show, Taken};
use crate::account::Account;
use crate::ids::fresh_id;
use crate::preview::{Line, Sign};
use crate::sequence::Sequence;
use crate::store::{Delivery, DeliveryState, Journal};
use crate::text;
use host_sdk::protocol::{DeliveryKind, Error, Outbound, Receipt};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Turns that show something at once; more show nothing.
const MOST: usize = 1_024;
/// A turn of which nothing was heard for so long has no preview any more.
const SILENCE: Duration = Duration::from_secs(60 * 60);

/// An account's turn.
type Key = (String, String);

/// A part of an answer that goes out before the rest.
pub(in super::super) struct Part {
    /// What to post.
    pub message: Outbound,
    /// What it is to its turn.
    pub block: Arc<Block>,
    /// The preview that may become it.
    pub draft: Option<Arc<Draft>>,
}

/// What came of a sign of life.
pub(in super::super) struct Signed {
    /// For the host.
    pub receipt: Receipt,
    /// What goes out now.
    pub part: Option<Part>,
    /// Ask [`Previews::idle`] at this time about this turn.
    pub look_again: Option<(Instant, String)>,
}

/// The turns that show something.
pub(in super::super) struct Previews {
    deliverer: Arc<Deliverer>,
    journal: Option<Journal>,
    sequence: Arc<Sequence>,
    remover: Remover,
    shows: Mutex<HashMap<Key, Show>>,
    /// Previews that an earlier process left, until their turn has its answer.
    orphans: Mutex<HashMap<Key, Vec<Delivery>>>,
}

impl Previews {
    pub(in super::super) fn new(
        deliverer: Arc<Deliverer>,
        journal: Option<Journal>,
        sequence: Arc<Sequence>,
    ) -> Self {
        let remover = Remover::new(deliverer.clone(), journal.clone());
        let (shows, orphans) = (Mutex::default(), Mutex::default());
        Self { deliverer, journal, sequence, remover, shows, orphans }
    }

    /// Removes what is left over.
    pub(in super::super) fn remover(&self) -> &Remover {
        &self.remover
    }

    fn shows(&self) -> MutexGuard<'_, HashMap<Key, Show>> {
        self.shows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Take up a sign of life.
    ///
    /// # Errors
    /// What is wrong with it, as far as that can be seen without the network.
    pub(in super::super) fn sign(&self, message: &Outbound) -> Result<Signed, Error> {
        Target::parse(&message.target)?;
        let account = self.deliverer.accounts.get(message.account_id.as_deref())?;
        account.client()?;
        let sign = sign(message, &account)?;
        let mut receipt = Receipt {
            account_id: account.config.id.clone(),
            suppressed: true,
            dry_run: message.dry_run,
            ..Receipt::default()
        };
        let nothing = |receipt| Ok(Signed { receipt, part: None, look_again: None });
        let Some(turn_id) = turn(message) else {
            if message.kind == DeliveryKind::Reasoning {
                return nothing(receipt);
            }
            return Err(Error::invalid(format!(
                "a message of the kind {} belongs to a turn: name it by turn_id or event_id",
                kind(message.kind)
            ))
            .at("turn_id"));
        };
        // The turn of an event ends with the event, whatever it is called.
        let settled = |event_id: &String| self.deliverer.unsettled.with(event_id, |_| ()).is_none();
        let over = message.event_id.as_ref().is_some_and(settled);
        // Reasoning that calls itself a part of the answer.
        let thought = message.kind == DeliveryKind::Block && text::is_reasoning(&message.text);
        if message.dry_run || over || thought {
            return nothing(receipt);
        }
        let now = Instant::now();
        let mut shows = self.shows();
        let key = (account.config.id.clone(), turn_id.clone());
        if !shows.contains_key(&key) {
            self.make_room(&mut shows, now);
            if shows.len() >= MOST {
                return nothing(receipt);
            }
            shows.insert(key.clone(), Show::new(&account, &turn_id, message, now));
        }
        let Some(show) = shows.get_mut(&key) else { return nothing(receipt) };
        let due = match sign {
            Some(sign) => {
                let id = || format!("draft:{turn_id}:{}", fresh_id());
                let shape = |text: String, limit| self.shaped(&text, limit);
                show.take(sign, now, id, shape)
            }
            None => {
                receipt.suppressed = !show.takes_blocks();
                show.part(&message.text, now)
            }
        };
        let look_again = due.look_again.map(|at| (at, turn_id.clone()));
        let part = self.see_to(show, due);
        receipt.message_id = show.draft.as_ref().and_then(|draft| draft.post_id()).unwrap_or_default();
        Ok(Signed { receipt, part, look_again })
    }

    /// As a post would say it.
    fn shaped(&self, text: &str, limit: usize) -> String {
        text::preview(&self.deliverer.context.redactor().clean_unfinished(text), limit)
    }

    /// A turn that was silent for long makes room; where that is not enough, the one whose answer is the oldest.
    fn make_room(&self, shows: &mut HashMap<Key, Show>, now: Instant) {
        if shows.len() >= MOST {
            let answered = shows.iter().filter(|(_, show)| show.is_answered());
            let oldest = answered.min_by_key(|(_, show)| show.touched).map(|(key, _)| key.clone());
            oldest.and_then(|key| shows.remove(&key));
        }
        let silent: Vec<Key> = shows
            .iter()
            .filter(|(_, show)| now.saturating_duration_since(show.touched) > SILENCE)
            .map(|(key, _)| key.clone())
            .collect();
        for key in silent {
            if let Some(draft) = shows.remove(&key).and_then(|mut show| show.end().0) {
                self.discard(draft);
            }
        }
    }

    fn see_to(&self, show: &Show, due: Due) -> Option<Part> {
        if let Some(draft) = due.begun {
            let (deliverer, journal) = (self.deliverer.clone(), self.journal.clone());
            let seq = self.sequence.next();
            self.deliverer.context.spawn(draft.write(deliverer, journal, seq));
        }
        let (block, draft) = due.block?;
        if let Some(draft) = &draft {
            draft.close();
        }
        let text = if show.begins_with(&block) { show.introduced(&block.text) } else { block.text.clone() };
        let message = Outbound {
            text,
            kind: DeliveryKind::Final,
            turn_id: Some(show.turn_id.clone()),
            // It is not the answer: that is what comes last.
            event_id: None,
            delivery_id: Some(part_id(&show.turn_id, show.parts(), &block.text)),
            account_id: Some(show.account_id.clone()),
            ..show.message.clone()
        };
        Some(Part { message, block, draft })
    }

    /// A part of an answer may have waited long enough.
    ///
    /// What goes out now, and when to look again.
    pub(in super::super) fn idle(&self, account_id: &str, turn_id: &str) -> (Option<Part>, Option<Instant>) {
        let mut shows = self.shows();
        let Some(show) = shows.get_mut(&(account_id.to_owned(), turn_id.to_owned())) else {
            return (None, None);
        };
        let due = show.idle(Instant::now());
        let look_again = due.look_again;
        (self.see_to(show, due), look_again)
    }

    /// The answer of a turn is there: what it takes over. The text may become the rest of it.
    pub(in super::super) fn answer(&self, account_id: &str, message: &mut Outbound) -> (Taken, Option<Part>) {
        let Some(turn_id) = turn(message) else { return (Taken::default(), None) };
        let mut shows = self.shows();
        let Some(show) = shows.get_mut(&(account_id.to_owned(), turn_id)) else {
            return (Taken::default(), None);
        };
        let (taken, due) = show.answer(message, Instant::now());
        if let Some(draft) = &taken.draft {
            draft.close();
        }
        let part = self.see_to(show, due);
        (taken, part)
    }

    /// A turn is over: what is left of its previews is removed. False when there was nothing.
    pub(in super::super) fn end(&self, account_id: &str, turn_id: &str) -> (bool, Option<Part>) {
        let key = (account_id.to_owned(), turn_id.to_owned());
        let orphaned = self.adopt(&key);
        let Some(mut show) = self.shows().remove(&key) else { return (orphaned, None) };
        let (draft, due) = show.end();
        if let Some(draft) = draft {
            self.discard(draft);
        }
        (true, self.see_to(&show, due))
    }

    /// Remove the previews that an earlier process left of a turn.
    fn adopt(&self, key: &Key) -> bool {
        let orphans = self.orphans.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        for orphan in orphans.iter().flatten() {
            self.remover.remove_orphan(orphan);
        }
        orphans.is_some()
    }

    /// The answer of a turn stands there: previews of an earlier process are not needed.
    pub(in super::super) fn answered(&self, account_id: &str, message: &Outbound) {
        if let Some(turn_id) = turn(message) {
            self.adopt(&(account_id.to_owned(), turn_id));
        }
    }

    fn discard(&self, draft: Arc<Draft>) {
        draft.close();
        let remover = self.remover.clone();
        self.deliverer.context.spawn(async move {
            let ended = draft.ended().await;
            remover.remove(&draft, ended).await;
        });
    }

    /// An earlier process left a preview. It stays until its turn has its answer, if the turn goes on.
    pub(in super::super) fn left_over(&self, delivery: &Delivery, goes_on: impl Fn(&str) -> bool) {
        let DeliveryState::Pending { message, .. } = &delivery.state else { return };
        match turn(message).filter(|turn_id| goes_on(turn_id)) {
            Some(turn_id) => {
                let mut orphans = self.orphans.lock().unwrap_or_else(PoisonError::into_inner);
                orphans.entry((delivery.account_id.clone(), turn_id)).or_default().push(delivery.clone());
            }
            None => self.remover.remove_orphan(delivery),
        }
    }
}

/// A part of a turn that comes again is the same one when it says the same, and only then: an agent that is asked again
/// may begin with other words.
fn part_id(turn_id: &str, number: usize, text: &str) -> String {
    let hash = Sha256::new().chain_update(turn_id).chain_update([0]).chain_update(text).finalize();
    let hash: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("part:{number}:{hash}")
}

/// The turn that a message is part of.
fn turn(message: &Outbound) -> Option<String> {
    message.turn_id.clone().or_else(|| message.event_id.clone()).filter(|id| !id.is_empty())
}

fn kind(kind: DeliveryKind) -> String {
    serde_json::to_value(kind).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What a message tells of its turn; `None`: a finished part of the answer.
fn sign(message: &Outbound, account: &Account) -> Result<Option<Sign>, Error> {
    Ok(Some(match message.kind {
        DeliveryKind::Partial if text::is_reasoning(&message.text) => Sign::Thought(message.text.clone()),
        DeliveryKind::Partial => Sign::Text(message.text.clone()),
        DeliveryKind::Reasoning => Sign::Thought(message.text.clone()),
        DeliveryKind::Plan => Sign::Plan(message.plan.clone()),
        DeliveryKind::Tool => Sign::Tool(match &message.tool {
            Some(tool) if tool.name.trim().is_empty() => {
                return Err(Error::invalid("the tool has no name").at("tool.name"));
            }
            Some(tool) => Line::of(tool, &crate::preview::Look::of(&account.config.streaming, "")),
            None if message.text.trim().is_empty() => {
                return Err(Error::invalid("a message of the kind tool needs a tool or a text").at("tool"));
            }
            None => Line::plain(&message.text),
        }),
        _ => return Ok(None),
    }))
}
