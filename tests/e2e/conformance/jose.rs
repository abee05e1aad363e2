//! Tokens that the `jose` package makes (`tests/e2e/conformance/scripts/tokens.mjs`): the good ones count, however Portico comes by their
//! keys, and the bad ones do not.

use std::sync::LazyLock;

use portico::auth::Refusal;
use serde_json::{Value, json};

use super::{Missing, node, or_skip};
use crate::harness::{AUDIENCE, ISSUER, Portico, Setup, USER};
use crate::identity_provider::{IdentityProvider, Mood};

/// A token that must not count, and the check that it must fail.
type Bad = &'static [(&'static str, Refusal)];

/// A verifier that reads the algorithm from the token verifies nothing here (CVE-2018-1000531, CVE-2022-23540).
const UNSECURED: Bad = &[
    ("alg none", Refusal::Algorithm),
    ("alg none with a signature", Refusal::Algorithm),
];

/// A token that is encrypted to a public key was made by anybody, and what a shared secret encrypts is not signed
/// either. A reader who unwraps it may trust what is inside.
const ENCRYPTED: Bad = &[
    ("a JWE to the shared secret", Refusal::Malformed),
    ("a JWE to our RSA key", Refusal::Malformed),
    (
        "a JWE to our RSA key around an unsecured JWT",
        Refusal::Malformed,
    ),
    ("a JWE to our RSA key around a good JWT", Refusal::Malformed),
];

/// RFC 7515, section 4.1.11: what is critical and not understood makes the token invalid. RFC 7797, section 7: a JWT
/// does not have `b64`.
const EXTENDED: Bad = &[
    ("b64 false over base64url", Refusal::HeaderParameter),
    (
        "b64 false with a detached payload",
        Refusal::HeaderParameter,
    ),
    ("b64 false with the payload as it is", Refusal::NotAToken),
    ("crit with an extension", Refusal::HeaderParameter),
    ("zip over a payload as it is", Refusal::HeaderParameter),
];

/// RFC 8725, section 3.1: a key is for one algorithm. `Ed25519` (RFC 9864) is another name than `EdDSA`, and Portico
/// knows one name for each algorithm.
const OTHER_ALGORITHMS: Bad = &[
    ("PS256 by our RSA key", Refusal::Algorithm),
    ("RS384 by our RSA key", Refusal::Algorithm),
    ("RS512 by our RSA key", Refusal::Algorithm),
    ("HS384 by our secret", Refusal::Algorithm),
    ("HS512 by our secret", Refusal::Algorithm),
    ("ES512", Refusal::Algorithm),
];

/// A public key is known to everybody, and so is whatever is signed with it as a secret (CVE-2015-9235,
/// CVE-2016-10555, CVE-2022-23541, CVE-2024-54150).
const PUBLIC_KEYS_AS_SECRETS: Bad = &[
    ("the PEM of our RSA key as a secret", Refusal::Signature),
    ("the PEM of our EC key as a secret", Refusal::Signature),
    ("the PEM of our Ed25519 key as a secret", Refusal::Signature),
    ("the JWK of our RSA key as a secret", Refusal::Signature),
    ("the modulus of our RSA key as a secret", Refusal::Signature),
];

/// A signature of zeros solves the equation of ECDSA for whoever forgets that zero is not allowed (CVE-2022-21449).
const BLANK_SIGNATURES: Bad = &[
    ("an ECDSA signature of zeros", Refusal::Signature),
    ("an EdDSA signature of zeros", Refusal::Signature),
    ("an RSA signature of zeros", Refusal::Signature),
    ("an RSA signature of one", Refusal::Signature),
];

/// A key that comes with the token proves that its sender has a key (CVE-2018-0114).
const OWN_KEYS: Bad = &[
    ("its own key in jwk, RS256", Refusal::HeaderParameter),
    ("its own key in jwk, ES256", Refusal::HeaderParameter),
    ("its own key in jwk, EdDSA", Refusal::HeaderParameter),
    ("our own key in jwk", Refusal::HeaderParameter),
    ("its own key in x5c", Refusal::Signature),
];

/// Neither does one that the token points at, and asking for it would let anybody make Portico call any address.
const POINTERS: Bad = &[
    ("its own key behind jku", Refusal::NoKey),
    ("its own key behind jku, without a kid", Refusal::Signature),
    ("its own key behind x5u", Refusal::NoKey),
];

/// Elsewhere, `kid` has been a path and a part of a statement in SQL. Here it is compared, to its last byte.
const KEY_IDENTIFIERS: Bad = &[
    ("kid as a path to an empty file", Refusal::Signature),
    ("kid as an SQL injection", Refusal::Signature),
    ("kid with a NUL", Refusal::Signature),
    ("kid of a prototype", Refusal::Signature),
    ("kid with a NUL behind ours", Refusal::NoKey),
    ("kid as a key of the store", Refusal::NoKey),
    ("kid of another key of ours", Refusal::NoKey),
];

const CLAIMS: Bad = &[
    ("a JWT in a JWS", Refusal::Malformed),
    ("expired", Refusal::Expired),
    ("without an expiry", Refusal::ClaimType),
    ("not valid yet", Refusal::NotYetValid),
    ("for another audience", Refusal::Audience),
    ("of another issuer", Refusal::Issuer),
    ("without a user", Refusal::UserClaim),
];

const ALL: &[Bad] = &[
    UNSECURED,
    ENCRYPTED,
    EXTENDED,
    OTHER_ALGORITHMS,
    PUBLIC_KEYS_AS_SECRETS,
    BLANK_SIGNATURES,
    OWN_KEYS,
    POINTERS,
    KEY_IDENTIFIERS,
    CLAIMS,
];

/// The tokens that the script makes for tests that have no server for it to point at.
static MADE: LazyLock<Result<Value, Missing>> = LazyLock::new(|| make("http://127.0.0.1:1"));

/// The same, or the test is to be skipped.
fn made() -> Option<&'static Value> {
    MADE.as_ref().inspect_err(|missing| missing.skip()).ok()
}

/// Keys and tokens; some of these point at `elsewhere`.
fn make(elsewhere: &str) -> Result<Value, Missing> {
    let input = json!({
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "user": USER,
        "elsewhere": elsewhere,
    });
    node("tokens.mjs", &input)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn pems(made: &Value) -> String {
    made["pems"].as_array().unwrap().iter().map(text).collect()
}

/// A Portico with the script's secret, and the public keys in some form.
fn setup(made: &Value, public_keys: String) -> Setup {
    Portico::setup()
        .variable("jwt_hs256_secret", text(&made["secret"]))
        .variable("jwt_public_keys", public_keys)
}

async fn accepts_all_good_ones(portico: &Portico, made: &Value) {
    let good = made["good"].as_object().unwrap();
    assert_eq!(good.len(), 6);
    for (algorithm, token) in good {
        let answer = portico.portal().bearer(text(token)).send().await;
        assert_eq!(answer.status, 200, "{algorithm}: {answer:?}");
    }
}

async fn refuses(portico: &Portico, made: &Value, bad: Bad) {
    for (index, (what, refusal)) in bad.iter().enumerate() {
        let id = format!("bad-{index}");
        let token = made["bad"][what].as_str();
        let token = token.unwrap_or_else(|| panic!("the script does not make `{what}`"));
        let answer = portico
            .portal()
            .bearer(token)
            .header("x-request-id", &id)
            .send()
            .await;
        assert_eq!(answer.status, 401, "{what}: {answer:?}");
        let entry = portico.log_entry(&id).await;
        assert_eq!(entry["reason"], refusal.reason(), "{what}");
    }
    assert!(portico.stripe.requests().is_empty());
    assert_eq!(portico.host.denied_outbound_calls(), 0);
}

/// Asserts that a Portico refuses these, and that there is nothing else wrong with it.
async fn are_refused(bad: Bad) {
    let Some(made) = made() else { return };
    let portico = setup(made, made["jwks"].to_string()).start().await;
    refuses(&portico, made, bad).await;
    assert_eq!(portico.host.outbound_calls(), 0);
    accepts_all_good_ones(&portico, made).await;
}

#[tokio::test]
async fn tokens_of_every_algorithm_are_accepted_with_keys_in_pem() {
    let Some(made) = made() else { return };
    let portico = setup(made, pems(made)).start().await;
    accepts_all_good_ones(&portico, made).await;
}

#[tokio::test]
async fn tokens_of_every_algorithm_are_accepted_with_keys_in_a_jwks_document() {
    let Some(made) = made() else { return };
    let portico = setup(made, made["jwks"].to_string()).start().await;
    accepts_all_good_ones(&portico, made).await;
}

#[tokio::test]
async fn tokens_of_every_algorithm_are_accepted_with_keys_that_the_identity_provider_serves() {
    let Some(made) = made() else { return };
    let provider = IdentityProvider::start(&[]).await;
    provider.be(Mood::Answers(200, made["jwks"].to_string().into_bytes()));
    let portico = provider
        .connect(Portico::setup())
        .variable("jwt_hs256_secret", text(&made["secret"]))
        .start()
        .await;
    accepts_all_good_ones(&portico, made).await;
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn whatever_is_bad_is_also_bad_with_keys_that_the_identity_provider_serves() {
    let Some(made) = made() else { return };
    let provider = IdentityProvider::start(&[]).await;
    provider.be(Mood::Answers(200, made["jwks"].to_string().into_bytes()));
    for bad in ALL {
        let portico = provider
            .connect(Portico::setup())
            .variable("jwt_hs256_secret", text(&made["secret"]))
            .start()
            .await;
        let asked = provider.asked();
        refuses(&portico, made, bad).await;
        // Once for the keys, and once for all identifiers that are not among them.
        assert!(provider.asked() - asked <= 2);
    }
}

#[tokio::test]
async fn a_key_that_a_token_points_at_is_never_asked_for() {
    let elsewhere = IdentityProvider::start(&[]).await;
    let Some(made) = or_skip(make(elsewhere.origin())) else {
        return;
    };
    let portico = setup(&made, made["jwks"].to_string()).start().await;
    refuses(&portico, &made, POINTERS).await;
    assert_eq!(elsewhere.asked(), 0);
}

#[tokio::test]
async fn an_unsecured_token_is_refused() {
    are_refused(UNSECURED).await;
}

#[tokio::test]
async fn an_encrypted_token_is_not_taken_for_a_signed_one() {
    are_refused(ENCRYPTED).await;
}

#[tokio::test]
async fn a_token_with_an_extension_is_refused() {
    are_refused(EXTENDED).await;
}

#[tokio::test]
async fn a_trusted_key_is_not_trusted_with_another_algorithm() {
    are_refused(OTHER_ALGORITHMS).await;
}

#[tokio::test]
async fn a_public_key_is_not_a_secret() {
    are_refused(PUBLIC_KEYS_AS_SECRETS).await;
}

#[tokio::test]
async fn a_blank_signature_is_refused() {
    are_refused(BLANK_SIGNATURES).await;
}

#[tokio::test]
async fn a_token_that_brings_its_own_key_is_refused() {
    are_refused(OWN_KEYS).await;
}

#[tokio::test]
async fn a_key_identifier_is_nothing_but_a_name() {
    are_refused(KEY_IDENTIFIERS).await;
}

#[tokio::test]
async fn a_token_that_is_signed_well_and_says_something_else_is_refused() {
    are_refused(CLAIMS).await;
}

#[test]
fn every_bad_token_that_the_script_makes_is_in_a_test() {
    let Some(made) = made() else { return };
    let mut tested: Vec<_> = ALL
        .iter()
        .copied()
        .flatten()
        .map(|(what, _)| *what)
        .collect();
    tested.sort_unstable();
    let mut made: Vec<_> = made["bad"].as_object().unwrap().keys().collect();
    made.sort_unstable();
    assert_eq!(tested, made);
}
