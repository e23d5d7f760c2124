//! The keys of a server. They outlive its restarts.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom as _, SystemRandom},
    signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
    },
};
use serde::{Serialize, de::DeserializeOwned};

/// What signs trigger ids and seals cookies.
pub(crate) struct Secrets {
    random: SystemRandom,
    /// Absent where the system gave no random bytes.
    signing: Option<EcdsaKeyPair>,
    sealing: Option<LessSafeKey>,
}

impl Secrets {
    /// Fresh keys.
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let signing = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).ok().and_then(
            |document| {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).ok()
            },
        );
        let mut key = [0; 32];
        let sealing = random
            .fill(&mut key)
            .ok()
            .and_then(|()| UnboundKey::new(&AES_256_GCM, &key).ok())
            .map(LessSafeKey::new);
        Self { random, signing, sealing }
    }

    /// The signature of some bytes.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let signature = self.signing.as_ref()?.sign(&self.random, message).ok()?;
        Some(signature.as_ref().to_vec())
    }

    /// Whether this server signed these bytes.
    pub(super) fn is_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some(signing) = &self.signing else { return false };
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, signing.public_key().as_ref());
        public.verify(message, signature).is_ok()
    }

    /// A value that only this server can read.
    pub(crate) fn seal(&self, value: &impl Serialize) -> Option<String> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).ok()?;
        let mut sealed = serde_json::to_vec(value).ok()?;
        let key = self.sealing.as_ref()?;
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed).ok()?;
        let mut bytes = nonce.to_vec();
        bytes.append(&mut sealed);
        Some(BASE64_STANDARD.encode(bytes))
    }

    /// What was sealed, if this server did it.
    pub(super) fn open<T: DeserializeOwned>(&self, text: &str) -> Option<T> {
        let bytes = BASE64_STANDARD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let opened = self.sealing.as_ref()?.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
        serde_json::from_slice(opened).ok()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}
