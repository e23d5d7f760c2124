//! Panics stay inside.

use crate::protocol::{Error, ErrorCode};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// What the last panic of this thread said, and where.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
    /// How many guards this thread is inside of.
    static GUARDS: Cell<u32> = const { Cell::new(0) };
}

/// Threads of the plugin are recognised by their name.
pub(super) const THREAD_PREFIX: &str = "oc-";

/// Note place and text of panics on our threads and inside our guards, instead of printing them to the host's
/// standard error. Panics elsewhere in the process go where they went before.
pub(super) fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let ours = GUARDS.get() > 0
                || std::thread::current().name().is_some_and(|name| name.starts_with(THREAD_PREFIX));
            if !ours {
                before(info);
                return;
            }
            let text = info.payload_as_str().unwrap_or("(no text)");
            let place = info.location().map_or_else(
                || "an unknown place".to_owned(),
                |place| format!("{}:{}", place.file(), place.line()),
            );
            let line = format!("{text} at {place}");
            tracing::error!(panic = %line, "the channel panicked; the request or task ended, the channel goes on");
            // A panic while the slot is borrowed cannot be noted twice; the first one counts.
            // A thread that is ending has no slot any more: a second panic here would end the process.
            let _ = LAST.try_with(|last| {
                if let Ok(mut last) = last.try_borrow_mut() {
                    *last = Some(line);
                }
            });
        }));
    });
}

/// The error for the panic that this thread had last.
pub(super) fn last(during: &str) -> Error {
    let line = LAST.try_with(|last| last.try_borrow_mut().ok().and_then(|mut last| last.take()));
    let line = line.ok().flatten().unwrap_or_else(|| "(no details)".to_owned());
    Error::new(
        ErrorCode::Panic,
        format!("the channel panicked {during}: {line}; this is a fault of the plugin, please report it"),
    )
}

/// Run `work`; a panic becomes an error.
pub(super) fn guard<T>(during: &str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    struct Depth;
    impl Drop for Depth {
        fn drop(&mut self) {
            GUARDS.set(GUARDS.get() - 1);
        }
    }
    install_hook();
    GUARDS.set(GUARDS.get() + 1);
    let depth = Depth;
    let result = catch_unwind(AssertUnwindSafe(work));
    drop(depth);
    result.unwrap_or_else(|_| Err(last(during)))
}
