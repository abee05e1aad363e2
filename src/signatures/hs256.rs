//! HMAC with SHA-256 (RFC 2104; RFC 7518, section 3.2).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::algorithm::{Algorithm, Form, Verify};

/// The row of the table for HMAC with SHA-256.
pub static ALGORITHM: Algorithm = Algorithm {
    name: "HS256",
    alias: None,
    form: Form::Secret,
};

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
        // The secret's effect on the hash's state is computed here, and not once for each message.
        Self(Hmac::new(&block))
    }

    /// Returns true if one of the tags is this key's over the message, which comes in parts. The message is hashed
    /// once, and each comparison takes the same time wherever two tags differ.
    #[must_use]
    pub fn verify_any(&self, message: &[&[u8]], tags: &[[u8; 32]]) -> bool {
        let mut state = self.0.clone();
        for part in message {
            state.update(part);
        }
        tags.iter()
            .any(|tag| state.clone().verify_slice(tag).is_ok())
    }
}

impl Verify for SecretKey {
    /// The comparison takes the same time wherever two tags differ.
    fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        let state = self.0.clone().chain_update(message);
        state.verify_slice(tag).is_ok()
    }
}
