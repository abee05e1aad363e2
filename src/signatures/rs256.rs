//! RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2; RFC 7518, section 3.3).

use std::ops::RangeInclusive;

use dashu_int::UBig;
use dashu_int::fast_div::ConstDivisor;
use dashu_int::ops::BitTest;
use sha2::{Digest, Sha256};

use super::algorithm::{Algorithm, Form, Unusable, Verify};

/// The row of the table for RSASSA-PKCS1-v1_5 with SHA-256.
pub static ALGORITHM: Algorithm = Algorithm {
    name: "RS256",
    alias: None,
    form: Form::Rsa(|modulus, exponent| Ok(Box::new(PublicKey::new(modulus, exponent)?))),
};

/// The sizes of a modulus, in bits. RFC 7518, section 3.3, sets the lower bound. The upper one bounds the cost of a
/// check, which grows with the square of the size.
const MODULUS_BITS: RangeInclusive<usize> = 2048..=4096;

/// The one public exponent, 65537 or 2^16 + 1. Every identity provider uses it. A larger one would only make checks
/// dearer, and a smaller one forgives the mistakes of others.
const EXPONENT: u32 = 65537;

/// The number of squarings that reach the power; one multiplication follows.
const SQUARINGS: u32 = EXPONENT.ilog2();

/// The `DigestInfo` of a SHA-256 digest in DER, up to the digest itself (RFC 8017, section 9.2, note 1).
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// An RSA public key.
pub struct PublicKey {
    modulus: UBig,
    /// The modulus again, with what every reduction by it needs.
    ring: ConstDivisor,
}

impl PublicKey {
    /// Takes a key by its modulus and its public exponent, both unsigned and big-endian. The modulus is odd and has
    /// 2048 to 4096 bits, and the exponent is 65537.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, Unusable> {
        let modulus = UBig::from_be_bytes(modulus);
        if modulus.bit_len() < *MODULUS_BITS.start() {
            return Err("its modulus has fewer than 2048 bits");
        }
        if modulus.bit_len() > *MODULUS_BITS.end() {
            return Err("its modulus has more than 4096 bits");
        }
        if !modulus.bit(0) {
            return Err("its modulus is even");
        }
        if UBig::from_be_bytes(exponent) != UBig::from(EXPONENT) {
            return Err("its exponent is not 65537");
        }
        Ok(Self {
            ring: ConstDivisor::new(modulus.clone()),
            modulus,
        })
    }

    /// Returns the length of the modulus, and of every signature, in bytes.
    fn length(&self) -> usize {
        self.modulus.bit_len().div_ceil(8)
    }

    /// Returns the message's encoding as the number that a signature's power must be (EMSA-PKCS1-v1_5, RFC 8017,
    /// section 9.2).
    fn encoding(&self, message: &[u8]) -> UBig {
        let digest = Sha256::digest(message);
        let mut encoding = vec![0x00, 0x01];
        // The padding takes what the digest, its prefix and the zero before it leave: 202 bytes or more.
        encoding.resize(self.length() - DIGEST_INFO.len() - digest.len() - 1, 0xff);
        encoding.push(0x00);
        encoding.extend_from_slice(&DIGEST_INFO);
        encoding.extend_from_slice(&digest);
        UBig::from_be_bytes(&encoding)
    }
}

impl Verify for PublicKey {
    /// Returns true if the signature is this key's over this message (RFC 8017, section 8.2.2).
    ///
    /// Nothing of the signature is parsed: the one encoding that the message can have is built, and what the power
    /// yields must be it, from the first bit to the last. This leaves no room for what parsers let through.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        if signature.len() != self.length() {
            return false;
        }
        let signature = UBig::from_be_bytes(signature);
        // Without this, adding the modulus to a signature would make another one.
        if signature >= self.modulus {
            return false;
        }
        let signature = self.ring.reduce(signature);
        let mut power = signature.clone();
        for _ in 0..SQUARINGS {
            power = power.sqr();
        }
        (power * signature).residue() == self.encoding(message)
    }
}
