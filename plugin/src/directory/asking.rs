//! One question to several accounts, and their answers as one.

use super::server::Server;
use crate::account::Accounts;
use crate::brake::Brakes;
use futures_util::future::join_all;
use host_sdk::protocol::{Directory, DirectoryEntry, DirectoryFailure, Error, ErrorCode};
use std::collections::BTreeMap;
use std::future::Future;

/// The most entries that are listed.
const MOST: usize = 10_000;

/// What is asked for, in the form in which names are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// In lower case, without what people write before names; empty: everything.
    pub query: String,
    /// At most so many.
    pub limit: usize,
}

impl Wanted {
    pub(super) fn new(query: Option<&str>, limit: Option<u32>) -> Self {
        let query = query.unwrap_or_default().trim().trim_start_matches(['@', '#', '~']).to_lowercase();
        let limit = limit.map_or(MOST, |limit| usize::try_from(limit).unwrap_or(MOST).min(MOST));
        Self { query, limit }
    }

    /// Does one of the names have it?
    pub(super) fn fits<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> bool {
        self.query.is_empty() || names.into_iter().any(|name| name.to_lowercase().contains(&self.query))
    }
}

/// What one account found.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// By id, so that what is found twice is there once.
    pub entries: BTreeMap<String, DirectoryEntry>,
    /// There are more.
    pub more: bool,
}

impl Page {
    /// Add an entry, or what is new of one that was found before. False when there is no place for it.
    pub(super) fn add(&mut self, entry: DirectoryEntry, limit: usize) -> bool {
        if let Some(known) = self.entries.get_mut(&entry.id) {
            for team in entry.teams {
                if !known.teams.contains(&team) {
                    known.teams.push(team);
                }
            }
            for account in entry.accounts {
                if !known.accounts.contains(&account) {
                    known.accounts.push(account);
                }
            }
            return true;
        }
        if self.entries.len() >= limit {
            self.more = true;
            return false;
        }
        self.entries.insert(entry.id.clone(), entry);
        true
    }
}

/// Ask one account, or all that are enabled. Accounts that are the same bot on the same server are asked once.
///
/// # Errors
/// The problem of a named account; without a name, when no account answered, the first one's.
pub(super) async fn ask<F>(
    accounts: &Accounts,
    brakes: &Brakes,
    account_id: Option<&str>,
    limit: usize,
    question: impl Fn(Server) -> F,
) -> Result<Directory, Error>
where
    F: Future<Output = Result<Page, Error>>,
{
    let mut failures = Vec::new();
    // The accounts that share a login.
    let mut logins: Vec<(Server, Vec<String>)> = Vec::new();
    for account in accounts.select(account_id)? {
        if !account.config.enabled && account_id.is_none() {
            continue;
        }
        let id = account.config.id.clone();
        let server = match Server::of(account, brakes) {
            Ok(server) => server,
            Err(error) => {
                failures.push(DirectoryFailure { account_id: id, error });
                continue;
            }
        };
        let same = |(known, _): &&mut (Server, Vec<String>)| {
            known.client.server().as_str() == server.client.server().as_str()
                && known.client.token().expose() == server.client.token().expose()
        };
        match logins.iter_mut().find(same) {
            Some((_, ids)) => ids.push(id),
            None => logins.push((server, vec![id])),
        }
    }
    if logins.is_empty() && failures.is_empty() {
        return Err(Error::new(ErrorCode::Config, "no Mattermost account is enabled: set enabled to true"));
    }
    let asked = logins.iter().map(|(server, _)| question(server.clone()));
    let answers = join_all(asked).await;
    let mut whole = Page::default();
    let mut answered = false;
    for ((_, ids), answer) in logins.into_iter().zip(answers) {
        match answer {
            Ok(page) => {
                answered = true;
                whole.more |= page.more;
                for entry in page.entries.into_values() {
                    // One that is there already may come from another account too.
                    whole.add(DirectoryEntry { accounts: ids.clone(), ..entry }, usize::MAX);
                }
            }
            Err(error) => failures.extend(
                ids.into_iter().map(|account_id| DirectoryFailure { account_id, error: error.clone() }),
            ),
        }
    }
    if !answered {
        return Err(nobody_answered(failures));
    }
    let mut entries: Vec<DirectoryEntry> = whole.entries.into_values().collect();
    entries.iter_mut().for_each(|entry| entry.teams.sort());
    entries.sort_by(|a, b| (&a.name, &a.teams, &a.id).cmp(&(&b.name, &b.teams, &b.id)));
    let more = whole.more || entries.len() > limit;
    entries.truncate(limit);
    failures.sort_by(|a, b| a.account_id.cmp(&b.account_id));
    Ok(Directory { entries, more, failures })
}

/// The first account's error, with those of the others.
fn nobody_answered(failures: Vec<DirectoryFailure>) -> Error {
    let several = failures.len() > 1;
    let told: Vec<String> =
        failures.iter().map(|failure| format!("{}: {}", failure.account_id, failure.error)).collect();
    let first = failures.into_iter().next().map(|failure| failure.error);
    let mut error = first.unwrap_or_else(|| Error::new(ErrorCode::Internal, "no account was asked"));
    if several {
        error.message = format!("no account answered; {}", told.join("; "));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::{Page, Wanted};
    use host_sdk::protocol::DirectoryEntry;

    #[test]
    fn a_query_is_trimmed_and_compared_in_lower_case() {
        let wanted = Wanted::new(Some("  @Ali "), None);
        assert!(wanted.fits(["ALICE"]) && wanted.fits(["x", "Salim Ali"]) && !wanted.fits(["bob"]));
        assert!(Wanted::new(Some(" "), None).fits(["anything"]));
        assert_eq!(Wanted::new(None, Some(u32::MAX)).limit, 10_000);
    }

    #[test]
    fn what_is_found_twice_is_listed_once_with_all_its_teams() {
        let entry = |id: &str, team: &str| DirectoryEntry {
            id: id.to_owned(),
            teams: vec![team.to_owned()],
            ..DirectoryEntry::default()
        };
        let mut page = Page::default();
        assert!(page.add(entry("a", "one"), 1) && page.add(entry("a", "two"), 1) && !page.more);
        assert!(!page.add(entry("b", "one"), 1) && page.more);
        assert_eq!(page.entries["a"].teams, ["one", "two"]);
    }
}
