//! JWKs as providers serialise them.

use jwt_simple::prelude::{ECDSAP256KeyPairLike, ES256KeyPair, RSAKeyPairLike};
use jwt_simple::reexports::ct_codecs::{Base64UrlSafeNoPadding, Decoder};
use portico_tokens::base64url;

use super::signatures::{PAIRS, library_claims};
use super::*;
use crate::auth::jwk;

fn rsa() -> Value {
    serde_json::from_str(&PAIRS.rs256.public_key().to_jwk()).unwrap()
}

fn ec(pair: &ES256KeyPair) -> Value {
    serde_json::from_str(&pair.public_key().to_jwk()).unwrap()
}

fn with(mut jwk: Value, name: &str, value: Value) -> Value {
    jwk[name] = value;
    jwk
}

fn bytes(jwk: &Value, name: &str) -> Vec<u8> {
    Base64UrlSafeNoPadding::decode_to_vec(jwk[name].as_str().unwrap(), None).unwrap()
}

#[track_caller]
fn verifies(jwk: &Value, token: &str) {
    let key = jwk::read(jwk).unwrap_or_else(|why| panic!("{why}: {jwk}"));
    let user = verify(token, &config(), &[key], NOW);
    assert!(user.is_ok(), "{user:?}: {jwk}");
}

#[test]
fn a_member_that_is_null_is_absent() {
    // .NET and Java write every member that their classes have.
    let token = PAIRS.rs256.sign(library_claims()).unwrap();
    let mut jwk = rsa();
    for name in [
        "use", "alg", "key_ops", "kid", "x5c", "x5t", "x5u", "k", "crv", "x", "y", "d",
    ] {
        jwk[name] = Value::Null;
        verifies(&with(rsa(), name, Value::Null), &token);
    }
    verifies(&jwk, &token);
    for name in ["kty", "n", "e"] {
        assert!(
            jwk::read(&with(rsa(), name, Value::Null)).is_err(),
            "{name}"
        );
    }
}

#[test]
fn a_number_may_have_zeros_in_front() {
    let token = PAIRS.rs256.sign(library_claims()).unwrap();
    for exponent in ["AQAB", "AAEAAQ", "AAAAAAABAAE"] {
        verifies(&with(rsa(), "e", json!(exponent)), &token);
    }
    let modulus = [&[0], bytes(&rsa(), "n").as_slice()].concat();
    verifies(&with(rsa(), "n", json!(base64url(modulus))), &token);
    for exponent in ["", "AA", "Aw", "AQABAA", "AQAB=", "AQAC"] {
        assert!(
            jwk::read(&with(rsa(), "e", json!(exponent))).is_err(),
            "{exponent}"
        );
    }
}

/// A pair with a coordinate that begins with a zero byte, as every 128th has.
fn with_short_coordinate() -> (ES256KeyPair, &'static str) {
    loop {
        let pair = ES256KeyPair::generate();
        for name in ["x", "y"] {
            if bytes(&ec(&pair), name)[0] == 0 {
                return (pair, name);
            }
        }
    }
}

#[test]
fn a_coordinate_may_have_lost_its_zeros_or_gained_one() {
    let (pair, short) = with_short_coordinate();
    let token = pair.sign(library_claims()).unwrap();
    let jwk = ec(&pair);
    verifies(&jwk, &token);
    let coordinate = bytes(&jwk, short);
    verifies(
        &with(jwk.clone(), short, json!(base64url(&coordinate[1..]))),
        &token,
    );
    for name in ["x", "y"] {
        let longer = [&[0], bytes(&jwk, name).as_slice()].concat();
        verifies(&with(jwk.clone(), name, json!(base64url(&longer))), &token);
        let too_long = [&[0, 0], bytes(&jwk, name).as_slice()].concat();
        let not_zero = [&[1], bytes(&jwk, name).as_slice()].concat();
        let shifted = [bytes(&jwk, name).as_slice(), &[0]].concat();
        for other in [too_long, not_zero, shifted] {
            let other = with(jwk.clone(), name, json!(base64url(&other)));
            assert!(jwk::read(&other).is_err(), "{other}");
        }
    }
}

#[test]
fn a_key_that_is_passed_over_says_why() {
    for (jwk, why) in [
        (json!(7), "it is not a JSON object"),
        (json!({}), "its `kty` is none that Portico verifies with"),
        (
            json!({"kty": "oct", "k": "AAAA"}),
            "it is a shared secret, not a public key",
        ),
        (
            json!({"kty": "AKP"}),
            "its `kty` is none that Portico verifies with",
        ),
        (
            json!({"kty": "EC", "crv": "secp256k1"}),
            "its curve is none that Portico verifies with",
        ),
        (
            json!({"kty": "OKP", "crv": "X25519"}),
            "its curve is none that Portico verifies with",
        ),
        (with(rsa(), "use", json!("enc")), "its `use` is not `sig`"),
        (with(rsa(), "use", json!(7)), "its `use` is not `sig`"),
        (
            with(rsa(), "key_ops", json!([])),
            "its `key_ops` does not have `verify`",
        ),
        (
            with(rsa(), "key_ops", json!("verify")),
            "its `key_ops` does not have `verify`",
        ),
        (with(rsa(), "kid", json!(7)), "its `kid` is not a string"),
        (
            with(rsa(), "alg", json!("PS256")),
            "its `alg` is none that Portico verifies with such a key",
        ),
        (
            with(rsa(), "alg", json!("ES256")),
            "its `alg` is none that Portico verifies with such a key",
        ),
        (
            with(rsa(), "n", json!(7)),
            "a number of it is missing or is not base64url",
        ),
        (
            with(rsa(), "n", json!("AQAB")),
            "its modulus has fewer than 2048 bits",
        ),
        (
            with(rsa(), "n", json!(base64url([0xff; 513]))),
            "its modulus has more than 4096 bits",
        ),
        (
            with(rsa(), "n", json!(base64url([0xfe; 256]))),
            "its modulus is even",
        ),
        (with(rsa(), "e", json!("Aw")), "its exponent is not 65537"),
        (
            with(ec(&PAIRS.es256), "x", json!("AQAB")),
            "its point is not one of the curve P-256",
        ),
    ] {
        assert_eq!(jwk::read(&jwk).map(drop), Err(why), "{jwk}");
    }
}
