//! What changes mean to each other before they are written.

use super::records::{Change, Delivery, DeliveryState};
use std::collections::HashSet;

/// Leave out changes that later ones of the same group make needless. What remains, in its order, leads to the same
/// rows.
pub(super) fn coalesce(group: &mut Vec<Change>) {
    let mut keep = vec![true; group.len()];
    {
        let (mut accounts, mut channels) = (HashSet::new(), HashSet::new());
        // Events and deliveries whose row a later change decides.
        let (mut events, mut pending, mut sent) = (HashSet::new(), HashSet::new(), HashSet::new());
        let mut commands = HashSet::new();
        for (change, keep) in group.iter().zip(keep.iter_mut()).rev() {
            match change {
                // A mark never goes back: the highest of the group decides, wherever it stands.
                Change::MarkAccount { account_id, .. } => *keep = accounts.insert(account_id.as_str()),
                Change::MarkChannel { account_id, channel_id, .. } => {
                    *keep = channels.insert((account_id.as_str(), channel_id.as_str()));
                }
                Change::Open(event) => {
                    *keep =
                        events.insert((event.message.account_id.as_str(), event.message.event_id.as_str()));
                }
                // Always kept for the posts; the row goes with it, also one that an earlier group wrote.
                Change::Settle { account_id, event_id, .. } => {
                    events.insert((account_id.as_str(), event_id.as_str()));
                }
                Change::Done { .. } | Change::TookPart { .. } => {}
                Change::Deliver(delivery) => {
                    let key = (delivery.account_id.as_str(), delivery.id.as_str());
                    *keep = match delivery.state {
                        DeliveryState::Pending { .. } => !sent.contains(&key) && pending.insert(key),
                        // The row that it replaces goes with it.
                        DeliveryState::Sent { .. } => sent.insert(key) || delivery.replaces.is_some(),
                    };
                }
                Change::Forget { account_id, id } => {
                    pending.insert((account_id.as_str(), id.as_str()));
                }
                Change::Registered(command) => {
                    *keep = commands.insert((command.account_id.as_str(), command.id.as_str()));
                }
                Change::Unregistered { account_id, id } => {
                    *keep = commands.insert((account_id.as_str(), id.as_str()));
                }
            }
        }
    }
    raise_marks(group);
    let mut keep = keep.into_iter();
    group.retain(|_| keep.next().unwrap_or(true));
}

/// Give each account mark the highest value up to it, so that the last one is the highest of all.
fn raise_marks(group: &mut [Change]) {
    let mut highest = std::collections::HashMap::<String, i64>::new();
    for change in group {
        if let Change::MarkAccount { account_id, mark } = change {
            match highest.get_mut(account_id.as_str()) {
                Some(high) => {
                    *high = (*high).max(mark.proven_at);
                    mark.proven_at = *high;
                }
                None => {
                    highest.insert(account_id.clone(), mark.proven_at);
                }
            }
        }
    }
}

/// What a delivery is after `changes`, when `stored` is what it was before.
pub(super) fn delivery_after(
    stored: Option<Delivery>,
    changes: &[Change],
    account_id: &str,
    id: &str,
) -> Option<Delivery> {
    let is_sent = |delivery: &Option<Delivery>| {
        delivery.as_ref().is_some_and(|known| matches!(known.state, DeliveryState::Sent { .. }))
    };
    let mut now = stored;
    for change in changes {
        match change {
            Change::Deliver(delivery)
                if delivery.account_id == account_id
                    && delivery.id == id
                    && (matches!(delivery.state, DeliveryState::Sent { .. }) || !is_sent(&now)) =>
            {
                now = Some((**delivery).clone());
            }
            Change::Deliver(delivery)
                if delivery.account_id == account_id
                    && delivery.replaces.as_deref() == Some(id)
                    && !is_sent(&now) =>
            {
                now = None;
            }
            Change::Forget { account_id: account, id: forgotten }
                if account == account_id && forgotten == id && !is_sent(&now) =>
            {
                now = None;
            }
            _ => {}
        }
    }
    now
}
