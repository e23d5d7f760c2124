//! Wrong arguments.

use super::{Check, Checked, NOWHERE, STATUS, Subject, must, refused, returned};
use host_sdk::abi;
use host_sdk::host::raw::{Arg, ErrorArg, Handle, HostArgs};

pub const CHECKS: &[(&str, Check)] = &[
    ("init-refuses-wrong-hosts", wrong_hosts),
    ("init-refuses-one-callback", one_callback),
    ("init-refuses-future-minor", future_minor),
    ("init-takes-newer-hosts", newer_hosts),
    ("garbage-is-refused", garbage),
    ("text-must-be-utf8", utf8),
    ("too-large-is-refused", too_large),
    ("unknown-fields-are-named", unknown_fields),
    ("errors-may-be-null-or-small", small_errors),
    ("errors-hide-secrets", secrets),
    ("null-results-are-refused", null_results),
];

fn init_refused(subject: &Subject, what: &str, host: &HostArgs, json: Arg<'_>, status: i32) -> Checked {
    let (handle, outcome) = subject.library.init(host, json, ErrorArg::default());
    must(handle.is_null(), || format!("{what}: *out is not null after a failed init"))?;
    refused(what, &outcome, status)
}

fn wrong_hosts(subject: &Subject) -> Checked {
    let good = HostArgs::pull();
    let json = subject.init_json("client");
    for (what, host) in [
        ("a null host", HostArgs { struct_size: None, ..good.clone() }),
        ("a null out", HostArgs { out: false, ..good.clone() }),
        ("struct_size 0", HostArgs { struct_size: Some(0), ..good.clone() }),
        ("struct_size 8", HostArgs { struct_size: Some(8), ..good.clone() }),
        ("struct_size 47", HostArgs { struct_size: Some(47), ..good }),
    ] {
        init_refused(subject, what, &host, Arg::from(&json), abi::OC_E_INVALID_ARGUMENT)?;
    }
    Ok(())
}

fn one_callback(subject: &Subject) -> Checked {
    let json = subject.init_json("client");
    for (what, host) in [
        ("only on_event", HostArgs { on_event: true, ..HostArgs::pull() }),
        ("only on_complete", HostArgs { on_complete: true, ..HostArgs::pull() }),
    ] {
        init_refused(subject, what, &host, Arg::from(&json), abi::OC_E_INVALID_ARGUMENT)?;
    }
    Ok(())
}

fn future_minor(subject: &Subject) -> Checked {
    let host = HostArgs { abi_minor: 1_000_000, ..HostArgs::pull() };
    let json = subject.init_json("client");
    init_refused(subject, "abi_minor 1000000", &host, Arg::from(&json), abi::OC_E_VERSION_MISMATCH)
}

fn newer_hosts(subject: &Subject) -> Checked {
    let handle = subject.open(&HostArgs { struct_size: Some(4_096), ..HostArgs::pull() }, "client")?;
    subject.library.destroy(handle);
    Ok(())
}

/// Give one argument to every function that takes text; each must answer with `status`.
fn everywhere(subject: &Subject, handle: Handle, what: &str, argument: Arg<'_>, status: i32) -> Checked {
    init_refused(subject, &format!("init with {what}"), &HostArgs::pull(), argument, status)?;
    let library = &subject.library;
    refused(&format!("handle with {what}"), &library.handle(handle, 1, argument), status)?;
    refused(&format!("send with {what}"), &library.send(handle, 2, argument), status)?;
    let answer = library.query(argument);
    returned(&format!("query with {what}"), answer.status, status)?;
    let json = serde_json::from_str::<serde_json::Value>(&answer.json.unwrap_or_default());
    must(json.is_ok_and(|json| json["ok"] == false && json["error"]["message"].is_string()), || {
        format!("query with {what}: the answer is no error object")
    })
}

fn garbage(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    let (letters, deep) = (vec![b'x'; 1024 * 1024], r#"{"a":["#.repeat(100_000));
    for (what, argument) in [
        ("nothing", Arg::from("")),
        ("null without a length", Arg::null(0)),
        ("null with a length", Arg::null(7)),
        ("no object", Arg::from("[]")),
        ("half an object", Arg::from(r#"{"type":"#)),
        ("1 MiB of letters", Arg::bytes(&letters)),
        ("100 000 levels", Arg::from(&deep)),
    ] {
        everywhere(subject, handle, what, argument, abi::OC_E_INVALID_ARGUMENT)?;
    }
    returned("poll after refused calls", subject.library.poll(handle, 0).status, abi::OC_EMPTY)?;
    subject.library.destroy(handle);
    Ok(())
}

fn utf8(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    for bytes in [&b"\xff\xfe"[..], b"{\"type\":\"\xed\xa0\x80\"}", b"{\"target\":\"\xc3\"}"] {
        everywhere(subject, handle, "invalid UTF-8", Arg::bytes(bytes), abi::OC_E_INVALID_ARGUMENT)?;
    }
    subject.library.destroy(handle);
    Ok(())
}

fn too_large(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    let text = format!(r#"{{"text":"{}"}}"#, "x".repeat(16 * 1024 * 1024));
    everywhere(subject, handle, "more than 16 MiB", Arg::from(&text), abi::OC_E_TOO_LARGE)?;
    subject.library.destroy(handle);
    Ok(())
}

fn unknown_fields(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    let library = &subject.library;
    let named = |what: &str, outcome: host_sdk::host::raw::Outcome, status: i32, field: &str| {
        refused(what, &outcome, status)?;
        let detail = outcome.error.map(|error| error.detail_json).unwrap_or_default();
        let detail: serde_json::Value = serde_json::from_str(&detail).unwrap_or_default();
        must(detail["field"] == field, || format!("{what}: the error does not name {field}: {detail}"))
    };
    let invalid = abi::OC_E_INVALID_ARGUMENT;
    let (_, outcome) = library.init(&HostArgs::pull(), r#"{"no_such_field":1}"#, ErrorArg::default());
    named("init", outcome, invalid, "no_such_field")?;
    named("handle", library.handle(handle, 1, r#"{"type":"no.such"}"#), abi::OC_E_NOT_SUPPORTED, "type")?;
    named("cancel", library.handle(handle, 1, r#"{"type":"cancel"}"#), invalid, "request_id")?;
    named("send", library.send(handle, 1, r#"{"target":"a","no_such_field":1}"#), invalid, "no_such_field")?;
    library.destroy(handle);
    Ok(())
}

fn small_errors(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    for error in [ErrorArg::Null, ErrorArg::Claiming(0), ErrorArg::Claiming(4), ErrorArg::Claiming(87)] {
        let outcome = subject.library.handle_with(handle, 1, "{", error);
        returned("handle with a small error", outcome.status, abi::OC_E_INVALID_ARGUMENT)?;
        must(outcome.error.is_none(), || format!("it wrote into an error that is {error:?}"))?;
    }
    subject.library.destroy(handle);
    Ok(())
}

fn secrets(subject: &Subject) -> Checked {
    const SECRET: &str = "a-secret-that-must-not-be-repeated";
    let handle = subject.pull()?;
    let library = &subject.library;
    let id = library.table().texts[0].clone();
    let account = serde_json::json!({ "botToken": SECRET, "token": SECRET, "enabled": "no", "baseUrl": 7 });
    let config = serde_json::json!({ "channels": { id: account } });
    let mut told = String::new();
    for init in [
        serde_json::json!({ "role": SECRET }),
        serde_json::json!({ "log": { "level": SECRET } }),
        serde_json::json!({ "role": "client", "config": config, "state_dir": subject.scratch }),
    ] {
        let (made, outcome) = library.init(&HostArgs::pull(), &init.to_string(), ErrorArg::default());
        told += &format!("{:?}", outcome.error);
        library.destroy(made);
    }
    let wrong_id = serde_json::json!({ "type": "cancel", "request_id": SECRET }).to_string();
    told += &format!("{:?}", library.handle(handle, 1, &wrong_id).error);
    let wrong_target = serde_json::json!({ "target": [SECRET] }).to_string();
    told += &format!("{:?}", library.send(handle, 1, &wrong_target).error);
    for question in [
        serde_json::json!({ "type": "config.validate", "config": config }),
        serde_json::json!({ "type": "account.list", "config": config, "env": {} }),
    ] {
        told += &library.query(&question.to_string()).json.unwrap_or_default();
    }
    library.destroy(handle);
    must(!told.contains(SECRET), || {
        let at = told.find(SECRET).unwrap_or_default();
        let before: String = told.chars().take(told[..at].chars().count()).collect();
        let from = before.chars().count().saturating_sub(120);
        format!(
            "a secret of the configuration is repeated after: {}",
            before.chars().skip(from).collect::<String>()
        )
    })
}

fn null_results(subject: &Subject) -> Checked {
    let handle = subject.pull()?;
    let library = &subject.library;
    returned("poll", library.poll_into_null(handle), abi::OC_E_INVALID_ARGUMENT)?;
    let status = library.query_into_null(r#"{"type":"capabilities"}"#);
    returned("query", status, abi::OC_E_INVALID_ARGUMENT)?;
    refused("handle", &library.handle(Handle::NULL, 1, STATUS), abi::OC_E_INVALID_ARGUMENT)?;
    refused("send", &library.send(Handle::NULL, 1, NOWHERE), abi::OC_E_INVALID_ARGUMENT)?;
    refused("shutdown", &library.shutdown(Handle::NULL, 0), abi::OC_E_INVALID_ARGUMENT)?;
    library.destroy(Handle::NULL);
    library.destroy(handle);
    Ok(())
}
