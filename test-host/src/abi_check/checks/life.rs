//! From init to destroy.

use super::{Check, Checked, Not, STATUS, Subject, must, refused, returned};
use host_sdk::abi;
use host_sdk::host::raw::{Callbacks, Handle, HostArgs};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub const CHECKS: &[(&str, Check)] = &[
    ("gateway-starts-and-stops", gateway),
    ("shutdown-twice", shutdown_twice),
    ("destroy-twice", destroy_twice),
    ("destroy-without-shutdown", destroy_alone),
    ("closed-after-shutdown", closed),
    ("stale-handles-are-closed", stale),
    ("no-callback-after-shutdown", no_callback),
    ("shutdown-in-a-callback-is-refused", in_callback),
    ("two-instances", two_instances),
    ("threads-are-joined", threads),
    ("descriptors-are-closed", descriptors),
];

fn gateway(subject: &Subject) -> Checked {
    let handle = subject.open(&HostArgs::pull(), "gateway")?;
    returned("status.get", subject.library.handle(handle, 1, STATUS).status, abi::OC_PENDING)?;
    subject.completion(handle, 1)?;
    returned("shutdown", subject.library.shutdown(handle, 5_000).status, abi::OC_OK)?;
    subject.library.destroy(handle);
    // The state directory is free again.
    let handle = subject.open(&HostArgs::pull(), "gateway")?;
    subject.library.destroy(handle);
    Ok(())
}

fn shutdown_twice(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    returned("the first", subject.library.shutdown(handle, 1_000).status, abi::OC_OK)?;
    returned("the second", subject.library.shutdown(handle, 1_000).status, abi::OC_OK)?;
    subject.library.destroy(handle);
    Ok(())
}

fn destroy_twice(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    returned("shutdown", subject.library.shutdown(handle, 1_000).status, abi::OC_OK)?;
    subject.library.destroy(handle);
    subject.library.destroy(handle);
    Ok(())
}

fn destroy_alone(subject: &Subject) -> Checked {
    let (handle, _) = subject.push(Callbacks::default())?;
    returned("status.get", subject.library.handle(handle, 1, STATUS).status, abi::OC_PENDING)?;
    subject.library.destroy(handle);
    refused("afterwards", &subject.library.handle(handle, 2, STATUS), abi::OC_E_CLOSED)
}

fn closed(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    let library = &subject.library;
    returned("status.get", library.handle(handle, 1, STATUS).status, abi::OC_PENDING)?;
    returned("shutdown", library.shutdown(handle, 1_000).status, abi::OC_OK)?;
    refused("handle", &library.handle(handle, 2, STATUS), abi::OC_E_CLOSED)?;
    subject.completion(handle, 1)?;
    while library.poll(handle, 0).status == abi::OC_OK {}
    returned("poll when all is fetched", library.poll(handle, 5_000).status, abi::OC_E_CLOSED)?;
    library.destroy(handle);
    Ok(())
}

fn stale(subject: &Subject) -> Checked {
    let gone = subject.pull()?;
    let library = &subject.library;
    library.destroy(gone);
    for handle in [gone, Handle::made_up(1), Handle::made_up(0x10), Handle::made_up(usize::MAX)] {
        refused("handle", &library.handle(handle, 1, STATUS), abi::OC_E_CLOSED)?;
        refused("send", &library.send(handle, 1, r#"{"target":"a"}"#), abi::OC_E_CLOSED)?;
        refused("shutdown", &library.shutdown(handle, 0), abi::OC_E_CLOSED)?;
        returned("poll", library.poll(handle, 1_000).status, abi::OC_E_CLOSED)?;
        must(library.wake_fd(handle) == -1, || "a descriptor of no instance".to_owned())?;
        library.destroy(handle);
    }
    Ok(())
}

fn no_callback(subject: &Subject) -> Checked {
    let (handle, callbacks) = subject.push(Callbacks::default())?;
    for id in 0..100 {
        let _ = subject.library.handle(handle, id, STATUS);
    }
    returned("shutdown", subject.library.shutdown(handle, 1_000).status, abi::OC_OK)?;
    let calls = callbacks.calls();
    std::thread::sleep(Duration::from_millis(700));
    subject.library.destroy(handle);
    let later = callbacks.calls() - calls;
    must(later == 0, || format!("{later} callbacks after shutdown had returned"))
}

fn in_callback(subject: &Subject) -> Checked {
    let handle = Arc::new(Mutex::new(Handle::NULL));
    let status = Arc::new(AtomicI32::new(i32::MAX));
    let (library, cell, got) = (subject.library.clone(), handle.clone(), status.clone());
    let callbacks = Callbacks::default().on_complete(move |_, _, _| {
        let handle = *cell.lock().unwrap_or_else(PoisonError::into_inner);
        library.destroy(handle);
        got.store(library.shutdown(handle, 1_000).status, Ordering::SeqCst);
    });
    let (made, _) = subject.push(callbacks)?;
    *handle.lock().unwrap_or_else(PoisonError::into_inner) = made;
    returned("status.get", subject.library.handle(made, 1, STATUS).status, abi::OC_PENDING)?;
    for _ in 0..1_000 {
        if status.load(Ordering::SeqCst) != i32::MAX {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    returned("shutdown inside", status.load(Ordering::SeqCst), abi::OC_E_INVALID_ARGUMENT)?;
    returned("shutdown outside", subject.library.shutdown(made, 1_000).status, abi::OC_OK)?;
    subject.library.destroy(made);
    Ok(())
}

fn two_instances(subject: &Subject) -> Checked {
    let (first, second) = (subject.pull()?, subject.pull()?);
    let library = &subject.library;
    must(first != second, || "both have the same handle".to_owned())?;
    returned("status.get", library.handle(first, 1, STATUS).status, abi::OC_PENDING)?;
    subject.completion(first, 1)?;
    returned("the other's poll", library.poll(second, 200).status, abi::OC_EMPTY)?;
    library.destroy(first);
    returned("the other lives on", library.handle(second, 1, STATUS).status, abi::OC_PENDING)?;
    subject.completion(second, 1)?;
    library.destroy(second);
    Ok(())
}

/// How many entries a folder of /proc/self has after each of some rounds.
fn rounds(subject: &Subject, folder: &str) -> Result<Vec<usize>, Not> {
    if !cfg!(target_os = "linux") {
        return Err(Not::Checked("counted on Linux only".to_owned()));
    }
    let mut counts = Vec::new();
    for number in 0..12 {
        let handle = if number % 2 == 0 { subject.pull()? } else { subject.push(Callbacks::default())?.0 };
        let _ = subject.library.handle(handle, 1, STATUS);
        returned("shutdown", subject.library.shutdown(handle, 1_000).status, abi::OC_OK)?;
        subject.library.destroy(handle);
        let entries =
            std::fs::read_dir(folder).map_err(|error| Not::Checked(format!("{folder}: {error}")))?;
        counts.push(entries.count());
    }
    Ok(counts)
}

/// The first rounds may make things that live as long as the process.
fn level(what: &str, counts: &[usize]) -> Checked {
    let (first, last) = (counts.get(3), counts.last());
    must(first == last, || format!("{what} after each round: {counts:?}"))
}

fn threads(subject: &Subject) -> Checked {
    level("threads", &rounds(subject, "/proc/self/task")?)
}

fn descriptors(subject: &Subject) -> Checked {
    level("descriptors", &rounds(subject, "/proc/self/fd")?)
}
