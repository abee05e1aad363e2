//! Ed25519 (RFC 8032, section 5.1; RFC 8037, section 3.1).

use ed25519_dalek::{Signature, VerifyingKey};

/// An Ed25519 public key.
#[derive(Debug)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Takes a key by its encoding.
    ///
    /// Returns `None` if the bytes are not the one encoding of a point on the curve, or if the point is of small order:
    /// under such a key, one signature fits many messages.
    #[must_use]
    pub fn new(encoding: &[u8]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(encoding.try_into().ok()?).ok()?;
        // The library also reads coordinates that are not reduced, and so would take one key in two spellings.
        let canonical = key.to_edwards().compress().as_bytes() == encoding;
        (canonical && !key.is_weak()).then_some(Self(key))
    }

    /// Whether the signature is this key's over this message.
    ///
    /// The check is the strict one: the signature has one spelling only, and a point of small order in it is refused.
    /// Of the two equations that RFC 8032, section 5.1.7, permits, it is the one without the cofactor. Whoever follows
    /// the RFC signs for both.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}
