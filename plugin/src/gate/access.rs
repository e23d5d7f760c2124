//! Who is heard.
//!
//! The rules are those of OpenClaw's page on Mattermost, "Access control". They decide about the id of a sender; a name
//! can be changed by its owner and counts only where the configuration says so.

use crate::config::{DmPolicy, Entry, GroupPolicy, Policies};
use crate::ids::is_id;
use host_sdk::protocol::ChatKind;

/// Somebody who wants to be heard.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The user's id.
    pub id: &'a str,
    /// The user's name without `@`, when known.
    pub username: Option<&'a str>,
}

/// Whether somebody is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Yes.
    Admitted(Admission),
    /// Only if he was paired, which the host knows.
    IfPaired,
    /// No.
    Refused(Refusal),
}

/// Why somebody is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Admission {
    /// `dmPolicy` is `open`.
    DmPolicyOpen,
    /// Listed in `allowFrom`.
    DmPolicyAllowlisted,
    /// Approved by pairing.
    DmPaired,
    /// `groupPolicy` is `open`.
    GroupPolicyOpen,
    /// Listed in `groupAllowFrom`, or in `allowFrom` where that stands for it.
    GroupPolicyAllowlisted,
}

/// Why somebody is not heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// `dmPolicy` is `disabled`.
    DmPolicyDisabled,
    /// `dmPolicy` is `allowlist`, or `open` without `"*"`, and the sender is not listed.
    DmPolicyNotAllowlisted,
    /// `dmPolicy` is `pairing` and the sender was not approved.
    DmNotPaired,
    /// `groupPolicy` is `disabled`.
    GroupPolicyDisabled,
    /// `groupPolicy` is `allowlist` and nobody is listed.
    GroupPolicyEmptyAllowlist,
    /// `groupPolicy` is `allowlist` and the sender is not listed.
    GroupPolicyNotAllowlisted,
    /// The sender is not listed, and the list names an access group that is not configured.
    AccessGroupMissing,
}

impl Admission {
    /// The reason code, for logs, status and the host.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::DmPolicyOpen => "dm_policy_open",
            Self::DmPolicyAllowlisted => "dm_policy_allowlisted",
            Self::DmPaired => "dm_paired",
            Self::GroupPolicyOpen => "group_policy_open",
            Self::GroupPolicyAllowlisted => "group_policy_allowlisted",
        }
    }
}

impl Refusal {
    /// The reason code, for logs and status.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::DmPolicyDisabled => "dm_policy_disabled",
            Self::DmPolicyNotAllowlisted => "dm_policy_not_allowlisted",
            Self::DmNotPaired => "dm_not_paired",
            Self::GroupPolicyDisabled => "group_policy_disabled",
            Self::GroupPolicyEmptyAllowlist => "group_policy_empty_allowlist",
            Self::GroupPolicyNotAllowlisted => "group_policy_not_allowlisted",
            Self::AccessGroupMissing => "access_group_missing",
        }
    }
}

/// Is this sender heard here?
#[must_use]
pub fn access(policies: &Policies, kind: ChatKind, sender: Subject<'_>) -> Access {
    if kind == ChatKind::Direct { direct(policies, sender) } else { in_channel(policies, sender) }
}

fn direct(policies: &Policies, sender: Subject<'_>) -> Access {
    let listed = Listing::of(policies, &policies.allow_from, sender);
    match (policies.dm, listed) {
        (DmPolicy::Disabled, _) => Access::Refused(Refusal::DmPolicyDisabled),
        (DmPolicy::Open, Listing::Everybody) => Access::Admitted(Admission::DmPolicyOpen),
        (_, Listing::Everybody | Listing::Named) => Access::Admitted(Admission::DmPolicyAllowlisted),
        (DmPolicy::Pairing, _) => Access::IfPaired,
        (_, Listing::GroupMissing) => Access::Refused(Refusal::AccessGroupMissing),
        (_, Listing::No) => Access::Refused(Refusal::DmPolicyNotAllowlisted),
    }
}

fn in_channel(policies: &Policies, sender: Subject<'_>) -> Access {
    let list = channel_list(policies);
    match policies.group {
        GroupPolicy::Disabled => Access::Refused(Refusal::GroupPolicyDisabled),
        GroupPolicy::Open => Access::Admitted(Admission::GroupPolicyOpen),
        GroupPolicy::Allowlist if list.is_empty() => Access::Refused(Refusal::GroupPolicyEmptyAllowlist),
        GroupPolicy::Allowlist => match Listing::of(policies, list, sender) {
            Listing::Everybody | Listing::Named => Access::Admitted(Admission::GroupPolicyAllowlisted),
            Listing::GroupMissing => Access::Refused(Refusal::AccessGroupMissing),
            Listing::No => Access::Refused(Refusal::GroupPolicyNotAllowlisted),
        },
    }
}

/// Who may give commands: whoever the lists name, whatever the policies are. With empty lists nobody may.
///
/// `paired`: approved by pairing, which counts in direct messages.
#[must_use]
pub fn may_command(policies: &Policies, kind: ChatKind, sender: Subject<'_>, paired: bool) -> bool {
    let listed = |list| matches!(Listing::of(policies, list, sender), Listing::Everybody | Listing::Named);
    (paired && kind == ChatKind::Direct) || listed(&policies.allow_from) || listed(channel_list(policies))
}

fn channel_list(policies: &Policies) -> &[Entry] {
    if policies.group_allow_from.is_empty() { &policies.allow_from } else { &policies.group_allow_from }
}

/// Whether a list has somebody.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listing {
    Everybody,
    Named,
    No,
    /// No, and one of its access groups is not configured.
    GroupMissing,
}

impl Listing {
    fn of(policies: &Policies, list: &[Entry], sender: Subject<'_>) -> Self {
        let mut listing = Self::No;
        for entry in list {
            match entry {
                Entry::Everybody => return Self::Everybody,
                Entry::Plain(entry) if is_meant(policies, entry, sender) => listing = Self::Named,
                Entry::Plain(_) => {}
                Entry::Group(name) => match policies.access_groups.get(name) {
                    Some(group) if group.members.iter().any(|member| of_group(policies, member, sender)) => {
                        listing = Self::Named;
                    }
                    Some(_) => {}
                    None if listing == Self::No => listing = Self::GroupMissing,
                    None => {}
                },
            }
        }
        listing
    }
}

/// Groups have no groups in them.
fn of_group(policies: &Policies, member: &Entry, sender: Subject<'_>) -> bool {
    match member {
        Entry::Everybody => true,
        Entry::Plain(entry) => is_meant(policies, entry, sender),
        Entry::Group(_) => false,
    }
}

fn is_meant(policies: &Policies, entry: &str, sender: Subject<'_>) -> bool {
    if entry == sender.id {
        return true;
    }
    // Whoever takes somebody's id as a name must not become him.
    policies.name_matching
        && !is_id(entry)
        && sender.username.is_some_and(|name| name.trim_start_matches('@').to_lowercase() == entry)
}
