//! The ids of buttons, which the server routes clicks by: letters and digits only.
//! <https://github.com/mattermost/mattermost/issues/25747>

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};

/// Characters of an id. The server has no limit; logs and system events show ids.
const LONGEST: usize = 64;
/// Characters of a value that its id begins with when it cannot be the id.
const BEGINNING: usize = 20;
/// Hexadecimal digits of a hash.
const HASH: usize = 12;
/// Characters of the server's own ids.
const OWN: usize = 26;

/// The ids of the buttons of one message, by their values. No two are the same.
///
/// `-` and `_` are left out, as OpenClaw does: `my_btn-1` is `mybtn1`. A value with anything else that is neither letter
/// nor digit, an empty or overlong one, and one whose id another button has, get a hash at their end. The same values get
/// the same ids.
#[must_use]
pub fn ids(values: &[&str]) -> Vec<String> {
    let cleaned: Vec<Option<String>> = values.iter().map(|value| cleaned(value)).collect();
    // A value that is an id as it stands is worth more than one that becomes the same.
    let mut owners = BTreeMap::new();
    for exact in [true, false] {
        for (index, (value, id)) in values.iter().zip(&cleaned).enumerate() {
            if let Some(id) = id.as_ref().filter(|id| !exact || id == value) {
                owners.entry(id.clone()).or_insert(index);
            }
        }
    }
    let mut taken: HashSet<String> = owners.keys().cloned().collect();
    values
        .iter()
        .zip(cleaned)
        .enumerate()
        .map(|(index, (value, id))| match id {
            Some(id) if owners.get(&id) == Some(&index) => id,
            _ => hashed(value, index, &mut taken),
        })
        .collect()
}

/// The same for servers that take only ids of 26 characters: [`ids`], filled up with a hash of theirs.
#[must_use]
pub fn long_ids(values: &[&str]) -> Vec<String> {
    let mut taken = HashSet::new();
    let long = |id: String| {
        let mut salt = 0_usize;
        loop {
            let hash = hex(&[id.as_bytes(), &[0], salt.to_string().as_bytes()]);
            let beginning = id.chars().take(OWN - HASH).map(|letter| letter.to_ascii_lowercase());
            let filled: String = beginning.chain(hash.chars()).take(OWN).collect();
            if taken.insert(filled.clone()) {
                return filled;
            }
            salt += 1;
        }
    };
    ids(values).into_iter().map(long).collect()
}

fn hex(parts: &[&[u8]]) -> String {
    let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn cleaned(value: &str) -> Option<String> {
    let id: String = value.chars().filter(|character| !matches!(character, '-' | '_')).collect();
    let sound = id.chars().all(|character| character.is_ascii_alphanumeric());
    (sound && (1..=LONGEST).contains(&id.len())).then_some(id)
}

fn hashed(value: &str, index: usize, taken: &mut HashSet<String>) -> String {
    let beginning: String = value.chars().filter(char::is_ascii_alphanumeric).take(BEGINNING).collect();
    let mut salt = 0_usize;
    loop {
        // The same value once more is another button.
        let again = if salt > 0 { format!("\0{index}:{salt}") } else { String::new() };
        let hex = hex(&[value.as_bytes(), again.as_bytes()]);
        let id = format!("{beginning}{}", hex.get(..HASH).unwrap_or_default());
        if taken.insert(id.clone()) {
            return id;
        }
        salt += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::ids;
    use proptest::prelude::*;
    use std::collections::HashSet;

    // covers: B09
    #[test]
    fn hyphens_and_underscores_are_left_out_and_what_would_collide_is_told_apart() {
        assert_eq!(ids(&["my_btn-1", "yes", "no-way_2"]), ["mybtn1", "yes", "noway2"]);
        let both = ids(&["a-b", "ab"]);
        assert_eq!(both[1], "ab", "what is an id stays as it is");
        assert!(both[0].starts_with("ab") && both[0].len() == 14, "{both:?}");
        for value in ["yes please", "a.b", "é", "-", "_", "", &"x".repeat(65)] {
            let id = &ids(&[value])[0];
            assert!(id.len() >= 12 && id.chars().all(|c| c.is_ascii_alphanumeric()), "{value:?}: {id}");
        }
        let same = ids(&["ok", "ok", "ok"]);
        assert_eq!(same.iter().collect::<HashSet<_>>().len(), 3, "{same:?}");
    }

    proptest! {
        #[test]
        fn different_buttons_never_share_an_id(
            values in proptest::collection::vec("[aAbB _-]{0,3}|\\PC{0,8}|[a-z]{1,2}[0-9a-f]{12}", 0..12),
        ) {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let ids = ids(&values);
            prop_assert_eq!(ids.iter().collect::<HashSet<_>>().len(), values.len());
            prop_assert!(ids.iter().all(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric())));
            prop_assert_eq!(super::ids(&values), ids, "the same values have the same ids");
            let long = super::long_ids(&values);
            prop_assert_eq!(long.iter().collect::<HashSet<_>>().len(), values.len());
            prop_assert!(long.iter().all(|id| id.len() == 26 && id.chars().all(|c| c.is_ascii_alphanumeric())));
        }
    }
}
