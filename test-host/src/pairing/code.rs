//! Pairing codes.

/// What people do not take for something else: no I, O, 0 and 1.
pub const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// How long a code is.
pub const LENGTH: usize = 8;

/// A code of these random bytes, each of which is as likely as any other.
pub fn of(random: [u8; LENGTH]) -> String {
    // 256 is a multiple of 32, so every letter is as likely as any other.
    random
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect()
}

/// A code that nobody can guess; missing when the system has no random numbers.
pub fn random() -> Option<String> {
    let mut bytes = [0_u8; LENGTH];
    getrandom::fill(&mut bytes).ok()?;
    Some(of(bytes))
}

/// As it is kept: people type small letters and blanks.
pub fn normal(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}
