//! ECDSA with P-384 and SHA-384 (FIPS 186-5, section 6.4.2; RFC 7518, section 3.4), as the curve's library has it.

use jwt_simple::algorithms::{ECDSAP384PublicKeyLike, ES384PublicKey};
use p384::ecdsa::Signature;
use p384::ecdsa::signature::hazmat::PrehashVerifier;
use sha2::{Digest, Sha384};

use super::algorithm::{Algorithm, Form, Unusable, Verify};

/// ECDSA with P-384 and SHA-384.
pub static ALGORITHM: Algorithm = Algorithm {
    name: "ES384",
    alias: None,
    form: Form::Ec {
        curve: "P-384",
        // 1.3.132.0.34 (RFC 5480, section 2.1.1.1).
        oid: &[0x2b, 0x81, 0x04, 0x00, 0x22],
        coordinate_bytes: 48,
        key: |point| Ok(Box::new(PublicKey::new(point)?)),
    },
};

/// A P-384 key for verification.
pub struct PublicKey(ES384PublicKey);

impl PublicKey {
    /// Takes a key by its point, encoded as SEC 1, section 2.3.3, says, compressed or not. The point at infinity is
    /// refused.
    pub fn new(point: &[u8]) -> Result<Self, Unusable> {
        ES384PublicKey::from_bytes(point)
            .map(Self)
            .map_err(|_| "its point is not one of the curve P-384")
    }
}

impl Verify for PublicKey {
    /// The signature is `r` and `s`, of 48 bytes each.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // This refuses any other length, and an `r` or `s` that is zero or not below the group's order.
        Signature::from_slice(signature).is_ok_and(|signature| {
            let digest = Sha384::digest(message);
            let key = self.0.public_key().as_ref();
            key.verify_prehash(&digest, &signature).is_ok()
        })
    }
}
