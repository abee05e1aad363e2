//! ECDSA with P-256 and SHA-256 (FIPS 186-5, section 6.4.2; RFC 7518, section 3.4).
//!
//! The first signature that an instance checks with a key costs what it costs with the curve's library. With the second
//! one, the key has shown that it is in use, and gets a table that makes all further checks several times as fast. Field
//! and group are the library's; only the order of the group's operations is ours.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use jwt_simple::algorithms::{ECDSAP256PublicKeyLike, ES256PublicKey};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::elliptic_curve::ops::{Invert, Reduce};
use p256::elliptic_curve::point::AffineCoordinates;
use p256::{FieldBytes, Scalar};
use sha2::{Digest, Sha256};

use self::comb::Comb;
use super::algorithm::{Algorithm, Form, Unusable, Verify};

mod comb;

/// ECDSA with P-256 and SHA-256.
pub static ALGORITHM: Algorithm = Algorithm {
    name: "ES256",
    alias: None,
    form: Form::Ec {
        curve: "P-256",
        // 1.2.840.10045.3.1.7 (RFC 5480, section 2.1.1.1).
        oid: &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
        coordinate_bytes: 32,
        key: |point| Ok(Box::new(PublicKey::new(point)?)),
    },
};

/// A P-256 key for verification, which learns whether it is in use.
pub struct PublicKey {
    key: VerifyingKey,
    /// True if the key has checked a signature before.
    used: AtomicBool,
    /// The table of the key's multiples, from the second check on.
    comb: OnceLock<Comb>,
}

impl PublicKey {
    /// Takes a key by its point, encoded as SEC 1, section 2.3.3, says, compressed or not. The point at infinity is
    /// refused.
    pub fn new(point: &[u8]) -> Result<Self, Unusable> {
        let key = ES256PublicKey::from_bytes(point)
            .map_err(|_| "its point is not one of the curve P-256")?;
        Ok(Self {
            key: *key.public_key().as_ref(),
            used: AtomicBool::new(false),
            comb: OnceLock::new(),
        })
    }

    /// Verifies a signature by the key's table (FIPS 186-5, section 6.4.2, from step 3 on).
    fn verify_by_table(&self, digest: &FieldBytes, signature: &Signature) -> bool {
        let (r, s) = signature.split_scalars();
        let inverse = *s.invert_vartime();
        let of_generator = Scalar::reduce(digest) * inverse;
        let of_key = *r * inverse;
        let key = self
            .comb
            .get_or_init(|| Comb::new(self.key.as_affine().into()));
        let point = comb::sum_of_multiples([(Comb::generator(), &of_generator), (key, &of_key)])
            .to_affine();
        // At infinity there are no coordinates to compare, and the signature is refused.
        !bool::from(point.is_identity()) && Scalar::reduce(&point.x()) == *r
    }
}

impl Verify for PublicKey {
    /// The signature is `r` and `s`, of 32 bytes each. Both `s` and its negative verify: ECDSA itself does not tell them
    /// apart, and RFC 7518 does not either.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // This refuses any other length, and an `r` or `s` that is zero or not below the group's order.
        let Ok(signature) = Signature::from_slice(signature) else {
            return false;
        };
        let digest = Sha256::digest(message);
        if self.used.swap(true, Ordering::Relaxed) {
            self.verify_by_table(&digest, &signature)
        } else {
            self.key.verify_prehash(&digest, &signature).is_ok()
        }
    }
}
