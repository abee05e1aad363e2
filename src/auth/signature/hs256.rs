//! HMAC with SHA-256 (RFC 2104; RFC 7518, section 3.2).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// A secret that signer and verifier share.
pub struct SecretKey(Hmac<Sha256>);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

impl SecretKey {
    /// Takes a secret of any length; the caller sees to it that it has enough entropy.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        // A secret fills a block of the hash, with zeros behind it. One that does not fit is hashed first.
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        let digest = (secret.len() > block.len()).then(|| Sha256::digest(secret));
        let secret = digest.as_ref().map_or(secret, |digest| digest);
        for (byte, of_secret) in block.iter_mut().zip(secret) {
            *byte = *of_secret;
        }
        // What the secret does to the hash's state is computed here, and not once for each message.
        Self(Hmac::new(&block))
    }

    /// Whether the tag is this key's over this message. The comparison takes the same time wherever two tags differ.
    #[must_use]
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        let state = self.0.clone().chain_update(message);
        state.verify_slice(tag).is_ok()
    }
}
