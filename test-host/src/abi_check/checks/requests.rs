//! Requests, completions and deliveries.

use super::{Check, Checked, NOWHERE, Not, STATUS, Subject, delivery, must, refused, returned};
use host_sdk::abi;
use host_sdk::host::raw::{Callbacks, readable};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub const CHECKS: &[(&str, Check)] = &[
    ("query-answers-capabilities", capabilities),
    ("pull-delivers-completions", pull),
    ("poll-keeps-its-time", poll_time),
    ("wake-descriptor-tells-the-truth", wake),
    ("push-delivers-completions", push),
    ("push-cannot-be-polled", push_is_no_pull),
    ("send-completes", send),
    ("duplicate-id-is-refused", duplicate),
    ("cancel-is-answered", cancel),
    ("busy-when-full-and-nothing-lost", busy),
    ("each-request-ends-once", exactly_once),
    ("panic-stays-inside", panic),
];

fn capabilities(subject: &Subject) -> Checked {
    let answer = subject.library.query(r#"{"type":"capabilities"}"#);
    returned("capabilities", answer.status, abi::OC_OK)?;
    let answer: serde_json::Value =
        serde_json::from_str(&answer.json.unwrap_or_default()).unwrap_or_default();
    let id = subject.library.table().texts[0].clone();
    must(answer["ok"] == true && answer["result"]["id"] == id, || format!("the answer is {answer}"))
}

fn pull(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    returned("status.get", subject.library.handle(handle, 1, STATUS).status, abi::OC_PENDING)?;
    let done = subject.completion(handle, 1)?;
    must(done["status"] == 0 && done["result"].is_object(), || format!("the completion is {done}"))?;
    subject.library.destroy(handle);
    Ok(())
}

fn poll_time(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    let start = Instant::now();
    returned("poll(0)", subject.library.poll(handle, 0).status, abi::OC_EMPTY)?;
    must(start.elapsed() < Duration::from_secs(1), || format!("poll(0) took {:?}", start.elapsed()))?;
    let start = Instant::now();
    returned("poll(150)", subject.library.poll(handle, 150).status, abi::OC_EMPTY)?;
    let took = start.elapsed();
    must(took >= Duration::from_millis(140) && took < Duration::from_secs(5), || {
        format!("poll(150) took {took:?}")
    })?;
    subject.library.destroy(handle);
    Ok(())
}

fn wake(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    let library = &subject.library;
    let descriptor = library.wake_fd(handle);
    if descriptor < 0 {
        let reason = "there is no descriptor; on Windows that is right";
        return Err(if cfg!(unix) { Not::Kept(reason.to_owned()) } else { Not::Checked(reason.to_owned()) });
    }
    for _ in 0..20 {
        must(!readable(descriptor, Duration::ZERO), || "it is readable while nothing waits".to_owned())?;
        returned("status.get", library.handle(handle, 1, STATUS).status, abi::OC_PENDING)?;
        must(readable(descriptor, Duration::from_secs(10)), || "it is not readable in time".to_owned())?;
        subject.completion(handle, 1)?;
        returned("poll", library.poll(handle, 0).status, abi::OC_EMPTY)?;
    }
    library.destroy(handle);
    Ok(())
}

/// Ids and statuses of completions.
type Book = Arc<Mutex<Vec<(u64, i32)>>>;

/// Completions as a push host hears them, and callbacks that write them down.
fn book() -> (Book, Callbacks) {
    let book = Book::default();
    let writer = book.clone();
    let callbacks = Callbacks::default().on_complete(move |id, status, _| {
        writer.lock().unwrap_or_else(PoisonError::into_inner).push((id, status));
    });
    (book, callbacks)
}

fn push(subject: &Subject) -> Checked {
    let (book, callbacks) = book();
    let (handle, _) = subject.push(callbacks)?;
    returned("status.get", subject.library.handle(handle, 9, STATUS).status, abi::OC_PENDING)?;
    let end = Instant::now() + Duration::from_secs(10);
    while book.lock().unwrap_or_else(PoisonError::into_inner).is_empty() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(5));
    }
    subject.library.destroy(handle);
    let heard = book.lock().unwrap_or_else(PoisonError::into_inner).clone();
    must(heard == [(9, abi::OC_OK)], || format!("completions: {heard:?}"))
}

fn push_is_no_pull(subject: &Subject) -> Checked {
    let (handle, _) = subject.push(Callbacks::default())?;
    returned("poll", subject.library.poll(handle, 0).status, abi::OC_E_NOT_SUPPORTED)?;
    let descriptor = subject.library.wake_fd(handle);
    must(descriptor == -1, || format!("the descriptor is {descriptor}"))?;
    subject.library.destroy(handle);
    Ok(())
}

fn send(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    let outcome = subject.library.send(handle, 1, NOWHERE);
    if outcome.status < 0 {
        return refused("a message to nowhere", &outcome, outcome.status);
    }
    let done = subject.completion(handle, 1)?;
    must(done["status"].as_i64().is_some_and(|status| status < 0), || format!("it was delivered: {done}"))?;
    must(done["error"]["message"].is_string(), || format!("no error object: {done}"))?;
    subject.library.destroy(handle);
    Ok(())
}

fn duplicate(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    let library = &subject.library;
    returned("the first", library.handle(handle, 7, STATUS).status, abi::OC_PENDING)?;
    refused("the second", &library.handle(handle, 7, STATUS), abi::OC_E_INVALID_ARGUMENT)?;
    subject.completion(handle, 7)?;
    returned("after the completion", library.handle(handle, 7, STATUS).status, abi::OC_PENDING)?;
    library.destroy(handle);
    Ok(())
}

fn cancel(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    let nobody = r#"{"type":"cancel","request_id":4711}"#;
    returned("cancel", subject.library.handle(handle, 1, nobody).status, abi::OC_PENDING)?;
    let done = subject.completion(handle, 1)?;
    must(done["result"]["cancelled"] == false, || format!("nobody was cancelled: {done}"))?;
    subject.library.destroy(handle);
    Ok(())
}

fn busy(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    let library = &subject.library;
    let mut accepted = 0_u64;
    let refusal = loop {
        let outcome = library.handle(handle, accepted, STATUS);
        if outcome.status != abi::OC_PENDING {
            break outcome;
        }
        accepted += 1;
        must(accepted < 1_000_000, || "a million completions wait and it takes more".to_owned())?;
    };
    refused("the one too many", &refusal, abi::OC_E_BUSY)?;
    for number in 0..accepted {
        let done = delivery(&library.poll(handle, 10_000))?;
        must(done["kind"] == "completion", || format!("after {number} completions: {done}"))?;
    }
    returned("poll", library.poll(handle, 0).status, abi::OC_EMPTY)?;
    library.destroy(handle);
    Ok(())
}

fn exactly_once(subject: &Subject) -> Checked {
    let (book, callbacks) = book();
    let (handle, _) = subject.push(callbacks)?;
    let library = &subject.library;
    let accepted = Mutex::new(HashMap::<u64, usize>::new());
    let strange = Mutex::new(None);
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let (accepted, strange) = (&accepted, &strange);
            scope.spawn(move || {
                for number in 0.. {
                    let id = thread * 10_000_000 + number;
                    let outcome = if number % 3 == 0 {
                        library.send(handle, id, NOWHERE)
                    } else {
                        library.handle(handle, id, STATUS)
                    };
                    match outcome.status {
                        abi::OC_PENDING => {
                            accepted.lock().unwrap_or_else(PoisonError::into_inner).insert(id, 0);
                        }
                        abi::OC_E_BUSY => std::thread::sleep(Duration::from_millis(1)),
                        abi::OC_E_CLOSED => return,
                        _ if number % 3 == 0 && outcome.status < 0 => {}
                        other => {
                            *strange.lock().unwrap_or_else(PoisonError::into_inner) = Some(other);
                            return;
                        }
                    }
                }
            });
        }
        std::thread::sleep(Duration::from_millis(300));
        let _ = library.shutdown(handle, 500);
    });
    library.destroy(handle);
    let strange = *strange.lock().unwrap_or_else(PoisonError::into_inner);
    must(strange.is_none(), || format!("a request was answered with status {strange:?}"))?;
    let mut ends = accepted.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (id, _) in book.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        *ends.entry(*id).or_insert(1_000) += 1;
    }
    let wrong = ends.values().filter(|times| **times != 1).count();
    must(wrong == 0, || format!("{wrong} of {} requests did not end exactly once", ends.len()))
}

fn panic(subject: &Subject) -> Checked {
    let build: serde_json::Value =
        serde_json::from_str(&subject.library.table().texts[3]).unwrap_or_default();
    if build["profile"] != "debug" {
        return Err(Not::Checked("only debug builds can be made to panic".to_owned()));
    }
    let handle = subject.pull()?;
    let request = r#"{"type":"test.panic"}"#;
    returned("test.panic", subject.library.handle(handle, 1, request).status, abi::OC_PENDING)?;
    let done = subject.completion(handle, 1)?;
    must(done["status"] == abi::OC_E_PANIC, || format!("the completion is {done}"))?;
    returned("afterwards", subject.library.handle(handle, 2, STATUS).status, abi::OC_PENDING)?;
    subject.completion(handle, 2)?;
    subject.library.destroy(handle);
    Ok(())
}
