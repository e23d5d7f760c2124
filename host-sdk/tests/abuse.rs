//! Wrong arguments, one by one: each is answered with a documented status and a sentence that helps.
// Clippy excuses test functions, but not their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
#[path = "support/raw.rs"]
mod with;

use host_sdk::abi;
use host_sdk::host::raw::{Arg, Callbacks, EntryArgs, ErrorArg, Handle, HostArgs, Outcome, RawLibrary};
use std::sync::Arc;

const STATUS: &str = r#"{"type":"status.get"}"#;

/// The call was refused with `status`, naming `field` and saying `hint`.
#[track_caller]
fn refused(outcome: &Outcome, status: i32, field: &str, hint: &str) {
    assert_eq!(outcome.status, status, "{outcome:?}");
    let error = outcome.error.as_ref().expect("no error was filled");
    assert_eq!(error.code, status);
    assert!(error.message.contains(hint), "{:?} does not say {hint:?}", error.message);
    let detail: serde_json::Value = serde_json::from_str(&error.detail_json).unwrap();
    assert_eq!(detail["message"], error.message);
    assert_eq!(detail["field"].as_str().unwrap_or_default(), field, "{detail}");
}

#[test]
fn the_entry_function_refuses_what_it_cannot_read_or_speak() {
    let echo = with::echo();
    let good = EntryArgs::default();
    let try_with = |arguments: EntryArgs| {
        let (table, outcome) = echo.entry(&arguments, ErrorArg::default());
        assert_eq!(table == 0, outcome.status < 0);
        outcome
    };
    let invalid = abi::OC_E_INVALID_ARGUMENT;
    refused(&try_with(EntryArgs { struct_size: None, ..good }), invalid, "request", "oc_entry_request");
    for size in [0, 4, 47] {
        let outcome = try_with(EntryArgs { struct_size: Some(size), ..good });
        refused(&outcome, invalid, "request.struct_size", "sizeof(oc_entry_request)");
    }
    let outcome = try_with(EntryArgs { abi_min: 3, abi_max: 2, ..good });
    refused(&outcome, invalid, "request.abi_min", "abi_min 3 is above abi_max 2");
    let outcome = try_with(EntryArgs { abi_min: 4_000_000_000, abi_max: u32::MAX, ..good });
    refused(&outcome, abi::OC_E_VERSION_MISMATCH, "", "update the plugin");
    for fine in [EntryArgs { struct_size: Some(u32::MAX), ..good }, EntryArgs { abi_max: u32::MAX, ..good }] {
        assert_eq!(echo.entry(&fine, ErrorArg::default()), (echo.table().address, done()));
    }
}

fn done() -> Outcome {
    Outcome { status: abi::OC_OK, error: None }
}

#[test]
fn the_table_is_complete_and_the_flat_symbols_are_its_functions() {
    let table = with::echo().table();
    assert_eq!((table.magic, table.abi_minor, table.reserved), (abi::OC_MAGIC, abi::OC_ABI_MINOR, 0));
    assert_eq!(table.flags, abi::OC_FLAG_NEVER_UNLOAD | abi::OC_FLAG_THREAD_SAFE);
    assert_eq!((table.missing, table.strangers), (vec![], vec![]));
    assert_eq!(table.texts[..2], ["echo", "Echo"]);
    assert!(serde_json::from_str::<serde_json::Value>(&table.texts[3]).unwrap().is_object());
}

#[track_caller]
fn init_refused(library: &RawLibrary, host: &HostArgs, json: Arg<'_>, status: i32, field: &str, hint: &str) {
    let (handle, outcome) = library.init(host, json, ErrorArg::default());
    refused(&outcome, status, field, hint);
    assert!(handle.is_null(), "a failed init must clear *out");
}

#[test]
fn init_refuses_a_host_that_it_cannot_serve() {
    let echo = with::echo();
    let good = HostArgs::pull();
    let init = |host: HostArgs, field: &str, hint: &str| {
        init_refused(&echo, &host, "{}".into(), abi::OC_E_INVALID_ARGUMENT, field, hint);
    };
    init(HostArgs { struct_size: None, ..good.clone() }, "host", "oc_host");
    init(HostArgs { out: false, ..good.clone() }, "out", "out is not a pointer");
    for size in [0, 8, 47] {
        init(HostArgs { struct_size: Some(size), ..good.clone() }, "host.struct_size", "sizeof(oc_host)");
    }
    init(
        HostArgs { on_event: true, ..good.clone() },
        "host.on_complete",
        "both be set (push) or both be null",
    );
    init(
        HostArgs { on_complete: true, ..good.clone() },
        "host.on_event",
        "both be set (push) or both be null",
    );
    let newer = HostArgs { abi_minor: 77, ..good.clone() };
    let mismatch = abi::OC_E_VERSION_MISMATCH;
    init_refused(&echo, &newer, "{}".into(), mismatch, "host.abi_minor", "the minor that the entry function");
    let (handle, outcome) =
        echo.init(&HostArgs { struct_size: Some(u32::MAX), ..good }, "{}", ErrorArg::default());
    assert_eq!(outcome, done(), "a larger struct is a newer host, not a wrong one");
    echo.destroy(handle);
}

#[test]
fn init_names_what_is_wrong_with_the_object() {
    let echo = with::echo();
    let invalid = abi::OC_E_INVALID_ARGUMENT;
    let host = HostArgs::pull();
    for (json, field, hint) in [
        ("", "", "must be a JSON object"),
        ("[]", "", "must be a JSON object"),
        ("{", "", "EOF"),
        (r#"{"rol":"client"}"#, "rol", "the field rol is not known"),
        (r#"{"role":"hunter2-hunter2"}"#, "role", "expected `gateway` or `client`"),
        (r#"{"log":{"level":7}}"#, "log.level", "wrong at log.level"),
    ] {
        init_refused(&echo, &host, json.into(), invalid, field, hint);
    }
    init_refused(
        &echo,
        &host,
        Arg::bytes(b"{\"a\":\"\xff\"}"),
        invalid,
        "init_json",
        "not valid UTF-8 at byte 6",
    );
    init_refused(&echo, &host, Arg::null(9), invalid, "init_json", "null pointer with a length");
}

/// Every function that takes text, given the same argument.
fn everywhere(library: &RawLibrary, handle: Handle, argument: Arg<'_>) -> [i32; 4] {
    let (made, init) = library.init(&HostArgs::pull(), argument, ErrorArg::default());
    assert!(made.is_null());
    [
        init.status,
        library.handle(handle, 1, argument).status,
        library.send(handle, 2, argument).status,
        library.query(argument).status,
    ]
}

#[test]
fn what_is_no_json_is_refused_everywhere() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    let megabyte = vec![b'x'; 1024 * 1024];
    let binary: Vec<u8> = (0..1024 * 1024_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let deep = "[".repeat(1024 * 1024);
    let deep_object = r#"{"a":"#.repeat(100_000);
    let invalid = [abi::OC_E_INVALID_ARGUMENT; 4];
    for argument in [
        Arg::from(""),
        Arg::null(0),
        Arg::null(1),
        Arg::bytes(b"\xff\xfe"),
        Arg::bytes(b"{\"type\":\"\xed\xa0\x80\"}"),
        Arg::bytes(b"\0"),
        Arg::bytes(&megabyte),
        Arg::bytes(&binary),
        Arg::from(&deep),
        Arg::from(&deep_object),
    ] {
        assert_eq!(everywhere(&echo, handle, argument), invalid);
    }
    let huge = format!(r#"{{"text":"{}"}}"#, "x".repeat(16 * 1024 * 1024));
    assert_eq!(everywhere(&echo, handle, Arg::from(&huge)), [abi::OC_E_TOO_LARGE; 4]);
    assert_eq!(everywhere(&echo, handle, Arg::null(u64::MAX)), [abi::OC_E_TOO_LARGE; 4]);
    assert_eq!(echo.poll(handle, 0).status, abi::OC_EMPTY, "a refused call has no completion");
    echo.destroy(handle);
}

#[test]
fn requests_name_what_is_wrong_with_them() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    let invalid = abi::OC_E_INVALID_ARGUMENT;
    refused(&echo.handle(handle, 1, "{}"), invalid, "type", "one of account.start");
    refused(
        &echo.handle(handle, 1, r#"{"type":"no.such"}"#),
        abi::OC_E_NOT_SUPPORTED,
        "type",
        "account.start",
    );
    refused(&echo.handle(handle, 1, r#"{"type":"cancel"}"#), invalid, "request_id", "is missing");
    refused(&echo.send(handle, 1, r#"{"text":"x"}"#), invalid, "target", "is missing");
    refused(&echo.send(handle, 1, r#"{"target":"a","txt":"x"}"#), invalid, "txt", "not known");
    let answer = echo.query("{}");
    assert_eq!(answer.status, invalid);
    let answer: serde_json::Value = serde_json::from_str(&answer.json.unwrap()).unwrap();
    assert_eq!((answer["ok"].as_bool(), answer["error"]["field"].as_str()), (Some(false), Some("type")));
    assert_eq!(echo.query_into_null(r#"{"type":"capabilities"}"#), invalid);
    assert_eq!(echo.poll_into_null(handle), invalid);
    echo.destroy(handle);
}

#[test]
fn a_handle_that_is_none_is_recognised() {
    let echo = with::echo();
    let gone = with::pull(&echo);
    echo.destroy(gone);
    echo.destroy(gone);
    echo.destroy(Handle::NULL);
    let closed = (abi::OC_E_CLOSED, "create one with init");
    let null = (abi::OC_E_INVALID_ARGUMENT, "the handle that init stored");
    let strange = [1, 8, 0x10, 0xdead_beef, usize::MAX].map(|number| (Handle::made_up(number), closed));
    for (handle, (status, hint)) in strange.into_iter().chain([(gone, closed), (Handle::NULL, null)]) {
        refused(&echo.handle(handle, 1, STATUS), status, "channel", hint);
        refused(&echo.send(handle, 1, r#"{"target":"room:a"}"#), status, "channel", hint);
        refused(&echo.shutdown(handle, 0), status, "channel", hint);
        assert_eq!(echo.poll(handle, 1_000).status, status);
        assert_eq!(echo.wake_fd(handle), -1);
        echo.destroy(handle);
    }
}

#[test]
fn an_error_struct_that_is_null_or_too_small_is_left_alone() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    for error in [ErrorArg::Null, ErrorArg::Claiming(0), ErrorArg::Claiming(4), ErrorArg::Claiming(87)] {
        let nothing = Outcome { status: abi::OC_E_INVALID_ARGUMENT, error: None };
        assert_eq!(echo.handle_with(handle, 1, "{", error), nothing);
        assert_eq!(echo.init(&HostArgs::pull(), "{", error).1, nothing);
        assert_eq!(echo.entry(&EntryArgs { struct_size: Some(0), ..EntryArgs::default() }, error).0, 0);
    }
    let larger = echo.handle_with(handle, 1, "{", ErrorArg::Claiming(u32::MAX));
    assert!(larger.error.is_some());
    echo.destroy(handle);
}

#[test]
fn errors_say_whether_trying_again_helps() {
    let echo = with::echo();
    let (handle, _) = with::push(&echo, Callbacks::default());
    let flags = |outcome: Outcome| outcome.error.unwrap().flags;
    assert_eq!(flags(echo.handle(handle, 1, "{")), abi::OC_ERROR_PERMANENT);
    assert_eq!(echo.shutdown(handle, 0), done());
    let closed = echo.handle(handle, 1, STATUS);
    assert_eq!(closed.error.as_ref().unwrap().retry_after_ms, -1);
    assert_eq!(flags(closed), 0, "another instance may well take it");
    echo.destroy(handle);
}

#[test]
fn the_same_pointer_may_serve_many_instances() {
    let echo = with::echo();
    let callbacks = Arc::new(Callbacks::default());
    let handles: Vec<Handle> =
        (0..3).map(|_| echo.init(&HostArgs::push(callbacks.clone()), "{}", ErrorArg::default()).0).collect();
    assert!(handles[0] != handles[1] && handles[1] != handles[2] && !handles[0].is_null());
    for handle in handles {
        echo.destroy(handle);
    }
}
