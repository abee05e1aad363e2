//! Checks whether the holder of a key has signed a message: signature algorithms (RFC 7518, section 3; RFC 8037,
//! section 3.1), and nothing else of a token or an event.
//!
//! Each algorithm is a row of [`ALGORITHMS`] and a file. A key is prepared once and then verifies any number of signatures.
//! Key, message and signature of a public-key algorithm are public, so that its arithmetic may take as long as they make
//! it take; only [`hs256`] has a secret.

mod algorithm;
pub mod eddsa;
pub mod es256;
pub mod es384;
pub mod hs256;
pub mod rs256;

pub use algorithm::{Algorithm, Form, Unusable, VerificationKey, Verify};

/// The algorithms that Portico verifies.
pub static ALGORITHMS: [&Algorithm; 5] = [
    &hs256::ALGORITHM,
    &rs256::ALGORITHM,
    &es256::ALGORITHM,
    &es384::ALGORITHM,
    &eddsa::ALGORITHM,
];

/// Finds the algorithm of a name. Ed25519 has two: its own (RFC 9864, section 2.2), and that of its family, which came
/// first.
#[must_use]
pub fn named(name: &str) -> Option<&'static Algorithm> {
    ALGORITHMS
        .into_iter()
        .find(|algorithm| algorithm.name == name || algorithm.alias == Some(name))
}
