//! Who may approve what an agent wants to do, by a message or a button. Pure.

use crate::config::{Entry, Policies, normalise};
use crate::ids::is_id;
use host_sdk::protocol::{ApprovalCheck, ApprovalReason};

/// Who may approve: the users that `allowFrom` names by their ids. Names do not count, whatever
/// `dangerouslyAllowNameMatching` says: they can be changed, and an approval lets a command run.
#[must_use]
pub fn approvers(policies: &Policies) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for entry in &policies.allow_from {
        if let Entry::Plain(id) = entry
            && is_id(id)
            && !ids.contains(id)
        {
            ids.push(id.clone());
        }
    }
    ids
}

/// May this user approve?
#[must_use]
pub fn approval(policies: &Policies, sender_id: &str) -> ApprovalCheck {
    let approvers = approvers(policies);
    let reason = if approvers.is_empty() {
        ApprovalReason::SameChat
    } else if approvers.contains(&normalise(sender_id)) {
        ApprovalReason::Listed
    } else {
        ApprovalReason::NotListed
    };
    ApprovalCheck { authorized: reason != ApprovalReason::NotListed, approvers, reason }
}

#[cfg(test)]
mod tests {
    use super::approval;
    use crate::config::{Entry, Policies};
    use host_sdk::protocol::ApprovalReason::{Listed, NotListed, SameChat};

    const ALICE: &str = "alicealicealicealicealice1";
    const BOB: &str = "bobbobbobbobbobbobbobbob26";

    #[test]
    fn only_ids_name_approvers() {
        for (allow_from, sender, reason) in [
            (vec![ALICE], ALICE, Listed),
            (vec![ALICE], BOB, NotListed),
            (vec![ALICE, BOB], BOB, Listed),
            (vec![" Mattermost:ALICEalicealicealicealice1"], ALICE, Listed),
            (vec!["user:alicealicealicealicealice1", "*"], BOB, NotListed),
            (vec![ALICE], "alice", NotListed),
            (vec![ALICE], "@alice", NotListed),
            (vec![ALICE], "", NotListed),
            // Nobody is named by an id.
            (vec![], BOB, SameChat),
            (vec!["*"], BOB, SameChat),
            (vec!["@alice", "accessGroup:staff"], "alice", SameChat),
        ] {
            let entries = allow_from.iter().filter_map(|text| Entry::read(text)).collect();
            let policies = Policies { allow_from: entries, name_matching: true, ..Policies::default() };
            let check = approval(&policies, sender);
            assert_eq!(
                (check.reason, check.authorized),
                (reason, reason != NotListed),
                "{allow_from:?} {sender}"
            );
        }
    }

    #[test]
    fn an_approver_is_named_once() {
        let entries =
            [ALICE, "user:alicealicealicealicealice1", "bob"].iter().filter_map(|text| Entry::read(text));
        let policies = Policies { allow_from: entries.collect(), ..Policies::default() };
        assert_eq!(approval(&policies, ALICE).approvers, [ALICE]);
    }
}
