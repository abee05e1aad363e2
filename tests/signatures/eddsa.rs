//! Tests of Ed25519.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::{EdwardsPoint, Scalar};
use jwt_simple::prelude::{Ed25519PublicKey, EdDSAPublicKeyLike};
use portico::signatures::Verify;
use portico::signatures::eddsa::PublicKey;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::jws::{Change, cases, judged_good, message};

/// The order of the group, 2^252 and a little, as little-endian bytes.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// A signer who may leave the prime-order group: points of small order are added to the key and to the signature.
#[derive(Clone, Copy, Debug)]
struct Signer {
    secret: Scalar,
    nonce: Scalar,
    torsion_of_key: usize,
    torsion_of_nonce: usize,
}

impl Signer {
    fn strategy(torsion: std::ops::Range<usize>) -> impl Strategy<Value = Self> {
        let scalar = || any::<[u8; 32]>().prop_map(Scalar::from_bytes_mod_order);
        (scalar(), scalar(), torsion.clone(), torsion).prop_map(
            |(secret, nonce, torsion_of_key, torsion_of_nonce)| Self {
                secret,
                nonce,
                torsion_of_key,
                torsion_of_nonce,
            },
        )
    }

    fn key(self) -> [u8; 32] {
        encode(&(ED25519_BASEPOINT_POINT * self.secret + EIGHT_TORSION[self.torsion_of_key]))
    }

    /// RFC 8032, section 5.1.6, from step 3 on.
    fn sign(self, message: &str) -> Vec<u8> {
        let point = ED25519_BASEPOINT_POINT * self.nonce + EIGHT_TORSION[self.torsion_of_nonce];
        sign(
            &encode(&point),
            &self.key(),
            self.secret,
            self.nonce,
            message,
        )
    }
}

fn sign(point: &[u8], key: &[u8], secret: Scalar, nonce: Scalar, message: &str) -> Vec<u8> {
    let hash = hmac_sha512::Hash::hash([point, key, message.as_bytes()].concat());
    let hash = Scalar::from_bytes_mod_order_wide(&hash);
    [point, (nonce + hash * secret).as_bytes()].concat()
}

fn encode(point: &EdwardsPoint) -> [u8; 32] {
    point.compress().to_bytes()
}

fn is_good(key: &[u8], message: &str, signature: &[u8]) -> bool {
    PublicKey::new(key).is_ok_and(|key| key.verify(message.as_bytes(), signature))
}

fn is_judged_good(key: &[u8], message: &str, signature: &[u8]) -> bool {
    Ed25519PublicKey::from_bytes(key).is_ok_and(|key| {
        judged_good(
            |token, options| key.verify_token(token, options),
            message,
            signature,
        )
    })
}

/// Adds the order to the scalar, which verifiers that do not reduce it take for another signature.
fn plus_order(signature: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut sum = signature.to_vec();
    for (byte, other) in sum[32..].iter_mut().zip(ORDER) {
        carry += u16::from(*byte) + u16::from(other);
        *byte = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    sum
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn signatures_are_judged_as_jwt_simple_judges_them(
        signer in Signer::strategy(0..1), identifier: u64, change in Change::strategy(),
    ) {
        let message = message("EdDSA", identifier);
        let signature = signer.sign(&message);
        let changed = change.apply(&signature);
        let good = is_good(&signer.key(), &message, &changed);
        prop_assert_eq!(good, changed == signature);
        prop_assert_eq!(good, is_judged_good(&signer.key(), &message, &changed));
    }

    #[test]
    fn a_signature_has_one_spelling(signer in Signer::strategy(0..1), identifier: u64) {
        let message = message("EdDSA", identifier);
        let other = plus_order(&signer.sign(&message));
        prop_assert!(!is_good(&signer.key(), &message, &other));
        prop_assert!(!is_judged_good(&signer.key(), &message, &other));
    }

    /// `jwt-simple` multiplies both sides of the equation by the cofactor, and so takes what points of small order
    /// were added to. Ours takes nothing that it does not take, and no more than the equation itself.
    #[test]
    fn no_signature_is_good_that_jwt_simple_refuses(signer in Signer::strategy(0..8), identifier: u64) {
        let message = message("EdDSA", identifier);
        let signature = signer.sign(&message);
        let good = is_good(&signer.key(), &message, &signature);
        let judged = is_judged_good(&signer.key(), &message, &signature);
        prop_assert!(judged || !good);
        if signer.torsion_of_key == 0 {
            prop_assert_eq!(good, signer.torsion_of_nonce == 0);
        }
    }

    #[test]
    fn keys_are_judged_as_jwt_simple_judges_them(key in vec(any::<u8>(), 0..40), exact: [u8; 32]) {
        for key in [&key[..], &exact] {
            prop_assert_eq!(PublicKey::new(key).is_ok(), Ed25519PublicKey::from_bytes(key).is_ok());
        }
    }
}

/// Encodings whose coordinate is small or close to the prime: among them the points of small order, in all spellings,
/// coordinates that are not reduced, and bytes that are no point.
fn encodings_at_the_bounds() -> impl Iterator<Item = [u8; 32]> {
    let small = (0..40_u8).map(|byte| {
        let mut encoding = [0; 32];
        encoding[0] = byte;
        encoding
    });
    let large = (0xc0..=0xff).map(|byte| {
        let mut encoding = [0xff; 32];
        encoding[0] = byte;
        encoding[31] = 0x7f;
        encoding
    });
    let points = EIGHT_TORSION.iter().map(encode);
    small.chain(large).chain(points).flat_map(|encoding| {
        let mut with_sign = encoding;
        with_sign[31] ^= 0x80;
        [encoding, with_sign]
    })
}

#[test]
fn keys_at_the_bounds_are_judged_as_jwt_simple_judges_them() {
    let mut usable = 0;
    for key in encodings_at_the_bounds() {
        let ours = PublicKey::new(&key).is_ok();
        usable += usize::from(ours);
        assert_eq!(
            ours,
            Ed25519PublicKey::from_bytes(&key).is_ok(),
            "{key:02x?}"
        );
    }
    assert!(usable > 20);
}

#[test]
fn a_key_of_small_order_is_none() {
    for key in EIGHT_TORSION.iter().map(encode) {
        assert!(PublicKey::new(&key).is_err(), "{key:02x?}");
    }
}

/// Signatures by the key's holder, who chooses the scalar for the point: it would be good for whoever reads the point
/// as the one that was meant.
#[test]
fn a_point_of_small_order_or_in_another_spelling_makes_no_signature() {
    let secret = Scalar::from(1_234_567_u64);
    let key = encode(&(ED25519_BASEPOINT_POINT * secret));
    let message = message("EdDSA", 0);
    for point in encodings_at_the_bounds() {
        let signature = sign(&point, &key, secret, Scalar::ZERO, &message);
        assert!(!is_good(&key, &message, &signature), "{point:02x?}");
        assert!(!is_judged_good(&key, &message, &signature), "{point:02x?}");
    }
}
