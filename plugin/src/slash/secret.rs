//! Tokens of commands, compared without telling by the time it takes how much of a guess is right.

use sha2::{Digest, Sha256};

/// What is kept of a token to compare others with.
#[derive(Clone, Copy)]
pub(super) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Whether two are of the same token. Takes the same time whatever they are.
    pub(super) fn is(self, other: Self) -> bool {
        let differs = self.0.iter().zip(&other.0).fold(0, |differs, (a, b)| differs | (a ^ b));
        std::hint::black_box(differs) == 0
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fingerprint")
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;

    #[test]
    fn only_the_same_token_is_the_same() {
        let of = Fingerprint::of;
        assert!(of("16bk6hpac3dqbehxcne641udbc").is(of("16bk6hpac3dqbehxcne641udbc")));
        for other in
            ["", "16bk6hpac3dqbehxcne641udb", "16bk6hpac3dqbehxcne641udbd", "16BK6HPAC3DQBEHXCNE641UDBC"]
        {
            assert!(!of("16bk6hpac3dqbehxcne641udbc").is(of(other)), "{other}");
        }
        assert_eq!(format!("{:?}", of("secret")), "Fingerprint");
    }
}
