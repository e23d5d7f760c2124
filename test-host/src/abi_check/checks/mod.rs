//! The checks.

mod arguments;
mod life;
mod requests;
mod table;

use host_sdk::abi;
use host_sdk::host::raw::{Callbacks, ErrorArg, Handle, HostArgs, Outcome, Polled, RawLibrary};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a check did not pass.
pub enum Not {
    /// The promise is broken.
    Kept(String),
    /// It cannot be checked here.
    Checked(String),
}

type Checked = Result<(), Not>;
type Check = fn(&Subject) -> Checked;

/// Every check, in the order in which they run.
const GROUPS: [&[(&str, Check)]; 4] = [table::CHECKS, arguments::CHECKS, requests::CHECKS, life::CHECKS];

/// The names of all checks.
pub fn names() -> impl Iterator<Item = &'static str> {
    GROUPS.into_iter().flatten().map(|(name, _)| *name)
}

/// Run one check in this process.
pub fn run(name: &str, path: &Path, scratch: &Path) -> Checked {
    let Some((_, check)) = GROUPS.into_iter().flatten().find(|(known, _)| *known == name) else {
        return Err(Not::Kept(format!("there is no check {name}")));
    };
    let library =
        RawLibrary::open(path).map_err(|reason| Not::Kept(format!("it cannot be loaded: {reason}")))?;
    check(&Subject { library, path: path.to_owned(), scratch: scratch.to_owned() })
}

/// Fail with a reason unless `kept` holds.
fn must(kept: bool, reason: impl FnOnce() -> String) -> Checked {
    if kept { Ok(()) } else { Err(Not::Kept(reason())) }
}

/// The call must have been refused with this status, with an error that says something.
fn refused(what: &str, outcome: &Outcome, status: i32) -> Checked {
    must(outcome.status == status, || format!("{what}: status {}, expected {status}", outcome.status))?;
    let told = outcome.error.as_ref().is_some_and(|error| {
        let detail = serde_json::from_str::<Value>(&error.detail_json);
        error.code == status && !error.message.is_empty() && detail.is_ok_and(|detail| detail.is_object())
    });
    must(told, || format!("{what}: the error was not filled as promised: {:?}", outcome.error))
}

/// The call must have returned this status.
fn returned(what: &str, got: i32, expected: i32) -> Checked {
    must(got == expected, || format!("{what}: status {got}, expected {expected}"))
}

/// A request that every channel serves.
const STATUS: &str = r#"{"type":"status.get"}"#;
/// A message that no channel delivers: the target means nothing anywhere.
const NOWHERE: &str = r#"{"target":"\u0001 nowhere \u0001","text":"never to be seen"}"#;

/// The library under test.
struct Subject {
    library: RawLibrary,
    path: PathBuf,
    scratch: PathBuf,
}

impl Subject {
    /// An init object that every channel takes: nothing is configured.
    fn init_json(&self, role: &str) -> String {
        let id = self.library.table().texts[0].clone();
        let state = self.scratch.join(role).join(id);
        serde_json::json!({ "role": role, "config": {}, "env": {}, "state_dir": state, "log": { "level": "trace" } })
            .to_string()
    }

    fn open(&self, host: &HostArgs, role: &str) -> Result<Handle, Not> {
        let (handle, outcome) = self.library.init(host, &self.init_json(role), ErrorArg::default());
        if outcome.status == abi::OC_OK && !handle.is_null() {
            return Ok(handle);
        }
        Err(Not::Kept(format!(
            "init with nothing configured: status {}: {}",
            outcome.status,
            outcome.message()
        )))
    }

    fn pull(&self) -> Result<Handle, Not> {
        self.open(&HostArgs::pull(), "client")
    }

    fn push(&self, callbacks: Callbacks) -> Result<(Handle, Arc<Callbacks>), Not> {
        let callbacks = Arc::new(callbacks);
        Ok((self.open(&HostArgs::push(callbacks.clone()), "client")?, callbacks))
    }

    /// The completion of a request, polled for at most ten seconds. Other deliveries are dropped.
    fn completion(&self, handle: Handle, request_id: u64) -> Result<Value, Not> {
        loop {
            let next = delivery(&self.library.poll(handle, 10_000))?;
            if next["request_id"] == request_id {
                return Ok(next);
            }
        }
    }
}

/// What a poll gave, which must be a delivery.
fn delivery(polled: &Polled) -> Result<Value, Not> {
    let json = polled.json.as_deref().unwrap_or_default();
    match serde_json::from_str::<Value>(json) {
        Ok(value) if polled.status == abi::OC_OK && value["kind"].is_string() => Ok(value),
        _ => Err(Not::Kept(format!("poll: status {}, expected a delivery, got {json:?}", polled.status))),
    }
}
