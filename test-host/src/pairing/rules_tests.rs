//! The rules of pairing.

#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::pairing::code::{LENGTH, LETTERS};
use proptest::prelude::*;

const NOW: i64 = 1_800_000_000_000;

fn ask<'a>(account_id: &'a str, sender_id: &'a str) -> Ask<'a> {
    Ask { account_id, sender_id, sender_name: None }
}

fn draw() -> Option<String> {
    code::random()
}

fn created(book: &mut Book, account: &str, sender: &str, now_ms: i64) -> String {
    match book.check(&ask(account, sender), true, now_ms, &mut draw) {
        Checked::Waiting { code, created: true } => code,
        other => panic!("{other:?}"),
    }
}

// covers: I22
#[test]
fn a_code_has_eight_letters_that_nobody_confuses() {
    let mut book = Book::default();
    let code = created(&mut book, "default", "u1", NOW);
    assert_eq!(code.len(), LENGTH);
    assert!(code.bytes().all(|letter| LETTERS.contains(&letter)), "{code}");
    assert!(!LETTERS.iter().any(|letter| b"IO01".contains(letter)) && LETTERS.len() == 32);
}

#[test]
fn a_second_message_gets_the_same_code_and_does_not_live_longer() {
    let mut book = Book::default();
    let code = created(&mut book, "default", "u1", NOW);
    let again = book.check(&ask("default", "u1"), true, NOW + LIFE_MS - 1, &mut draw);
    assert_eq!(again, Checked::Waiting { code: code.clone(), created: false });
    assert_eq!(book.waiting(NOW).next().unwrap().last_seen_at_ms, NOW + LIFE_MS - 1);
    let later = created(&mut book, "default", "u1", NOW + LIFE_MS);
    assert_ne!(later, code);
}

// covers: I22
#[test]
fn the_fourth_who_waits_in_an_account_gets_no_code() {
    let mut book = Book::default();
    for sender in ["u1", "u2", "u3"] {
        created(&mut book, "default", sender, NOW);
    }
    assert_eq!(book.check(&ask("default", "u4"), true, NOW, &mut draw), Checked::Nothing);
    created(&mut book, "other", "u4", NOW);
    // An hour later there is room again.
    created(&mut book, "default", "u4", NOW + LIFE_MS);
}

#[test]
fn a_name_is_kept_without_what_would_upset_a_terminal() {
    let mut book = Book::default();
    let name = format!("ali\u{1b}[2Jce\n{}", "x".repeat(100));
    book.check(&Ask { sender_name: Some(&name), ..ask("default", "u1") }, true, NOW, &mut draw);
    let kept = book.waiting(NOW).next().unwrap().sender_name.clone().unwrap();
    assert!(kept.starts_with("ali[2Jcexxx") && kept.len() == 64, "{kept:?}");
}

#[test]
fn without_create_nothing_changes() {
    let mut book = Book::default();
    assert_eq!(book.check(&ask("default", "u1"), false, NOW, &mut draw), Checked::Nothing);
    created(&mut book, "default", "u1", NOW);
    let before = book.clone();
    assert!(matches!(
        book.check(&ask("default", "u1"), false, NOW + 5, &mut draw),
        Checked::Waiting { created: false, .. }
    ));
    assert_eq!(book, before);
}

#[test]
fn an_approved_sender_is_let_in_where_he_asked_and_nowhere_else() {
    let mut book = Book::default();
    let code = created(&mut book, "default", "u1", NOW);
    let request = book.approve(&format!(" {} ", code.to_lowercase()), None, NOW + 1).unwrap();
    assert_eq!((request.sender_id.as_str(), request.account_id.as_str()), ("u1", "default"));
    assert_eq!(book.check(&ask("default", "u1"), true, NOW + 2, &mut draw), Checked::Approved);
    assert!(!book.is_approved("other", "u1"));
    assert_eq!(book.waiting(NOW + 2).count(), 0);
    let again = book.approve(&code, None, NOW + 3);
    assert!(matches!(again, Err(Refusal::Used(account, one)) if account == "default" && one.id == "u1"));
    assert_eq!(book.revoke("u1", Some("other")), []);
    assert_eq!(book.revoke("u1", None).len(), 1);
    assert_eq!(book.revoke("u1", None), []);
    created(&mut book, "default", "u1", NOW + 4);
}

#[test]
fn a_code_that_does_nothing_says_why() {
    let mut book = Book::default();
    let mut code = || Some("ABCDEFGH".to_owned());
    book.check(&ask("default", "u1"), true, NOW, &mut code);
    assert_eq!(book.approve("abcdefgj", None, NOW), Err(Refusal::Unknown(Some("ABCDEFGH".to_owned()))));
    assert_eq!(book.approve("22222222", None, NOW), Err(Refusal::Unknown(None)));
    assert!(matches!(book.approve("ABCDEFGH", Some("b"), NOW), Err(Refusal::OtherAccount(_))));
    assert!(matches!(book.approve("ABCDEFGH", None, NOW + LIFE_MS), Err(Refusal::Expired(_))));
    // What was refused is as before.
    assert_eq!(book.dismiss("ABCDEFGH", None, NOW).unwrap().sender_id, "u1");
    assert_eq!(book.dismiss("ABCDEFGH", None, NOW), Err(Refusal::Unknown(None)));
}

#[test]
fn a_code_is_drawn_again_while_somebody_has_it_and_not_forever() {
    let mut book = Book::default();
    let mut same = || Some("AAAAAAAA".to_owned());
    book.check(&ask("default", "u1"), true, NOW, &mut same);
    assert_eq!(book.check(&ask("default", "u2"), true, NOW, &mut same), Checked::Nothing);
    let mut drawn = 0;
    let mut second = || {
        drawn += 1;
        Some(if drawn < 3 { "AAAAAAAA" } else { "BBBBBBBB" }.to_owned())
    };
    let checked = book.check(&ask("default", "u2"), true, NOW, &mut second);
    assert_eq!(checked, Checked::Waiting { code: "BBBBBBBB".to_owned(), created: true });
}

#[test]
fn of_too_many_in_the_file_those_seen_least_recently_go() {
    let mut book = Book::default();
    for (number, seen) in [(1, 5), (2, 1), (3, 4), (4, 3), (5, 2)] {
        book.requests.push(Request {
            code: format!("CODE{number}"),
            sender_id: format!("u{number}"),
            account_id: "default".to_owned(),
            created_at_ms: NOW,
            last_seen_at_ms: NOW + seen,
            ..Request::default()
        });
    }
    book.check(&ask("default", "u1"), true, NOW, &mut draw);
    let left: Vec<&str> = book.waiting(NOW).map(|request| request.sender_id.as_str()).collect();
    assert_eq!(left, ["u1", "u3", "u4"]);
}

#[derive(Clone, Debug)]
enum Step {
    Check(u8, u8, bool),
    Approve(usize),
    Dismiss(usize),
    Revoke(u8),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..2_u8, 0..6_u8, any::<bool>()).prop_map(|(account, sender, create)| Step::Check(account, sender, create)),
        2 => (0..8_usize).prop_map(Step::Approve),
        1 => (0..8_usize).prop_map(Step::Dismiss),
        1 => (0..6_u8).prop_map(Step::Revoke),
        2 => (0..LIFE_MS).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_caps_hold_and_codes_are_unique(steps in prop::collection::vec(step(), 1..80)) {
        let (mut book, mut now) = (Book::default(), NOW);
        for step in steps {
            match step {
                Step::Check(account, sender, create) => {
                    let (account, sender) = (format!("a{account}"), format!("u{sender}"));
                    let was_approved = book.is_approved(&account, &sender);
                    let waited = book.waiting(now).any(|r| r.account_id == account && r.sender_id == sender);
                    let checked = book.check(&ask(&account, &sender), create, now, &mut draw);
                    prop_assert_eq!(was_approved, checked == Checked::Approved);
                    if let Checked::Waiting { created, .. } = checked {
                        prop_assert!(created != waited && (create || !created));
                    }
                }
                Step::Approve(index) => {
                    let chosen = book.waiting(now).nth(index).cloned();
                    if let Some(request) = chosen {
                        book.approve(&request.code, None, now).unwrap();
                        prop_assert!(book.is_approved(&request.account_id, &request.sender_id));
                    }
                }
                Step::Dismiss(index) => {
                    let chosen = book.waiting(now).nth(index).map(|request| request.code.clone());
                    if let Some(code) = chosen {
                        book.dismiss(&code, None, now).unwrap();
                    }
                }
                Step::Revoke(sender) => {
                    let sender = format!("u{sender}");
                    book.revoke(&sender, None);
                    prop_assert!(!book.is_approved("a0", &sender));
                }
                Step::Wait(time) => now += time,
            }
            for account in ["a0", "a1"] {
                let waiting: Vec<_> = book.waiting(now).filter(|request| request.account_id == account).collect();
                prop_assert!(waiting.len() <= WAITING);
                prop_assert!(waiting.iter().all(|request| !book.is_approved(account, &request.sender_id)));
            }
            let mut codes: Vec<&str> = book.requests.iter().map(|request| request.code.as_str()).collect();
            codes.sort_unstable();
            codes.dedup();
            prop_assert_eq!(codes.len(), book.requests.len());
            let text = serde_json::to_string(&book).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Book>(&text).unwrap(), &book);
        }
    }
}
