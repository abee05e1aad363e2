//! The types of algorithms, keys and their verification.

use std::fmt;

/// A signature algorithm: its names, and the keys that it has.
pub struct Algorithm {
    /// The name that tokens and JWKS usually have for it.
    pub name: &'static str,
    /// Its other name, where it has two.
    pub alias: Option<&'static str>,
    /// The form of its keys.
    pub form: Form,
}

/// The form of an algorithm's keys, by which a JWK (RFC 7518, section 6) or a `SubjectPublicKeyInfo` (RFC 5280, section
/// 4.1.2.7) is recognised, and how a key is made of it.
pub enum Form {
    /// A shared secret, which no document holds.
    Secret,
    /// An RSA key, by its modulus and its public exponent, both unsigned and big-endian.
    Rsa(fn(&[u8], &[u8]) -> Result<VerificationKey, Unusable>),
    /// A point of a curve, encoded as SEC 1, section 2.3.3, says.
    Ec {
        /// The curve's name in a JWK.
        curve: &'static str,
        /// The curve's object identifier, in DER without its head.
        oid: &'static [u8],
        /// The bytes that a coordinate has.
        coordinate_bytes: usize,
        /// Makes a key of a point.
        key: fn(&[u8]) -> Result<VerificationKey, Unusable>,
    },
    /// A point of an Edwards curve, in the one encoding that RFC 8032 gives it.
    Okp {
        /// The curve's name in a JWK.
        curve: &'static str,
        /// The algorithm's object identifier, in DER without its head.
        oid: &'static [u8],
        /// Makes a key of an encoding.
        key: fn(&[u8]) -> Result<VerificationKey, Unusable>,
    },
}

/// A key that verifies signatures of the one algorithm that it is for (RFC 8725, section 3.1).
pub type VerificationKey = Box<dyn Verify>;

/// The reason why a key cannot be used, as a clause about it: "its modulus is too short".
pub type Unusable = &'static str;

/// Verifies signatures with one key.
pub trait Verify: Send + Sync {
    /// Returns true if the signature is this key's over this message. The message of a JWS is its signing input: the
    /// encoded header, a dot, the encoded payload (RFC 7515, section 5.2).
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool;
}

/// Shows that it is a key, and nothing of it. The libraries' own output would take ten kilobytes of the Wasm.
impl fmt::Debug for dyn Verify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
}

impl PartialEq for Algorithm {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Algorithm {}

impl fmt::Debug for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
