//! The rules of pairing, with the time passed in.

use super::code;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A request expires this long after it was made, however often it is refreshed.
pub const LIFE_MS: i64 = 60 * 60 * 1000;
/// Expired ones are kept this long after they were made, to tell an expired code from an unknown one.
const MEMORY_MS: i64 = 24 * LIFE_MS;
/// Requests that may wait in one account.
pub const WAITING: usize = 3;
/// The characters of a name that are kept.
const LONGEST_NAME: usize = 64;
/// So often a new code is drawn.
const TRIES: usize = 500;

/// Everything that is known about pairing in one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// Who waits to be let in, also those whose time has run out.
    #[serde(default)]
    requests: Vec<Request>,
    /// Who was let in, by account.
    #[serde(default)]
    approved: BTreeMap<String, Vec<Approved>>,
}

/// Somebody who waits to be let in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What lets him in.
    pub code: String,
    /// His remote user id.
    pub sender_id: String,
    /// His name when he asked; people can change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<String>,
    /// The account that he wrote to.
    pub account_id: String,
    /// When he asked first, in milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// When he asked last.
    pub last_seen_at_ms: i64,
}

/// Somebody who was let in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// His remote user id.
    pub id: String,
    /// His name when he asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The code that let him in.
    pub code: String,
    /// When, in milliseconds since 1970 UTC.
    pub approved_at_ms: i64,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The account that he writes to.
    pub account_id: &'a str,
    /// His remote user id.
    pub sender_id: &'a str,
    /// His name.
    pub sender_name: Option<&'a str>,
}

/// What becomes of somebody who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// He was let in.
    Approved,
    /// He waits.
    Waiting {
        /// His code.
        code: String,
        /// He did not wait before.
        created: bool,
    },
    /// Nothing: no request was to be made, or too many wait already.
    Nothing,
}

/// Why a code does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody ever had it, as far as is known; perhaps this one is meant.
    Unknown(Option<String>),
    /// Its time has run out.
    Expired(Request),
    /// It has done its work already.
    Used(String, Approved),
    /// It belongs to another account.
    OtherAccount(Request),
}

impl Request {
    /// It can still be approved.
    pub fn is_alive(&self, now_ms: i64) -> bool {
        // One that lies in the future was made by a clock that has been put back since.
        (now_ms.saturating_sub(LIFE_MS).saturating_add(1)..=now_ms.saturating_add(LIFE_MS))
            .contains(&self.created_at_ms)
    }

    /// How long it can still be approved, in milliseconds.
    pub fn rest_ms(&self, now_ms: i64) -> i64 {
        self.created_at_ms.saturating_add(LIFE_MS).saturating_sub(now_ms).clamp(0, LIFE_MS)
    }

    fn is_of(&self, ask: &Ask<'_>) -> bool {
        self.account_id == ask.account_id && self.sender_id == ask.sender_id
    }
}

impl Book {
    /// Who waits, oldest first.
    pub fn waiting(&self, now_ms: i64) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(move |request| request.is_alive(now_ms))
    }

    /// Who was let in, with the account.
    pub fn approved(&self) -> impl Iterator<Item = (&str, &Approved)> {
        self.approved.iter().flat_map(|(account, all)| all.iter().map(move |one| (account.as_str(), one)))
    }

    /// Whether a sender was let in.
    pub fn is_approved(&self, account_id: &str, sender_id: &str) -> bool {
        self.approved.get(account_id).is_some_and(|all| all.iter().any(|one| one.id == sender_id))
    }

    /// A sender writes. Without `create` nothing is changed.
    pub fn check(
        &mut self,
        ask: &Ask<'_>,
        create: bool,
        now_ms: i64,
        draw: &mut dyn FnMut() -> Option<String>,
    ) -> Checked {
        if self.is_approved(ask.account_id, ask.sender_id) {
            return Checked::Approved;
        }
        if create {
            self.tidy(now_ms);
        }
        let own = self.requests.iter_mut().find(|request| request.is_of(ask) && request.is_alive(now_ms));
        if let Some(own) = own {
            if create {
                own.last_seen_at_ms = now_ms;
                own.sender_name = ask.sender_name.map(clean).or(own.sender_name.take());
            }
            return Checked::Waiting { code: own.code.clone(), created: false };
        }
        let full =
            self.waiting(now_ms).filter(|request| request.account_id == ask.account_id).count() >= WAITING;
        if !create || full {
            return Checked::Nothing;
        }
        let Some(code) = self.fresh_code(draw) else { return Checked::Nothing };
        self.requests.push(Request {
            code: code.clone(),
            sender_id: ask.sender_id.to_owned(),
            sender_name: ask.sender_name.map(clean),
            account_id: ask.account_id.to_owned(),
            created_at_ms: now_ms,
            last_seen_at_ms: now_ms,
        });
        Checked::Waiting { code, created: true }
    }

    /// Let the sender with this code in.
    pub fn approve(&mut self, typed: &str, account: Option<&str>, now_ms: i64) -> Result<Request, Refusal> {
        let request = self.take(typed, account, now_ms)?;
        // The same person may have asked before, with a code that expired.
        self.requests.retain(|other| {
            (&other.account_id, &other.sender_id) != (&request.account_id, &request.sender_id)
        });
        self.approved.entry(request.account_id.clone()).or_default().push(Approved {
            id: request.sender_id.clone(),
            name: request.sender_name.clone(),
            code: request.code.clone(),
            approved_at_ms: now_ms,
        });
        Ok(request)
    }

    /// Forget the request with this code; the sender may ask again.
    pub fn dismiss(&mut self, typed: &str, account: Option<&str>, now_ms: i64) -> Result<Request, Refusal> {
        self.take(typed, account, now_ms)
    }

    /// Let a sender in no more; the accounts that he was let into.
    pub fn revoke(&mut self, sender_id: &str, account: Option<&str>) -> Vec<(String, Approved)> {
        let mut revoked = Vec::new();
        for (id, all) in &mut self.approved {
            if account.is_some_and(|account| account != id) {
                continue;
            }
            let (gone, kept) = std::mem::take(all).into_iter().partition(|one| one.id == sender_id);
            *all = kept;
            let gone: Vec<Approved> = gone;
            revoked.extend(gone.into_iter().map(|one| (id.clone(), one)));
        }
        self.approved.retain(|_, all| !all.is_empty());
        revoked
    }

    fn take(&mut self, typed: &str, account: Option<&str>, now_ms: i64) -> Result<Request, Refusal> {
        let code = code::normal(typed);
        let Some(index) = self.requests.iter().position(|request| request.code == code) else {
            let used = self.approved().find(|(_, one)| one.code == code);
            return Err(match used {
                Some((account, one)) => Refusal::Used(account.to_owned(), one.clone()),
                None => {
                    let waiting = self.waiting(now_ms).map(|request| request.code.as_str());
                    Refusal::Unknown(crate::nearest::nearest(&code, waiting).map(str::to_owned))
                }
            });
        };
        let request = self.requests.remove(index);
        let refused = if account.is_some_and(|account| account != request.account_id) {
            Refusal::OtherAccount(request.clone())
        } else if !request.is_alive(now_ms) {
            Refusal::Expired(request.clone())
        } else {
            return Ok(request);
        };
        self.requests.insert(index, request);
        Err(refused)
    }

    /// Forget what nobody will ask for, and what a file changed by hand has too much.
    fn tidy(&mut self, now_ms: i64) {
        self.requests.retain(|request| {
            request.is_alive(now_ms) || now_ms.abs_diff(request.created_at_ms) < MEMORY_MS.unsigned_abs()
        });
        loop {
            let mut counts = BTreeMap::<&str, usize>::new();
            for request in self.waiting(now_ms) {
                *counts.entry(&request.account_id).or_default() += 1;
            }
            let Some(account) =
                counts.into_iter().find(|(_, count)| *count > WAITING).map(|(id, _)| id.to_owned())
            else {
                return;
            };
            let alive = self
                .requests
                .iter()
                .enumerate()
                .filter(|(_, request)| request.account_id == account && request.is_alive(now_ms));
            let Some((index, _)) = alive.min_by_key(|(_, request)| request.last_seen_at_ms) else { return };
            self.requests.remove(index);
        }
    }

    /// A code that nobody has or had.
    fn fresh_code(&self, draw: &mut dyn FnMut() -> Option<String>) -> Option<String> {
        for _ in 0..TRIES {
            let code = draw()?;
            let taken = self.requests.iter().any(|request| request.code == code)
                || self.approved().any(|(_, one)| one.code == code);
            if !taken {
                return Some(code);
            }
        }
        None
    }
}

/// A name comes from a stranger: nothing of it may move a cursor or fill a screen.
fn clean(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
