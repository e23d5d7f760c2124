//! From init to destroy: order, threads, descriptors, and what a host does wrong about them.
// Clippy excuses test functions, but not their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(unsafe_code)]

mod support;
#[path = "support/raw.rs"]
mod with;

use host_sdk::abi;
use host_sdk::host::raw::{Callbacks, Handle, RawLibrary};
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const STATUS: &str = r#"{"type":"status.get"}"#;
const START: &str = r#"{"type":"account.start"}"#;

#[test]
fn shutdown_and_destroy_may_come_twice_or_without_each_other() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    assert_eq!(echo.shutdown(handle, 1_000).status, abi::OC_OK);
    assert_eq!(echo.shutdown(handle, 1_000).status, abi::OC_OK);
    echo.destroy(handle);
    echo.destroy(handle);
    let (handle, callbacks) = with::push(&echo, Callbacks::default());
    assert_eq!(echo.handle(handle, 1, START).status, abi::OC_PENDING);
    echo.destroy(handle);
    let calls = callbacks.calls();
    assert!(calls >= 1, "the completion at least");
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(callbacks.calls(), calls);
}

#[test]
fn two_threads_may_shut_down_at_once_and_both_return_when_it_is_over() {
    let echo = with::echo();
    let (handle, callbacks) = with::push(&echo, Callbacks::default());
    assert_eq!(echo.handle(handle, 1, START).status, abi::OC_PENDING);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                assert_eq!(echo.shutdown(handle, 200).status, abi::OC_OK);
                let calls = callbacks.calls();
                std::thread::sleep(Duration::from_millis(50));
                assert_eq!(callbacks.calls(), calls);
            });
        }
    });
    echo.destroy(handle);
}

#[test]
fn after_shutdown_every_call_is_answered_with_closed() {
    let echo = with::echo();
    let (handle, _) = with::push(&echo, Callbacks::default());
    assert_eq!(echo.shutdown(handle, 0).status, abi::OC_OK);
    for outcome in [echo.handle(handle, 1, STATUS), echo.send(handle, 2, r#"{"target":"room:a"}"#)] {
        assert_eq!(outcome.status, abi::OC_E_CLOSED);
        assert!(outcome.message().contains("shut down"), "{outcome:?}");
    }
    echo.destroy(handle);
}

/// Which callback tried, and the status that it got.
type Tries = Arc<Mutex<Vec<(&'static str, i32)>>>;

/// Callbacks that try to end their own instance, and the statuses that they got.
fn suicidal(library: &RawLibrary) -> (Handle, Arc<Callbacks>, Tries) {
    let tried = Tries::default();
    let handle = Arc::new(Mutex::new(Handle::NULL));
    let try_it = |name: &'static str| {
        let (library, tried, handle) = (library.clone(), tried.clone(), handle.clone());
        move || {
            let handle = *handle.lock().unwrap();
            if handle.is_null() {
                return;
            }
            library.destroy(handle);
            let status = library.shutdown(handle, 1_000).status;
            tried.lock().unwrap().push((name, status));
        }
    };
    let (event, complete, log) = (try_it("event"), try_it("complete"), try_it("log"));
    let callbacks = Callbacks::default()
        .on_event(move |_| {
            event();
            abi::OC_OK
        })
        .on_complete(move |_, _, _| complete())
        .on_log(move |_, _| log());
    let (made, callbacks) = with::push(library, callbacks);
    *handle.lock().unwrap() = made;
    (made, callbacks, tried)
}

#[test]
fn an_instance_cannot_be_ended_from_inside_its_own_callbacks() {
    let echo = with::echo();
    let (handle, _, tried) = suicidal(&echo);
    assert_eq!(echo.handle(handle, 1, START).status, abi::OC_PENDING);
    with::eventually("both callbacks", || tried.lock().unwrap().len() >= 2);
    // In debug builds: a log record on this very thread, from inside `handle`.
    assert_eq!(echo.handle(handle, 2, r#"{"type":"test.panic"}"#).status, abi::OC_PENDING);
    with::eventually("the answer", || tried.lock().unwrap().len() >= 3);
    let tried = tried.lock().unwrap().clone();
    assert!(tried.iter().all(|(_, status)| *status == abi::OC_E_INVALID_ARGUMENT), "{tried:?}");
    assert_eq!(tried.iter().any(|(name, _)| *name == "log"), cfg!(debug_assertions), "{tried:?}");
    assert_eq!(echo.handle(handle, 3, STATUS).status, abi::OC_PENDING, "it still lives");
    assert_eq!(echo.shutdown(handle, 1_000).status, abi::OC_OK);
    echo.destroy(handle);
}

#[test]
fn a_callback_that_calls_shutdown_while_another_thread_shuts_down_is_no_deadlock() {
    let echo = with::echo();
    let handle = Arc::new(Mutex::new(Handle::NULL));
    let status = Arc::new(AtomicI32::new(77));
    let (library, cell, got) = (echo.clone(), handle.clone(), status.clone());
    let callbacks = Callbacks::default().on_complete(move |_, _, _| {
        // By then the other thread is inside shutdown and waits for this callback.
        std::thread::sleep(Duration::from_millis(300));
        got.store(library.shutdown(*cell.lock().unwrap(), 1_000).status, Ordering::SeqCst);
    });
    let (made, _) = with::push(&echo, callbacks);
    *handle.lock().unwrap() = made;
    assert_eq!(echo.handle(made, 1, STATUS).status, abi::OC_PENDING);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(echo.shutdown(made, 1_000).status, abi::OC_OK);
    assert_eq!(status.load(Ordering::SeqCst), abi::OC_E_INVALID_ARGUMENT);
    echo.destroy(made);
}

#[test]
fn callbacks_may_make_requests_also_with_the_id_that_just_ended_and_end_other_instances() {
    let echo = with::echo();
    let other = with::pull(&echo);
    let handle = Arc::new(Mutex::new(Handle::NULL));
    let rounds = Arc::new(AtomicUsize::new(0));
    let (library, cell, counter) = (echo.clone(), handle.clone(), rounds.clone());
    let callbacks = Callbacks::default().on_complete(move |id, _, _| {
        if counter.fetch_add(1, Ordering::SeqCst) < 50 {
            assert_eq!(library.handle(*cell.lock().unwrap(), id, STATUS).status, abi::OC_PENDING);
        }
        library.destroy(other);
    });
    let (made, _) = with::push(&echo, callbacks);
    *handle.lock().unwrap() = made;
    assert_eq!(echo.handle(made, 1, STATUS).status, abi::OC_PENDING);
    with::eventually("51 completions", || rounds.load(Ordering::SeqCst) == 51);
    assert_eq!(echo.shutdown(other, 0).status, abi::OC_E_CLOSED);
    echo.destroy(made);
}

#[test]
fn a_library_that_is_loaded_twice_is_one_library_and_instances_share_nothing() {
    let (first, second) = (with::echo(), with::echo());
    assert_eq!(first.table(), second.table());
    let (one, other) = (with::pull(&first), with::pull(&second));
    with::ask(&first, one, 1, START);
    let status = with::ask(&second, one, 2, STATUS);
    assert_eq!(status["result"]["accounts"][0]["running"], true);
    let status = with::ask(&second, other, 1, STATUS);
    assert_eq!(status["result"]["accounts"][0]["running"], false);
    first.destroy(one);
    assert_eq!(second.handle(other, 3, STATUS).status, abi::OC_PENDING);
    second.destroy(other);
}

#[cfg(target_os = "linux")]
fn count(folder: &str) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[cfg(target_os = "linux")]
fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Runs alone in a process of its own: other tests have threads and files too.
#[test]
#[ignore = "run by its neighbour in a process of its own"]
#[cfg(target_os = "linux")]
fn rounds_alone() {
    let echo = with::echo();
    let round = |push: bool| {
        let handle = if push { with::push(&echo, Callbacks::default()).0 } else { with::pull(&echo) };
        assert_eq!(echo.handle(handle, 1, START).status, abi::OC_PENDING);
        for id in 2..50 {
            assert_eq!(echo.send(handle, id, r#"{"target":"room:a","text":"x"}"#).status, abi::OC_PENDING);
        }
        assert_eq!(echo.shutdown(handle, 0).status, abi::OC_OK);
        echo.destroy(handle);
    };
    for number in 0..10 {
        round(number % 2 == 0);
    }
    let before = (count("/proc/self/task"), count("/proc/self/fd"), resident_kib());
    for number in 0..100 {
        round(number % 2 == 0);
    }
    let after = (count("/proc/self/task"), count("/proc/self/fd"), resident_kib());
    assert_eq!((after.0, after.1), (before.0, before.1), "threads and descriptors");
    assert!(after.2 < before.2 + 4 * 1024, "memory grew from {} to {} KiB", before.2, after.2);
}

#[test]
#[cfg(target_os = "linux")]
fn a_hundred_rounds_leave_no_thread_no_descriptor_and_no_memory_behind() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "rounds_alone", "--test-threads=1"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[cfg(unix)]
fn a_child_after_fork_is_told_that_the_instance_is_not_its_own() {
    unsafe extern "C" {
        fn fork() -> i32;
        fn waitpid(process: i32, status: *mut i32, options: i32) -> i32;
        fn _exit(code: i32) -> !;
    }
    let echo = with::echo();
    let (handle, _) = with::push(&echo, Callbacks::default());
    // SAFETY: the child makes a few calls that take no lock of other threads, and leaves without any clean-up.
    let child = unsafe { fork() };
    if child == 0 {
        let refused = echo.handle(handle, 1, STATUS).status == abi::OC_E_CLOSED
            && echo.shutdown(handle, 5_000).status == abi::OC_E_CLOSED;
        echo.destroy(handle);
        // SAFETY: ends the child only.
        unsafe { _exit(if refused { 0 } else { 1 }) };
    }
    let mut status = -1;
    // SAFETY: our own child; `status` is writable.
    with::eventually("the child ends", || unsafe { waitpid(child, &raw mut status, 1) } == child);
    assert_eq!(status, 0, "the child's wait status");
    assert_eq!(echo.handle(handle, 1, STATUS).status, abi::OC_PENDING, "the parent's goes on");
    echo.destroy(handle);
}
