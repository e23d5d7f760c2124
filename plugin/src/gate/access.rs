//! Who is heard.

use crate::config::{DmPolicy, Entry, GroupPolicy, Policies};
use host_sdk::protocol::ChatKind;

/// Why a sender is not heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// `dmPolicy` is `disabled`.
    DmPolicyDisabled,
    /// `dmPolicy` is `allowlist` and the sender is not listed.
    DmPolicyNotAllowlisted,
    /// `groupPolicy` is `disabled`.
    GroupPolicyDisabled,
    /// `groupPolicy` is `allowlist` and nobody is listed.
    GroupPolicyEmptyAllowlist,
    /// `groupPolicy` is `allowlist` and the sender is not listed.
    GroupPolicyNotAllowlisted,
}

impl Refusal {
    /// The reason code, for logs and status.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::DmPolicyDisabled => "dm_policy_disabled",
            Self::DmPolicyNotAllowlisted => "dm_policy_not_allowlisted",
            Self::GroupPolicyDisabled => "group_policy_disabled",
            Self::GroupPolicyEmptyAllowlist => "group_policy_empty_allowlist",
            Self::GroupPolicyNotAllowlisted => "group_policy_not_allowlisted",
        }
    }
}

/// Is this sender heard here?
///
/// # Errors
/// The reason when not.
pub fn access(policies: &Policies, kind: ChatKind, sender_id: &str) -> Result<(), Refusal> {
    let listed = |list: &[Entry]| {
        list.iter().any(|entry| match entry {
            Entry::Everybody => true,
            Entry::Plain(id) => id == sender_id,
            Entry::Group(_) => false,
        })
    };
    if kind == ChatKind::Direct {
        return match policies.dm {
            DmPolicy::Disabled => Err(Refusal::DmPolicyDisabled),
            DmPolicy::Allowlist if !listed(&policies.allow_from) => Err(Refusal::DmPolicyNotAllowlisted),
            DmPolicy::Allowlist | DmPolicy::Open | DmPolicy::Pairing => Ok(()),
        };
    }
    match policies.group {
        GroupPolicy::Disabled => Err(Refusal::GroupPolicyDisabled),
        GroupPolicy::Allowlist => {
            let list = if policies.group_allow_from.is_empty() {
                &policies.allow_from
            } else {
                &policies.group_allow_from
            };
            if list.is_empty() {
                Err(Refusal::GroupPolicyEmptyAllowlist)
            } else if listed(list) {
                Ok(())
            } else {
                Err(Refusal::GroupPolicyNotAllowlisted)
            }
        }
        GroupPolicy::Open => Ok(()),
    }
}
