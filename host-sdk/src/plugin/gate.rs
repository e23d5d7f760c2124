//! The gate that every callback into the host passes.
//!
//! It answers two questions that a shutdown has: is this thread inside a callback of the same instance (then waiting
//! would never end), and can a callback still run (then the host must not free what it uses)? Tasks that ignore a
//! shutdown, or a request that another thread is just making, may want to log at any time; a closed gate lets nobody
//! through.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

thread_local! {
    /// The gates that this thread is inside of, innermost last.
    static INSIDE: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

#[derive(Default)]
struct State {
    active: usize,
    closed: bool,
}

/// One instance's gate.
pub(super) struct Gate {
    id: u64,
    state: Mutex<State>,
    left: Condvar,
}

impl Gate {
    pub fn new() -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self { id, state: Mutex::default(), left: Condvar::new() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Make a call into the host; `None` when the gate is closed. Not a lock: callbacks may nest and overlap.
    pub fn pass<T>(&self, call: impl FnOnce() -> T) -> Option<T> {
        let mut state = self.lock();
        if state.closed {
            return None;
        }
        state.active += 1;
        drop(state);
        let _leave = Leave(self);
        // A thread that is ending has no such list any more; it calls nobody that could ask.
        let _ = INSIDE.try_with(|inside| inside.borrow_mut().push(self.id));
        Some(call())
    }

    /// Is this thread inside a callback of this instance?
    pub fn inside(&self) -> bool {
        INSIDE.try_with(|inside| inside.borrow().contains(&self.id)).unwrap_or(false)
    }

    /// Let nobody through any more and wait until everybody is out. Never from inside.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        while state.active > 0 {
            state = self.left.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
    }
}

struct Leave<'a>(&'a Gate);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        let _ = INSIDE.try_with(|inside| {
            let mut inside = inside.borrow_mut();
            if let Some(last) = inside.iter().rposition(|id| *id == self.0.id) {
                inside.remove(last);
            }
        });
        self.0.lock().active -= 1;
        self.0.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    #[test]
    fn close_waits_for_whoever_is_inside_and_lets_nobody_through_later() {
        let gate = Gate::new();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let (entered, wait) = std::sync::mpsc::channel();
            let (gate, done) = (&gate, &done);
            scope.spawn(move || {
                gate.pass(|| {
                    entered.send(()).unwrap();
                    std::thread::sleep(Duration::from_millis(50));
                    done.store(true, Ordering::SeqCst);
                })
            });
            wait.recv().unwrap();
            gate.close();
            assert!(done.load(Ordering::SeqCst));
        });
        assert_eq!(gate.pass(|| ()), None);
    }

    #[test]
    fn a_thread_knows_whose_callback_it_is_in_also_when_nested() {
        let (ours, other) = (Gate::new(), Gate::new());
        ours.pass(|| {
            assert!(ours.inside() && !other.inside());
            other.pass(|| ours.pass(|| assert!(ours.inside() && other.inside())));
            assert!(ours.inside() && !other.inside());
        });
        assert!(!ours.inside());
    }
}
