//! Keys, each bound to one algorithm (RFC 8725, section 3.1).

use std::fmt;

use crate::signatures::{Algorithm, Unusable, VerificationKey, hs256};

/// The most keys that are tried for one token. Each try is a signature check, the most expensive thing that a caller
/// can make Portico do. Identity providers name the key in `kid`, so that one try is enough; configured keys without an
/// identifier are limited to as many.
pub(super) const MAX_KEYS_TRIED: usize = 16;

/// A key that verifies signatures of one algorithm.
pub struct Key {
    id: Option<String>,
    algorithm: &'static Algorithm,
    verifier: VerificationKey,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", self.algorithm)
    }
}

impl Key {
    pub(super) fn new(
        id: Option<String>,
        algorithm: &'static Algorithm,
        verifier: VerificationKey,
    ) -> Self {
        Self {
            id,
            algorithm,
            verifier,
        }
    }

    /// Makes a key of a shared secret, without a key identifier. The caller sees to its length.
    #[must_use]
    pub fn hs256(secret: &[u8]) -> Self {
        let verifier = Box::new(hs256::SecretKey::new(secret));
        Self::new(None, &hs256::ALGORITHM, verifier)
    }

    /// Returns the algorithm that the key is bound to.
    #[must_use]
    pub fn algorithm(&self) -> &'static Algorithm {
        self.algorithm
    }

    /// Returns the key identifier (`kid`), where the key came with one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns true if the signature is this key's over this message.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.verify(message, signature)
    }
}

/// The keys of a document.
#[derive(Debug, Default)]
pub struct Keys {
    /// The keys that can verify.
    pub usable: Vec<Key>,
    /// The keys that cannot be used.
    pub passed_over: PassedOver,
}

impl Keys {
    /// Takes a key in, or counts it as passed over.
    pub(super) fn take(&mut self, key: Result<Key, Unusable>) {
        match key {
            Ok(key) => self.usable.push(key),
            Err(why) => self.passed_over.add(why),
        }
    }
}

/// The number of a document's keys that cannot be used, and the reason for the first one, for an operator whose users
/// are locked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassedOver(Option<(usize, Unusable)>);

impl PassedOver {
    pub(super) fn add(&mut self, why: Unusable) {
        let (count, first) = self.0.unwrap_or((0, why));
        self.0 = Some((count + 1, first));
    }
}

/// Writes the text that follows a statement about the document; it is empty where no key was passed over.
impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => Ok(()),
            Some((1, why)) => write!(f, " (1 key passed over: {why})"),
            Some((count, why)) => write!(f, " ({count} keys passed over, the first one: {why})"),
        }
    }
}
