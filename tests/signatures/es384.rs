//! ECDSA with P-384 and SHA-384. The check is the curve library's, so these tests are about what is handed to it.

use jwt_simple::prelude::{ECDSAP384PublicKeyLike, ES384PublicKey};
use p384::elliptic_curve::ff::PrimeField;
use p384::elliptic_curve::ops::Reduce;
use p384::elliptic_curve::point::AffineCoordinates;
use p384::elliptic_curve::sec1::ToSec1Point;
use p384::{FieldBytes, ProjectivePoint, Scalar};
use portico::signatures::Verify;
use portico::signatures::es384::PublicKey;
use proptest::collection::vec;
use proptest::prelude::*;
use sha2::{Digest, Sha384};

use crate::jws::{Change, cases, judged_good, message};

/// The order of the group.
const ORDER: [u8; 48] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
    0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
];

fn public_key(secret: &Scalar) -> Vec<u8> {
    let point = ProjectivePoint::GENERATOR * secret;
    point.to_affine().to_sec1_point(false).as_bytes().to_vec()
}

/// FIPS 186-5, section 6.4.1.
fn sign(secret: &Scalar, nonce: &Scalar, message: &str) -> (Scalar, Scalar) {
    let digest = Scalar::reduce(&Sha384::digest(message));
    let r = Scalar::reduce(&(ProjectivePoint::GENERATOR * nonce).to_affine().x());
    let s = nonce.invert().unwrap() * (digest + r * secret);
    (r, s)
}

fn encode((r, s): (Scalar, Scalar)) -> Vec<u8> {
    [r, s].map(|scalar| scalar.to_repr()).concat()
}

fn is_good(key: &[u8], message: &str, signature: &[u8]) -> bool {
    PublicKey::new(key)
        .unwrap()
        .verify(message.as_bytes(), signature)
}

fn is_judged_good(key: &[u8], message: &str, signature: &[u8]) -> bool {
    let key = ES384PublicKey::from_bytes(key).unwrap();
    judged_good(
        |token, options| key.verify_token(token, options),
        message,
        signature,
    )
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn signatures_are_judged_as_jwt_simple_judges_them(
        secret in 1..u64::MAX, nonce in 1..u64::MAX, identifier: u64, change in Change::strategy(),
    ) {
        let message = message("ES384", identifier);
        let secret = Scalar::from(secret);
        let signature = encode(sign(&secret, &Scalar::from(nonce), &message));
        let changed = change.apply(&signature);
        let key = public_key(&secret);
        let good = is_good(&key, &message, &changed);
        prop_assert_eq!(good, changed == signature);
        prop_assert_eq!(good, is_judged_good(&key, &message, &changed));
    }

    #[test]
    fn both_signs_of_s_are_good(secret in 1..u64::MAX, nonce in 1..u64::MAX, identifier: u64) {
        let message = message("ES384", identifier);
        let secret = Scalar::from(secret);
        let (r, s) = sign(&secret, &Scalar::from(nonce), &message);
        prop_assert!(is_good(&public_key(&secret), &message, &encode((r, -s))));
    }

    #[test]
    fn keys_are_judged_as_jwt_simple_judges_them(
        secret in 1..u64::MAX, change in Change::strategy(), bytes in vec(any::<u8>(), 0..100), form: u8,
    ) {
        let uncompressed = public_key(&Scalar::from(secret));
        let mut of_any_form = uncompressed.clone();
        of_any_form[0] = form;
        let mut compressed = uncompressed[..49].to_vec();
        compressed[0] = 2 + (form & 1);
        for key in [&change.apply(&uncompressed), &of_any_form, &compressed, &change.apply(&compressed), &bytes] {
            prop_assert_eq!(PublicKey::new(key).is_ok(), ES384PublicKey::from_bytes(key).is_ok());
        }
    }
}

#[test]
fn numbers_outside_of_the_scalars_make_no_signature() {
    let message = message("ES384", 0);
    let secret = Scalar::from(7_u64);
    let key = public_key(&secret);
    let mut one = [0; 48];
    one[47] = 1;
    let mut below_order = ORDER;
    below_order[47] -= 1;
    let good = sign(&secret, &Scalar::from(5_u64), &message);
    let bytes = |scalar: Scalar| -> [u8; 48] { FieldBytes::from(scalar).into() };
    let (r, s) = (bytes(good.0), bytes(good.1));
    let numbers: [[u8; 48]; 7] = [[0; 48], one, below_order, ORDER, [0xff; 48], r, s];
    for r in numbers {
        for s in numbers {
            let signature = [r, s].concat();
            let expected = signature == encode(good);
            assert_eq!(is_good(&key, &message, &signature), expected);
        }
    }
}

#[test]
fn a_point_off_the_curve_or_at_infinity_is_no_key() {
    let good = public_key(&Scalar::from(7_u64));
    let mut off_the_curve = good.clone();
    off_the_curve[96] ^= 1;
    let zeros = [&[4][..], &[0; 96]].concat();
    for key in [&off_the_curve, &zeros, &vec![0], &vec![0; 97], &vec![]] {
        assert!(PublicKey::new(key).is_err(), "{key:02x?}");
    }
    assert!(PublicKey::new(&good).is_ok());
}
