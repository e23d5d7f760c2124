//! What one request may do to another.

use super::{CANCEL_LIMIT, PENDING_LIMIT, Requests};
use crate::abi;
use crate::plugin::outlet::{Next, Outlet};
use crate::plugin::redact::Redactor;
use crate::protocol::{Error, ErrorCode};
use serde::{Serialize, Serializer};
use std::sync::Arc;
use std::time::Duration;

fn table() -> (Arc<Requests>, Arc<Outlet>, Redactor) {
    let (outlet, redactor) = (Arc::new(Outlet::new(None)), Redactor::default());
    (Requests::new(outlet.clone(), redactor.clone()), outlet, redactor)
}

/// Id, status and JSON of the next completion, as a host takes it.
fn take(requests: &Requests, outlet: &Outlet) -> Option<(u64, i32, String)> {
    match outlet.next(Some(Duration::ZERO), None) {
        Next::Completion(done) => {
            requests.handed_over(done.request_id);
            Some((done.request_id, done.status, done.json))
        }
        _ => None,
    }
}

#[test]
fn a_late_answer_does_not_end_a_newer_request_with_the_same_id() {
    let (requests, outlet, _) = table();
    let late = requests.accept(5, PENDING_LIMIT).unwrap();
    assert!(requests.cancel(5));
    assert_eq!(take(&requests, &outlet).unwrap().1, abi::OC_E_CANCELLED);
    let newer = requests.accept(5, PENDING_LIMIT).unwrap();
    assert!(late.is_cancelled() && !newer.is_cancelled());
    late.complete(Ok("of the old request"));
    assert!(take(&requests, &outlet).is_none());
    newer.complete(Ok("of the new request"));
    assert_eq!(take(&requests, &outlet).unwrap().2, r#""of the new request""#);
}

#[test]
fn an_id_is_free_only_after_its_completion_was_handed_over() {
    let (requests, outlet, _) = table();
    requests.accept(1, PENDING_LIMIT).unwrap().complete(Ok(()));
    assert_eq!(requests.accept(1, PENDING_LIMIT).unwrap_err().code, ErrorCode::InvalidArgument);
    assert!(!requests.cancel(1), "what has ended cannot be cancelled");
    take(&requests, &outlet).unwrap();
    requests.accept(1, PENDING_LIMIT).unwrap();
}

#[test]
fn a_full_table_refuses_requests_but_not_the_cancel_that_helps() {
    let (requests, _outlet, _) = table();
    let held: Vec<_> = (0..PENDING_LIMIT as u64).map(|id| requests.accept(id, PENDING_LIMIT)).collect();
    assert!(held.iter().all(Result::is_ok));
    assert_eq!(requests.accept(9_999, PENDING_LIMIT).unwrap_err().code, ErrorCode::Busy);
    assert!(requests.accept(9_999, CANCEL_LIMIT).is_ok());
}

#[test]
fn a_cancel_that_comes_before_the_task_is_known_still_ends_the_task() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (requests, _outlet, _) = table();
    let responder = requests.accept(1, PENDING_LIMIT).unwrap();
    assert!(requests.cancel(1));
    let ticket = responder.ticket();
    let task = runtime.spawn(async move {
        let _responder = responder;
        std::future::pending::<()>().await;
    });
    requests.abort_with(ticket, task.abort_handle());
    assert!(runtime.block_on(task).unwrap_err().is_cancelled());
}

#[test]
fn a_result_that_panics_while_it_is_written_still_completes_the_request() {
    struct Bad;
    impl Serialize for Bad {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("cannot be written")
        }
    }
    let (requests, outlet, _) = table();
    let responder = requests.accept(3, PENDING_LIMIT).unwrap();
    let unwound =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| responder.complete::<Bad>(Ok(Bad))));
    assert!(unwound.is_err());
    assert_eq!(take(&requests, &outlet).unwrap().1, abi::OC_E_PANIC);
}

#[test]
fn results_and_errors_are_told_without_secrets() {
    let (requests, outlet, redactor) = table();
    redactor.add("tok\"en-12345");
    requests.accept(1, PENDING_LIMIT).unwrap().complete(Ok(vec!["it is tok\"en-12345."]));
    assert_eq!(take(&requests, &outlet).unwrap().2, r#"["it is [secret]."]"#);
    let error = Error::invalid("bad tok\"en-12345").at("tok\"en-12345");
    requests.accept(2, PENDING_LIMIT).unwrap().complete::<()>(Err(error));
    let told = take(&requests, &outlet).unwrap().2;
    assert!(told.contains("[secret]") && !told.contains("en-12345"), "{told}");
}

#[test]
fn everybody_who_was_accepted_is_completed_before_the_shutdown_goes_on() {
    for _ in 0..200 {
        let (requests, outlet, _) = table();
        let responder = requests.accept(1, PENDING_LIMIT).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| responder.complete(Ok(())));
            requests.close();
            requests.cancel_all();
            outlet.close(true);
            // Whatever won the race, the one completion is there before the queue says that it is closed.
            assert!(matches!(outlet.next(None, None), Next::Completion(_)));
            assert!(matches!(outlet.next(None, None), Next::Closed));
        });
    }
}
