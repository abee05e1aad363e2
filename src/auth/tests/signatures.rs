//! Keys: which there may be, and which one judges a token.

use std::sync::LazyLock;

use ed25519_dalek::Signer;
use jwt_simple::prelude::{
    Claims, ECDSAP256KeyPairLike, ES256KeyPair, Ed25519KeyPair, EdDSAKeyPairLike, JWTClaims,
    NoCustomClaims, RS256KeyPair, RSAKeyPairLike, UnixTimeStamp,
};
use jwt_simple::reexports::ct_codecs::{Base64, Encoder};
use portico_tokens::{base64url, compact};

use super::*;
use crate::auth::jwks::KeySet;
use crate::user::User;

pub(super) struct Pairs {
    pub(super) rs256: RS256KeyPair,
    pub(super) es256: ES256KeyPair,
    pub(super) ed25519: Ed25519KeyPair,
}

/// Key pairs of all kinds, made once: an RSA key takes a while.
pub(super) static PAIRS: LazyLock<Pairs> = LazyLock::new(|| Pairs {
    rs256: RS256KeyPair::generate(2048).unwrap().with_key_id("rsa"),
    es256: ES256KeyPair::generate().with_key_id("ec"),
    ed25519: Ed25519KeyPair::generate().with_key_id("okp"),
});

pub(super) fn library_claims() -> JWTClaims<NoCustomClaims> {
    let mut claims = Claims::create(jwt_simple::prelude::Duration::from_hours(1))
        .with_issuer("https://id.example.com/")
        .with_audience("portico")
        .with_subject("user_1");
    let at = |seconds| Some(UnixTimeStamp::from_secs(seconds));
    claims.issued_at = at(NOW.as_secs());
    claims.invalid_before = at(NOW.as_secs());
    claims.expires_at = at(NOW.as_secs() + 3_600);
    claims
}

fn signed_by_all() -> [(&'static str, String); 3] {
    [
        ("RS256", PAIRS.rs256.sign(library_claims()).unwrap()),
        ("ES256", PAIRS.es256.sign(library_claims()).unwrap()),
        ("EdDSA", PAIRS.ed25519.sign(library_claims()).unwrap()),
    ]
}

fn pem_keys() -> Vec<Key> {
    let pems = [
        PAIRS.rs256.public_key().to_pem().unwrap(),
        PAIRS.es256.public_key().to_pem().unwrap(),
        PAIRS.ed25519.public_key().to_pem(),
    ];
    parse_public_keys(&pems.join("\n")).unwrap().usable
}

fn jwks() -> Value {
    let jwks = [
        PAIRS.rs256.public_key().to_jwk(),
        PAIRS.es256.public_key().to_jwk(),
        PAIRS.ed25519.public_key().to_jwk(),
    ];
    json!({"keys": jwks.map(|jwk| serde_json::from_str::<Value>(&jwk).unwrap())})
}

fn parse_jwks(document: &Value) -> Vec<Key> {
    let document = document.to_string();
    let set = KeySet::parse(document.as_bytes(), Duration::ZERO);
    set.unwrap().keys
}

#[test]
fn tokens_of_every_asymmetric_algorithm_are_verified_with_keys_in_pem_and_in_jwk() {
    let escaped = PAIRS
        .es256
        .public_key()
        .to_pem()
        .unwrap()
        .replace('\n', "\\n");
    let mixed = format!(
        "{escaped}{}\n{}",
        jwks(),
        PAIRS.rs256.public_key().to_pem().unwrap()
    );
    for keys in [
        pem_keys(),
        parse_public_keys(&jwks().to_string()).unwrap().usable,
        parse_public_keys(&mixed).unwrap().usable,
    ] {
        for (algorithm, token) in signed_by_all() {
            let user = verify(&token, &config(), &keys, NOW);
            assert_eq!(
                user,
                Ok(User::authenticated("user_1").unwrap()),
                "{algorithm}"
            );
        }
    }
}

#[test]
fn a_key_verifies_only_the_algorithm_that_it_is_bound_to() {
    let keys = pem_keys();
    for (algorithm, token) in signed_by_all() {
        let without: Vec<Key> = pem_keys()
            .into_iter()
            .filter(|key| {
                format!("{:?}", key.algorithm()).to_uppercase() != algorithm.to_uppercase()
            })
            .collect();
        assert_eq!(without.len(), 2);
        assert_eq!(
            verify(&token, &config(), &without, NOW),
            Err(Refusal::NoKey),
            "{algorithm}"
        );
    }
    // CVE-2015-9235 and its kin: the public key, which everybody has, taken for an HMAC secret.
    for secret in [
        PAIRS.rs256.public_key().to_pem().unwrap().into_bytes(),
        PAIRS
            .rs256
            .public_key()
            .to_pem()
            .unwrap()
            .trim()
            .as_bytes()
            .to_vec(),
        PAIRS.rs256.public_key().to_der().unwrap(),
        PAIRS.es256.public_key().to_pem().unwrap().into_bytes(),
        PAIRS.ed25519.public_key().to_bytes(),
    ] {
        let token = hs256(&claims(), &secret);
        assert_eq!(verify(&token, &config(), &keys, NOW), Err(Refusal::NoKey));
        let mut with_hmac = pem_keys();
        with_hmac.push(Key::hs256(SECRET));
        assert_eq!(
            verify(&token, &config(), &with_hmac, NOW),
            Err(Refusal::Signature)
        );
    }
}

#[test]
fn ed25519_has_two_names_in_tokens_and_in_keys() {
    let seed = PAIRS.ed25519.to_bytes()[..32].try_into().unwrap();
    let signed_as = |algorithm: &str| {
        let header = json!({"alg": algorithm, "kid": "okp"}).to_string();
        let payload = claims().to_string();
        let input = format!("{}.{}", base64url(&header), base64url(&payload));
        let signature = ed25519_dalek::SigningKey::from_bytes(&seed).sign(input.as_bytes());
        compact(header.as_bytes(), payload.as_bytes(), &signature.to_bytes())
    };
    let key_for = |algorithm: &str| {
        let mut jwk = jwks()["keys"][2].clone();
        jwk["alg"] = algorithm.into();
        parse_jwks(&json!({"keys": [jwk]}))
    };
    for of_key in ["EdDSA", "Ed25519"] {
        let keys = key_for(of_key);
        for of_token in ["EdDSA", "Ed25519"] {
            let user = verify(&signed_as(of_token), &config(), &keys, NOW);
            assert_eq!(
                user,
                Ok(User::authenticated("user_1").unwrap()),
                "{of_token}"
            );
        }
        let other = verify(&signed_as("ES256"), &config(), &keys, NOW);
        assert_eq!(other, Err(Refusal::NoKey));
    }
    for other in ["ES256", "Ed448", "ed25519", "EDDSA", ""] {
        assert!(key_for(other).is_empty(), "{other}");
    }
}

#[test]
fn a_signature_of_nothing_is_refused() {
    // CVE-2022-21449: an ECDSA signature of zeros fitted every message.
    for (header, bytes) in [
        (r#"{"alg":"ES256"}"#, vec![0_u8; 64]),
        (r#"{"alg":"ES256"}"#, vec![]),
        (r#"{"alg":"EdDSA"}"#, vec![0; 64]),
        (r#"{"alg":"RS256"}"#, vec![0; 256]),
        (r#"{"alg":"RS256"}"#, vec![]),
    ] {
        let token = compact(header.as_bytes(), claims().to_string().as_bytes(), &bytes);
        let refusal = verify(&token, &config(), &pem_keys(), NOW).unwrap_err();
        assert!(
            matches!(refusal, Refusal::Signature | Refusal::Malformed),
            "{header} {refusal:?}"
        );
    }
}

#[test]
fn a_key_identifier_chooses_among_keys_that_have_one() {
    let keys = parse_jwks(&jwks());
    let token = PAIRS.es256.sign(library_claims()).unwrap();
    assert!(verify(&token, &config(), &keys, NOW).is_ok());
    let stranger = ES256KeyPair::from_bytes(&PAIRS.es256.to_bytes())
        .unwrap()
        .with_key_id("../../ec");
    let token = stranger.sign(library_claims()).unwrap();
    assert_eq!(verify(&token, &config(), &keys, NOW), Err(Refusal::NoKey));
    // A token without an identifier may be of any key, and so may any token be of a key without one.
    let anonymous = ES256KeyPair::from_bytes(&PAIRS.es256.to_bytes()).unwrap();
    assert!(
        verify(
            &anonymous.sign(library_claims()).unwrap(),
            &config(),
            &keys,
            NOW
        )
        .is_ok()
    );
    assert!(verify(&token, &config(), &pem_keys(), NOW).is_ok());
}

#[test]
fn every_configured_key_is_tried() {
    let strangers: String = (0..15)
        .map(|_| ES256KeyPair::generate().public_key().to_pem().unwrap())
        .collect();
    let own = PAIRS.es256.public_key().to_pem().unwrap();
    let token = PAIRS.es256.sign(library_claims()).unwrap();
    let keys = parse_public_keys(&format!("{strangers}{own}"))
        .unwrap()
        .usable;
    assert!(verify(&token, &config(), &keys, NOW).is_ok());
    assert!(parse_public_keys(&format!("{strangers}{own}{own}")).is_err());
}

#[test]
fn a_key_that_the_token_names_comes_before_keys_without_a_name() {
    let strangers: String = (0..16)
        .map(|_| ES256KeyPair::generate().public_key().to_pem().unwrap())
        .collect();
    let keys = parse_public_keys(&format!("{strangers}{}", jwks()))
        .unwrap()
        .usable;
    let token = PAIRS.es256.sign(library_claims()).unwrap();
    assert!(verify(&token, &config(), &keys, NOW).is_ok());
}

#[test]
fn a_token_without_a_key_identifier_cannot_make_many_checks() {
    let pairs: Vec<_> = (0..17)
        .map(|n| ES256KeyPair::generate().with_key_id(&n.to_string()))
        .collect();
    let jwks: Vec<Value> = pairs
        .iter()
        .map(|pair| serde_json::from_str(&pair.public_key().to_jwk()).unwrap())
        .collect();
    let keys = parse_jwks(&json!({ "keys": jwks }));
    let anonymous = |index: usize| {
        let pair = ES256KeyPair::from_bytes(&pairs[index].to_bytes()).unwrap();
        verify(&pair.sign(library_claims()).unwrap(), &config(), &keys, NOW)
    };
    assert!(anonymous(15).is_ok());
    assert_eq!(anonymous(16), Err(Refusal::Signature));
    assert!(
        verify(
            &pairs[16].sign(library_claims()).unwrap(),
            &config(),
            &keys,
            NOW
        )
        .is_ok()
    );
}

#[test]
fn unusable_entries_of_a_key_set_are_skipped() {
    let good = || jwks()["keys"][0].clone();
    let with = |name: &str, value: Value| {
        let mut jwk = good();
        jwk[name] = value;
        jwk
    };
    let weak = json!({"kty": "RSA", "n": base64url([0xff; 128]), "e": "AQAB"});
    let unusable = [
        json!(null),
        json!("key"),
        json!({}),
        json!({"kty": "oct", "k": base64url(SECRET)}),
        json!({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "P-256", "x": base64url([1; 32]), "y": base64url([1; 32])}),
        json!({"kty": "OKP", "crv": "X25519", "x": base64url([9; 32])}),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}),
        weak,
        with("use", json!("enc")),
        with("key_ops", json!(["encrypt"])),
        with("key_ops", json!("verify")),
        with("alg", json!("RS512")),
        with("alg", json!("HS256")),
        with("alg", json!("none")),
        with("kid", json!(7)),
        with("e", json!("Aw")),
        with("n", json!("not base64url!")),
    ];
    let mut all = unusable.to_vec();
    assert_eq!(parse_jwks(&json!({"keys": all})).len(), 0);
    all.push(good());
    all.push(with("x5c", json!(["MII…".repeat(4_000)])));
    assert_eq!(parse_jwks(&json!({"keys": all})).len(), 2);
}

#[test]
fn public_keys_that_an_operator_mistyped_are_refused_as_a_whole() {
    let pem = PAIRS.es256.public_key().to_pem().unwrap();
    let private = PAIRS.es256.to_pem().unwrap();
    for text in [
        "key".to_owned(),
        "https://id.example.com/jwks.json".to_owned(),
        pem.replace("-----END PUBLIC KEY-----", ""),
        pem.replace("-----END PUBLIC KEY-----", "-----END "),
        pem.replace("MFkw", "MFkx"),
        format!("{pem}x"),
        format!("x{pem}"),
        private,
        "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----".to_owned(),
        "{}".to_owned(),
        "{\"keys\":[]}".to_owned(),
        "{\"keys\":{}}".to_owned(),
        "{\"keys\":[],\"keys\":[]}".to_owned(),
        "{\"kty\":\"oct\",\"k\":\"AAAA\"}".to_owned(),
        jwks().to_string().replace("\"keys\"", "\"Keys\""),
        format!("{}]", jwks()),
    ] {
        assert!(parse_public_keys(&text).is_err(), "{text}");
    }
}

/// An RSA public key in PEM (RFC 8017, appendix A.1.1) with a modulus of ones.
fn rsa_pem(modulus_bytes: u16) -> String {
    let der = |tag: u8, content: &[u8]| {
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        let length = match (high, low) {
            (0, 0..128) => vec![low],
            (0, _) => vec![0x81, low],
            _ => vec![0x82, high, low],
        };
        [&[tag], length.as_slice(), content].concat()
    };
    let modulus = [&[0], vec![0xff; modulus_bytes.into()].as_slice()].concat();
    let key = der(0x30, &[der(2, &modulus), der(2, &[1, 0, 1])].concat());
    let rsa_encryption = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    let key = der(3, &[&[0], key.as_slice()].concat());
    let spki = der(0x30, &[der(0x30, rsa_encryption), key].concat());
    let base64 = Base64::encode_to_string(spki).unwrap();
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
        lines.join("\n")
    )
}

#[test]
fn an_rsa_key_of_fewer_than_2048_bits_is_refused() {
    assert!(parse_public_keys(&rsa_pem(256)).is_ok());
    assert!(parse_public_keys(&rsa_pem(255)).is_err());
    assert!(parse_public_keys(&rsa_pem(128)).is_err());
}
