//! HMAC with SHA-256 (RFC 7518, section 3.2).

use std::fmt;

use hmac_sha256::HMAC;

/// A secret that signer and verifier share.
pub struct SecretKey(Box<[u8]>);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

impl SecretKey {
    /// Takes a secret of any length; the caller sees to it that it has enough entropy.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(secret.into())
    }

    /// Whether the tag is this key's over this message. The comparison takes the same time wherever two tags differ.
    #[must_use]
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        tag.try_into()
            .is_ok_and(|tag| HMAC::verify(message, &self.0, tag))
    }
}
