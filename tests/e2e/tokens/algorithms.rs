//! Keys and the algorithms that they are bound to.

use std::sync::LazyLock;

use jwt_simple::prelude::{
    Claims, Duration, ECDSAP256KeyPairLike, ES256KeyPair, Ed25519KeyPair, EdDSAKeyPairLike,
    RS256KeyPair, RSAKeyPairLike,
};

use super::*;

struct Pairs {
    rs256: RS256KeyPair,
    es256: ES256KeyPair,
    ed25519: Ed25519KeyPair,
}

static PAIRS: LazyLock<Pairs> = LazyLock::new(|| Pairs {
    rs256: RS256KeyPair::generate(2048).unwrap().with_key_id("rsa-1"),
    es256: ES256KeyPair::generate().with_key_id("ec-1"),
    ed25519: Ed25519KeyPair::generate().with_key_id("ed-1"),
});

fn signed_by_all() -> [(&'static str, String); 3] {
    let claims = || {
        Claims::create(Duration::from_mins(10))
            .with_issuer(ISSUER)
            .with_audience(AUDIENCE)
            .with_subject(USER)
    };
    [
        ("RS256", PAIRS.rs256.sign(claims()).unwrap()),
        ("ES256", PAIRS.es256.sign(claims()).unwrap()),
        ("EdDSA", PAIRS.ed25519.sign(claims()).unwrap()),
    ]
}

fn pems() -> [String; 3] {
    [
        PAIRS.rs256.public_key().to_pem().unwrap(),
        PAIRS.es256.public_key().to_pem().unwrap(),
        PAIRS.ed25519.public_key().to_pem(),
    ]
}

fn jwks() -> String {
    let keys = [
        PAIRS.rs256.public_key().to_jwk(),
        PAIRS.es256.public_key().to_jwk(),
        PAIRS.ed25519.public_key().to_jwk(),
    ];
    format!("{{\"keys\":[{}]}}", keys.join(","))
}

#[tokio::test]
async fn tokens_of_every_algorithm_are_accepted_with_keys_in_pem_and_in_a_jwks_document() {
    for public_keys in [pems().concat(), jwks()] {
        let portico = Portico::setup()
            .without("jwt_hs256_secret")
            .variable("jwt_public_keys", public_keys)
            .start()
            .await;
        for (algorithm, token) in signed_by_all() {
            let answer = portico.portal().bearer(&token).send().await;
            assert_eq!(answer.status, 200, "{algorithm}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_public_key_never_serves_as_an_hmac_secret() {
    for secret in [None, Some(SECRET)] {
        let mut setup = Portico::setup()
            .without("jwt_hs256_secret")
            .variable("jwt_public_keys", pems().concat());
        if let Some(secret) = secret {
            setup = setup.variable("jwt_hs256_secret", secret);
        }
        let portico = setup.start().await;
        for pem in pems() {
            for key in [pem.as_str(), pem.trim_end()] {
                let answer = portico
                    .portal()
                    .bearer(&hs256(&claims(), key.as_bytes()))
                    .send()
                    .await;
                assert_unauthorized(&answer, BAD_TOKEN);
            }
        }
    }
}

#[tokio::test]
async fn a_key_of_another_algorithm_does_not_verify() {
    let [rsa, ec, ed] = pems();
    for (configured, accepted) in [(rsa, "RS256"), (ec, "ES256"), (ed, "EdDSA")] {
        let portico = Portico::setup()
            .without("jwt_hs256_secret")
            .variable("jwt_public_keys", configured)
            .start()
            .await;
        for (algorithm, token) in signed_by_all() {
            let status = portico.portal().bearer(&token).send().await.status;
            assert_eq!(
                status == 200,
                algorithm == accepted,
                "{algorithm} with a key for {accepted}"
            );
        }
    }
}
