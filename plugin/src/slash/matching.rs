//! Whose command a call is. Pure.

use super::secret::Fingerprint;
use std::collections::BTreeMap;

/// A command that stands on a server and is answered.
#[derive(Clone, Debug)]
pub(super) struct Served {
    /// The server's id of it.
    pub id: String,
    pub team_id: String,
    pub trigger: String,
    /// Where the server calls.
    pub url: String,
    /// The host's command that it stands for, without a slash.
    pub command: String,
    pub token: Fingerprint,
}

/// The commands of the accounts that run.
pub(super) type ByAccount = BTreeMap<String, Vec<Served>>;

/// Whose a call is.
#[derive(Clone, Debug)]
pub(super) enum Match {
    /// This account's, and this command of it.
    One { account_id: String, served: Served },
    /// Nobody's: the token is of no command.
    Nobody,
    /// This account's by its team and word, but the token is another one.
    WrongToken { account_id: String },
    /// The token is of another command than the one that is called.
    OtherCommand,
    /// Several accounts have that command, by its token or by its team and word.
    Several { by_token: bool, account_ids: Vec<String> },
}

/// Find whose a call is. All tokens are looked at, whichever is right.
pub(super) fn find(accounts: &ByAccount, token: Fingerprint, team_id: &str, trigger: &str) -> Match {
    let all = || accounts.iter().flat_map(|(id, commands)| commands.iter().map(move |served| (id, served)));
    let is_called = |served: &Served| served.team_id == team_id && served.trigger == trigger;
    let by_token: Vec<_> = all().filter(|(_, served)| served.token.is(token)).collect();
    if by_token.is_empty() {
        let mut called: Vec<&String> =
            all().filter(|(_, served)| is_called(served)).map(|(id, _)| id).collect();
        called.dedup();
        return match called.as_slice() {
            [] => Match::Nobody,
            [one] => Match::WrongToken { account_id: (*one).clone() },
            several => {
                Match::Several { by_token: false, account_ids: several.iter().copied().cloned().collect() }
            }
        };
    }
    let mut called: Vec<_> = by_token.into_iter().filter(|(_, served)| is_called(served)).collect();
    called.dedup_by_key(|(id, _)| *id);
    match called.as_slice() {
        [] => Match::OtherCommand,
        [(id, served)] => Match::One { account_id: (*id).clone(), served: (*served).clone() },
        several => Match::Several {
            by_token: true,
            account_ids: several.iter().map(|(id, _)| (*id).clone()).collect(),
        },
    }
}

/// Whose command a token is of, whatever is called: the account's id and the command's.
pub(super) fn owner(accounts: &ByAccount, token: Fingerprint) -> Option<(&str, &str)> {
    let mut found = None;
    for (account_id, commands) in accounts {
        for served in commands {
            if served.token.is(token) {
                found = Some((account_id.as_str(), served.id.as_str()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{ByAccount, Match, Served, find, owner};
    use crate::slash::secret::Fingerprint;

    fn served(id: &str, team: &str, trigger: &str, token: &str) -> Served {
        Served {
            id: id.to_owned(),
            team_id: team.to_owned(),
            trigger: trigger.to_owned(),
            url: "https://gw.example.com/c".to_owned(),
            command: trigger.trim_start_matches("oc_").to_owned(),
            token: Fingerprint::of(token),
        }
    }

    fn accounts() -> ByAccount {
        ByAccount::from([
            ("a".to_owned(), vec![served("1", "t", "oc_new", "ta"), served("2", "t", "oc_help", "tb")]),
            ("b".to_owned(), vec![served("3", "u", "oc_new", "tc"), served("4", "v", "oc_new", "same")]),
            ("c".to_owned(), vec![served("4", "v", "oc_new", "same"), served("5", "u", "oc_help", "td")]),
        ])
    }

    /// What is found, in short.
    fn of(token: &str, team: &str, trigger: &str) -> String {
        match find(&accounts(), Fingerprint::of(token), team, trigger) {
            Match::One { account_id, served } => format!("{account_id}{}", served.id),
            Match::Nobody => "nobody".to_owned(),
            Match::WrongToken { account_id } => format!("wrong {account_id}"),
            Match::OtherCommand => "other".to_owned(),
            Match::Several { by_token, account_ids } => {
                format!("several {by_token} {}", account_ids.concat())
            }
        }
    }

    #[test]
    fn a_token_says_whose_a_call_is_and_the_team_and_word_have_to_fit() {
        assert_eq!(of("ta", "t", "oc_new"), "a1");
        assert_eq!(of("tc", "u", "oc_new"), "b3");
        assert_eq!(of("ta", "t", "oc_help"), "other", "the token of another command");
        assert_eq!(of("tc", "t", "oc_new"), "other", "the token of another account's");
    }

    #[test]
    fn without_a_known_token_the_team_and_word_say_who_is_told() {
        assert_eq!(of("rotated", "t", "oc_new"), "wrong a");
        assert_eq!(of("rotated", "v", "oc_new"), "several false bc");
        assert_eq!(of("rotated", "x", "oc_new"), "nobody");
        assert_eq!(of("", "t", "oc_none"), "nobody");
    }

    #[test]
    fn a_command_of_two_accounts_is_nobodys() {
        assert_eq!(of("same", "v", "oc_new"), "several true bc");
    }

    #[test]
    fn a_known_token_has_an_owner() {
        assert_eq!(owner(&accounts(), Fingerprint::of("td")), Some(("c", "5")));
        assert_eq!(owner(&accounts(), Fingerprint::of("x")), None);
    }
}
