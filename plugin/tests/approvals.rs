//! Who may approve what an agent wants to do, as a host asks it.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{ApprovalCheck, ApprovalReason, Error, ErrorCode, QueryRequest};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::{config, library};

const ALICE: &str = "alicealicealicealicealice1";
const BOB: &str = "bobbobbobbobbobbobbobbob26";

fn check(section: Value, account_id: Option<&str>, sender_id: &str) -> Result<ApprovalCheck, Error> {
    let question = QueryRequest::ApprovalsCheck {
        config: config(section),
        env: Some(BTreeMap::new()),
        account_id: account_id.map(str::to_owned),
        sender_id: sender_id.to_owned(),
    };
    Ok(serde_json::from_value(library().query(&question)?).unwrap())
}

// covers: S24
#[test]
fn only_listed_ids_may_approve() {
    let section = json!({ "allowFrom": [format!("mattermost:{ALICE}"), "@carol", "*"], "dangerouslyAllowNameMatching": true });
    let alice = check(section.clone(), None, ALICE).unwrap();
    assert_eq!((alice.authorized, alice.reason), (true, ApprovalReason::Listed));
    assert_eq!(alice.approvers, [ALICE]);
    for other in [BOB, "carol", "@carol", "alice", "*", ""] {
        let check = check(section.clone(), None, other).unwrap();
        assert_eq!((check.authorized, check.reason), (false, ApprovalReason::NotListed), "{other}");
    }
}

// covers: S24
#[test]
fn where_nobody_is_named_the_conversation_itself_approves() {
    for allow_from in [json!([]), json!(["*"]), json!(["@alice"])] {
        let check = check(json!({ "allowFrom": allow_from }), None, BOB).unwrap();
        assert_eq!(
            (check.authorized, check.reason, check.approvers.len()),
            (true, ApprovalReason::SameChat, 0)
        );
    }
}

#[test]
fn every_account_has_its_own_approvers() {
    let section = json!({
        "allowFrom": [ALICE],
        "accounts": { "default": {}, "ops": { "allowFrom": [BOB] } },
    });
    assert!(check(section.clone(), None, ALICE).unwrap().authorized);
    assert!(!check(section.clone(), Some("ops"), ALICE).unwrap().authorized);
    assert!(check(section.clone(), Some("ops"), BOB).unwrap().authorized);
    let unknown = check(section, Some("sales"), BOB).unwrap_err();
    assert_eq!((unknown.code, unknown.field.as_deref()), (ErrorCode::NotFound, Some("account_id")));
}
