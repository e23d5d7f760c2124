//! A journal: what was recorded becomes durable later, in order, and what is not is lost with the process.

use std::collections::{BTreeMap, HashMap, HashSet};

use openclaw_mattermost::store::{AccountMark, Change, ChannelMark, OpenEvent, Snapshot};

/// The journal.
#[derive(Debug, Default)]
pub struct Durable {
    recorded: Vec<Change>,
    pub mark: Option<AccountMark>,
    pub channels: BTreeMap<String, ChannelMark>,
    open: HashMap<String, OpenEvent>,
    done: Vec<String>,
    pub settled: HashSet<String>,
}

impl Durable {
    pub fn record(&mut self, change: Change) {
        self.recorded.push(change);
    }

    /// The process is gone.
    pub fn crash(&mut self) {
        self.recorded.clear();
    }

    /// Whether an event or its end is durable.
    pub fn has(&self, post_id: &str) -> bool {
        self.settled.contains(post_id) || self.open.contains_key(post_id)
    }

    /// Everything recorded becomes durable. Whether a mark is among it.
    pub fn commit(&mut self) -> bool {
        let mut moved = false;
        for change in std::mem::take(&mut self.recorded) {
            match change {
                Change::MarkAccount { mark, .. } => {
                    moved = true;
                    if self.mark.is_none_or(|old| old.proven_at <= mark.proven_at) {
                        self.mark = Some(mark);
                    }
                }
                Change::MarkChannel { channel_id, mark, .. } => {
                    moved = true;
                    self.channels.insert(channel_id, mark);
                }
                Change::Open(open) => {
                    self.open.insert(open.message.message_id.clone(), *open);
                }
                Change::Settle { posts, .. } | Change::Done { posts, .. } => {
                    for post in posts {
                        self.open.remove(&post);
                        if self.settled.insert(post.clone()) {
                            self.done.push(post);
                        }
                    }
                }
                Change::Deliver(_)
                | Change::Forget { .. }
                | Change::TookPart { .. }
                | Change::Registered(_)
                | Change::Unregistered { .. } => {}
            }
        }
        moved
    }

    pub fn snapshot(&self) -> Snapshot {
        let mut open: Vec<OpenEvent> = self.open.values().cloned().collect();
        open.sort_by_key(|open| open.seq);
        Snapshot {
            mark: self.mark,
            channels: self.channels.iter().map(|(id, mark)| (id.clone(), mark.clone())).collect(),
            open,
            done: self.done.clone(),
            ..Snapshot::default()
        }
    }
}
