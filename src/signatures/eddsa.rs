//! Ed25519 (RFC 8032, section 5.1; RFC 8037, section 3.1).

use ed25519_dalek::{Signature, VerifyingKey};

use super::algorithm::{Algorithm, Form, Unusable, Verify};

/// The row of the table for Ed25519.
pub static ALGORITHM: Algorithm = Algorithm {
    name: "EdDSA",
    alias: Some("Ed25519"),
    form: Form::Okp {
        curve: "Ed25519",
        // 1.3.101.112 (RFC 8410, section 3).
        oid: &[0x2b, 0x65, 0x70],
        key: |encoding| Ok(Box::new(PublicKey::new(encoding)?)),
    },
};

/// An Ed25519 public key.
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Takes a key by its encoding, which must be the one encoding of a point on the curve. A point of small order is
    /// refused: under such a key, one signature fits many messages.
    pub fn new(encoding: &[u8]) -> Result<Self, Unusable> {
        let key = encoding
            .try_into()
            .ok()
            .and_then(|encoding| VerifyingKey::from_bytes(encoding).ok())
            .ok_or("its point is not one of the curve Ed25519")?;
        // The library also reads coordinates that are not reduced, and so would take one key in two spellings.
        if key.to_edwards().compress().as_bytes() != encoding || key.is_weak() {
            return Err("its point is of small order or not in its one encoding");
        }
        Ok(Self(key))
    }
}

impl Verify for PublicKey {
    /// The check is the strict one: the signature has one spelling only, and a point of small order in it is refused.
    /// Of the two equations that RFC 8032, section 5.1.7, permits, it is the one without the cofactor. A signer who
    /// follows the RFC satisfies both.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}
