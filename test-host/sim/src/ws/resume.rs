//! Taking up a cut connection.

use std::sync::Arc;

use super::link::{Link, LinkState, Outgoing, numbered};
use crate::{clock::now_ms, ids::Id};

impl Link {
    /// Attaches a new socket to a link whose socket was cut, if `connection_id` is its id; the attachment.
    ///
    /// The caller names the number of the frame that it expects next. If that was written and is still known, it and
    /// all later ones are written again. If the caller has everything, nothing is. Otherwise the connection begins
    /// anew, with a new id and a `hello`. In each case what was not written yet follows.
    pub(super) fn resume(
        &self,
        connection_id: Id,
        expected: i64,
        hello: impl FnOnce(Id) -> Arc<str>,
    ) -> Option<u64> {
        let mut inner = self.lock();
        if inner.state != LinkState::Detached || inner.connection_id != connection_id {
            return None;
        }
        inner.state = LinkState::Attached;
        inner.attachment += 1;
        inner.activity_at = now_ms();
        let last = inner.dead.back().map(|(seq, _)| *seq);
        if expected == 0 {
            // Zero asks for no resume, yet the id is known, so there is no `hello` either.
            inner.next_seq = 0;
        } else if inner.dead.iter().any(|(seq, _)| *seq == expected) {
            inner.replay = inner
                .dead
                .iter()
                .skip_while(|(seq, _)| *seq != expected)
                .map(|(seq, frame)| numbered(frame, *seq))
                .collect();
            inner.next_seq = last.map_or(expected, |last| last + 1);
        } else if last.is_some_and(|last| last != expected - 1) {
            let fresh = Id::new();
            inner.connection_id = fresh;
            inner.dead.clear();
            inner.next_seq = 0;
            inner.queue.push_front(Outgoing::Event(hello(fresh)));
        } else {
            inner.next_seq = expected;
        }
        self.wake.notify_one();
        Some(inner.attachment)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::link::{DEAD_QUEUE, Next, SEND_QUEUE},
        *,
    };

    fn link() -> (Link, Id) {
        let link = Link::new(Id::new(), String::new(), |_| Arc::from("{\"hello\":"));
        let id = link.lock().connection_id;
        (link, id)
    }

    fn written(link: &Link, attachment: u64) -> Vec<String> {
        std::iter::from_fn(|| match link.next(attachment) {
            Next::Write(frame) => Some(frame),
            Next::Idle | Next::Gone => None,
        })
        .collect()
    }

    fn event(link: &Link) {
        link.push_event(&Arc::from("{\"e\":"), false);
    }

    #[test]
    fn what_was_written_is_replayed_and_what_waited_follows() {
        let (link, id) = link();
        event(&link);
        event(&link);
        assert_eq!(written(&link, 1), ["{\"hello\":0}", "{\"e\":1}", "{\"e\":2}"]);
        assert!(link.detach(1, 0));
        event(&link);
        assert_eq!(link.resume(id, 2, |_| Arc::from("")), Some(2));
        assert_eq!(written(&link, 1), Vec::<String>::new());
        assert_eq!(written(&link, 2), ["{\"e\":2}", "{\"e\":3}"]);
    }

    #[test]
    fn a_caller_who_has_everything_is_told_nothing() {
        let (link, id) = link();
        written(&link, 1);
        link.detach(1, 0);
        assert_eq!(link.resume(id, 1, |_| Arc::from("")), Some(2));
        assert_eq!(written(&link, 2), Vec::<String>::new());
        event(&link);
        assert_eq!(written(&link, 2), ["{\"e\":1}"]);
    }

    #[test]
    fn a_gap_begins_anew_and_keeps_what_waited() {
        let (link, id) = link();
        written(&link, 1);
        for _ in 0..DEAD_QUEUE {
            event(&link);
            written(&link, 1);
        }
        link.detach(1, 0);
        event(&link);
        assert_eq!(link.resume(id, 0x1000, |_| Arc::from("{\"hello\":")), Some(2));
        assert_ne!(link.lock().connection_id, id);
        assert_eq!(written(&link, 2), ["{\"hello\":0}", "{\"e\":1}"]);
    }

    #[test]
    fn the_last_frame_that_fits_is_kept_and_the_next_one_ends_the_connection() {
        let (link, id) = link();
        written(&link, 1);
        link.detach(1, 0);
        for _ in 0..SEND_QUEUE {
            event(&link);
        }
        assert!(!link.is_stale(0));
        event(&link);
        assert!(link.is_stale(0));
        assert_eq!(link.resume(id, 1, |_| Arc::from("")), None);
    }
}
