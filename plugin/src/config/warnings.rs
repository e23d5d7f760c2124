//! What is allowed but probably not meant.

use super::access::{DmPolicy, Entry, GroupPolicy};
use super::account::AccountConfig;
use crate::ids::is_id;

impl AccountConfig {
    /// What an operator should know of an account that starts.
    pub(super) fn warnings(&self) -> Vec<String> {
        let of = |text: String| format!("account {}: {text}", self.id);
        let policies = &self.policies;
        let mut warnings = Vec::new();
        if policies.dm == DmPolicy::Allowlist && policies.allow_from.is_empty() {
            warnings
                .push(of("dmPolicy is \"allowlist\" and allowFrom is empty: no direct message is answered"
                    .to_owned()));
        }
        if policies.dm == DmPolicy::Open && !policies.allow_from.contains(&Entry::Everybody) {
            warnings.push(of("dmPolicy is \"open\" but this account's allowFrom has no \"*\": only who is listed is answered"
                .to_owned()));
        }
        let lists_empty = policies.allow_from.is_empty() && policies.group_allow_from.is_empty();
        if policies.group_fallback {
            warnings.push(of("channels.mattermost is missing, so nobody is heard in channels, whatever \
                              channels.defaults.groupPolicy says"
                .to_owned()));
        } else if policies.group == GroupPolicy::Allowlist && lists_empty {
            warnings.push(of(
                "groupPolicy is \"allowlist\" and groupAllowFrom and allowFrom are empty: nobody is heard in channels"
                    .to_owned(),
            ));
        }
        if let Some(problem) = self.commands.problem() {
            warnings.push(of(format!("{problem}; no slash command is registered")));
        }
        if let Some(problem) = self.interactions.problem() {
            warnings.push(of(format!("{problem}; no click on a button arrives")));
        }
        for (key, list) in
            [("allowFrom", &policies.allow_from), ("groupAllowFrom", &policies.group_allow_from)]
        {
            let plain = |entry: &Entry| match entry {
                Entry::Plain(text) if !is_id(text) => Some(text.clone()),
                _ => None,
            };
            let names: Vec<String> = list.iter().filter_map(plain).take(8).collect();
            if !names.is_empty() && !policies.name_matching {
                warnings.push(of(format!(
                    "{key} has entries that are not user ids and admit nobody: {}; a user id has 26 letters and \
                     digits, and the log names the id of whoever was not admitted",
                    names.join(", ")
                )));
            }
        }
        warnings
    }
}
