//! ECDSA with P-256 and SHA-256. Every signature is checked three times with one key: the first check is that of the
//! curve's library, the second one computes the key's table, the third one has it.

use jwt_simple::prelude::{ECDSAP256PublicKeyLike, ES256PublicKey};
use p256::elliptic_curve::ff::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{FieldBytes, ProjectivePoint, Scalar, U256};
use portico::signatures::Verify;
use portico::signatures::es256::PublicKey;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::jws::{Change, cases, judged_good, message};

/// The order of the group.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        4 => any::<[u8; 32]>().prop_map(|bytes| Scalar::reduce(&FieldBytes::from(bytes))),
        1 => (1..100_u64).prop_map(Scalar::from),
        1 => (1..100_u64).prop_map(|small| -Scalar::from(small)),
        1 => (0..255_u32).prop_map(|exponent| Scalar::from(2_u64).pow_vartime(&U256::from_u32(exponent))),
    ]
    .prop_filter("zero is no secret", |scalar| *scalar != Scalar::ZERO)
}

fn public_key(secret: &Scalar) -> Vec<u8> {
    let point = ProjectivePoint::GENERATOR * secret;
    point.to_affine().to_sec1_point(false).as_bytes().to_vec()
}

fn digest(message: &str) -> Scalar {
    Scalar::reduce(&FieldBytes::from(hmac_sha256::Hash::hash(
        message.as_bytes(),
    )))
}

fn abscissa(factor: &Scalar) -> Scalar {
    Scalar::reduce(&(ProjectivePoint::GENERATOR * factor).to_affine().x())
}

/// FIPS 186-5, section 6.4.1.
fn sign(secret: &Scalar, nonce: &Scalar, message: &str) -> (Scalar, Scalar) {
    let r = abscissa(nonce);
    let s = nonce.invert().unwrap() * (digest(message) + r * secret);
    (r, s)
}

fn encode((r, s): (Scalar, Scalar)) -> Vec<u8> {
    [r, s].map(|scalar| scalar.to_repr()).concat()
}

/// Returns whether the signature is good, on which all checks of it must agree.
fn is_good(key: &[u8], message: &str, signature: &[u8]) -> bool {
    let key = PublicKey::new(key).unwrap();
    let [first, second, third] = [(); 3].map(|()| key.verify(message.as_bytes(), signature));
    assert_eq!((first, second), (second, third));
    first
}

fn is_judged_good(key: &[u8], message: &str, signature: &[u8]) -> bool {
    let key = ES256PublicKey::from_bytes(key).unwrap();
    judged_good(
        |token, options| key.verify_token(token, options),
        message,
        signature,
    )
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn signatures_are_judged_as_jwt_simple_judges_them(
        secret in scalar(), nonce in scalar(), identifier: u64, change in Change::strategy(),
    ) {
        let message = message("ES256", identifier);
        let key = public_key(&secret);
        let signature = encode(sign(&secret, &nonce, &message));
        let changed = change.apply(&signature);
        let good = is_good(&key, &message, &changed);
        prop_assert_eq!(good, changed == signature);
        prop_assert_eq!(good, is_judged_good(&key, &message, &changed));
    }

    #[test]
    fn both_signs_of_s_are_good(secret in scalar(), nonce in scalar(), identifier: u64) {
        let message = message("ES256", identifier);
        let key = public_key(&secret);
        let (r, s) = sign(&secret, &nonce, &message);
        for signature in [(r, s), (r, -s)] {
            prop_assert!(is_good(&key, &message, &encode(signature)));
            prop_assert!(is_judged_good(&key, &message, &encode(signature)));
        }
        for signature in [(s, r), (-r, s), (s, s), (r, r)] {
            prop_assert!(!is_good(&key, &message, &encode(signature)));
        }
    }

    /// The key is made for the message and the signature, so that the sum to be computed is the point at infinity.
    #[test]
    fn a_sum_at_infinity_is_no_signature(r in scalar(), s in scalar(), identifier: u64) {
        let message = message("ES256", identifier);
        let secret = -(digest(&message) * r.invert().unwrap());
        let key = public_key(&secret);
        let signature = encode((r, s));
        prop_assert!(!is_good(&key, &message, &signature));
        prop_assert!(!is_judged_good(&key, &message, &signature));
    }

    /// Both multiples are one point, which adding by the formula for two different points would get wrong.
    #[test]
    fn a_sum_of_equal_multiples_is_computed_right(nonce in scalar(), identifier: u64) {
        let message = message("ES256", identifier);
        let r = abscissa(&nonce);
        // With this secret, r times it is the digest, and both terms of the sum are half of the nonce.
        let secret = digest(&message) * r.invert().unwrap();
        let signature = encode(sign(&secret, &nonce, &message));
        prop_assert!(is_good(&public_key(&secret), &message, &signature));
    }

    #[test]
    fn keys_are_judged_as_jwt_simple_judges_them(
        secret in scalar(), change in Change::strategy(), bytes in vec(any::<u8>(), 0..70), form: u8,
    ) {
        let uncompressed = public_key(&secret);
        let mut of_any_form = uncompressed.clone();
        of_any_form[0] = form;
        let mut compressed = uncompressed[..33].to_vec();
        compressed[0] = 2 + (form & 1);
        for key in [&change.apply(&uncompressed), &of_any_form, &compressed, &change.apply(&compressed), &bytes] {
            prop_assert_eq!(PublicKey::new(key).is_ok(), ES256PublicKey::from_bytes(key).is_ok());
        }
    }
}

#[test]
fn numbers_outside_of_the_scalars_make_no_signature() {
    let message = message("ES256", 0);
    let secret = Scalar::from(7_u64);
    let key = public_key(&secret);
    let mut one = [0; 32];
    one[31] = 1;
    let mut below_order = ORDER;
    below_order[31] -= 1;
    let good = sign(&secret, &Scalar::from(5_u64), &message);
    let (r, s) = (good.0.to_repr().into(), good.1.to_repr().into());
    let numbers: [[u8; 32]; 7] = [[0; 32], one, below_order, ORDER, [0xff; 32], r, s];
    for r in numbers {
        for s in numbers {
            let signature = [r, s].concat();
            assert_eq!(
                is_good(&key, &message, &signature),
                signature == encode(good)
            );
            assert_eq!(
                is_judged_good(&key, &message, &signature),
                signature == encode(good)
            );
        }
    }
}

#[test]
fn a_point_off_the_curve_or_at_infinity_is_no_key() {
    let good = public_key(&Scalar::from(7_u64));
    let mut off_the_curve = good.clone();
    off_the_curve[64] ^= 1;
    let zeros = [&[4][..], &[0; 64]].concat();
    for key in [&off_the_curve, &zeros, &vec![0], &vec![0; 65], &vec![]] {
        assert!(PublicKey::new(key).is_err(), "{key:02x?}");
    }
    assert!(PublicKey::new(&good).is_ok());
}
