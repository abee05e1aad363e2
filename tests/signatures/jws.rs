//! Messages to sign, signatures to bend, and the checks of `jwt-simple`, for the tests of all algorithms.

use jwt_simple::Error;
use jwt_simple::prelude::{JWTClaims, NoCustomClaims, VerificationOptions};
use jwt_simple::reexports::ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// The number of cases that a property is tried with. Wasm without optimisations takes ten times as long for one.
pub(crate) fn cases(natively: u32) -> ProptestConfig {
    let cases = if cfg!(target_family = "wasm") {
        natively.div_ceil(4)
    } else {
        natively
    };
    ProptestConfig {
        cases,
        // In Wasm, there are no files.
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// The signing input of a JWS: one that `jwt-simple` takes, so that all depends on the signature.
pub(crate) fn message(algorithm: &str, identifier: u64) -> String {
    let header = format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#);
    let claims = format!(r#"{{"jti":"{identifier}"}}"#);
    format!("{}.{}", base64url(header), base64url(claims))
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlSafeNoPadding::encode_to_string(bytes).unwrap()
}

/// Returns whether `jwt-simple` takes the signature. `verify` is its method of this name.
pub(crate) fn judged_good(
    verify: impl FnOnce(&str, Option<VerificationOptions>) -> Result<JWTClaims<NoCustomClaims>, Error>,
    message: &str,
    signature: &[u8],
) -> bool {
    let token = format!("{message}.{}", base64url(signature));
    verify(&token, Some(VerificationOptions::default())).is_ok()
}

/// The changes that a signature can undergo, whatever its algorithm.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Nothing,
    Flip(Index, u8),
    CutFront(Index),
    CutBack(Index),
    ZeroInFront,
    ZeroBehind,
    Append(Vec<u8>),
    Twice,
    Reverse,
    Random(Vec<u8>),
    Fill(u8, Index),
}

impl Change {
    pub(crate) fn strategy() -> impl Strategy<Value = Self> {
        prop_oneof![
            Just(Self::Nothing),
            (any::<Index>(), 0..8_u8).prop_map(|(byte, bit)| Self::Flip(byte, bit)),
            any::<Index>().prop_map(Self::CutFront),
            any::<Index>().prop_map(Self::CutBack),
            Just(Self::ZeroInFront),
            Just(Self::ZeroBehind),
            vec(any::<u8>(), 1..100).prop_map(Self::Append),
            Just(Self::Twice),
            Just(Self::Reverse),
            vec(any::<u8>(), 0..600).prop_map(Self::Random),
            (any::<u8>(), any::<Index>()).prop_map(|(byte, end)| Self::Fill(byte, end)),
        ]
    }

    pub(crate) fn apply(&self, signature: &[u8]) -> Vec<u8> {
        let mut changed = signature.to_vec();
        match self {
            Self::Nothing => {}
            Self::Flip(byte, bit) => changed[byte.index(signature.len())] ^= 1 << bit,
            Self::CutFront(length) => drop(changed.drain(..=length.index(signature.len()))),
            Self::CutBack(length) => changed.truncate(length.index(signature.len())),
            Self::ZeroInFront => changed.insert(0, 0),
            Self::ZeroBehind => changed.push(0),
            Self::Append(bytes) => changed.extend(bytes),
            Self::Twice => changed.extend(signature),
            Self::Reverse => changed.reverse(),
            Self::Random(bytes) => changed.clone_from(bytes),
            Self::Fill(byte, end) => {
                changed[..end.index(signature.len())].fill(*byte);
            }
        }
        changed
    }
}
