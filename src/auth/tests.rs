use std::sync::LazyLock;
use std::time::Duration;

use ed25519_dalek::Signer;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use jwt_simple::prelude::{
    Claims, ECDSAP256KeyPairLike, ES256KeyPair, Ed25519KeyPair, EdDSAKeyPairLike, JWTClaims,
    NoCustomClaims, RS256KeyPair, RSAKeyPairLike, UnixTimeStamp,
};
use jwt_simple::reexports::ct_codecs::{Base64, Encoder};
use portico_stand_in::tokens::{base64url, compact, hs256, sign_hs256};
use serde_json::{Value, json};

use super::keys::{self, Key};
use super::*;
use crate::user::User;

const NOW: Duration = Duration::from_secs(1_800_000_000);
const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const HEADER: &[u8] = br#"{"alg":"HS256","typ":"JWT"}"#;

fn headers(values: &[&[u8]]) -> HeaderMap {
    values
        .iter()
        .map(|value| (AUTHORIZATION, HeaderValue::from_bytes(value).unwrap()))
        .collect()
}

#[test]
fn the_scheme_is_compared_without_case() {
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let value = format!("{scheme} a.b.c");
        assert_eq!(bearer_token(&headers(&[value.as_bytes()]), 5), Ok("a.b.c"));
    }
}

#[test]
fn a_request_without_a_bearer_token_is_told_apart_from_one_with_a_bad_one() {
    for (values, refusal) in [
        (&[] as &[&[u8]], Refusal::NoToken),
        (&[b""], Refusal::NoToken),
        (&[b"Bearer"], Refusal::NoToken),
        (&[b"Bearer "], Refusal::NoToken),
        (&[b"Bearer\ta.b.c"], Refusal::NoToken),
        (&[b"Bearera.b.c"], Refusal::NoToken),
        (&[b"Basic dTpw"], Refusal::NoToken),
        (&[b"a.b.c"], Refusal::NoToken),
        (&[b"Bearer a.b.c", b"Bearer a.b.c"], Refusal::SeveralHeaders),
        (&[b"Bearer a.b.c", b"Basic dTpw"], Refusal::SeveralHeaders),
        (&[b"Bearer a.b.c d"], Refusal::NotAToken),
        (&[b"Bearer a.b.c,"], Refusal::NotAToken),
        (&[b"Bearer \"a.b.c\""], Refusal::NotAToken),
        (&[b"Bearer a.b.\xff"], Refusal::NotAToken),
        (&[b"Bearer aaaa.bbbb.cccc"], Refusal::TooLong),
    ] {
        assert_eq!(
            bearer_token(&headers(values), 12),
            Err(refusal),
            "{values:?}"
        );
    }
}

fn config() -> Settings {
    Settings {
        issuers: vec![
            "https://id.example.com/".to_owned(),
            "https://old.example.com".to_owned(),
        ],
        audiences: vec!["portico".to_owned(), "web".to_owned()],
        user_claim: "sub".to_owned(),
        leeway: Duration::from_secs(30),
        max_token_bytes: 8_192,
        keys: vec![Key::hs256(SECRET)],
        jwks: None,
    }
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example.com/",
        "aud": "portico",
        "sub": "user_1",
        "iat": NOW.as_secs() - 60,
        "exp": NOW.as_secs() + 3_600,
    })
}

/// The claims with some of them replaced; `null` removes one.
fn claims_with(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn verify_token(token: &str) -> Result<String, Refusal> {
    let config = config();
    verify(token, &config, &config.keys, NOW).map(|user| user.as_str().to_owned())
}

fn verify_claims(changes: &Value) -> Result<String, Refusal> {
    verify_token(&hs256(&claims_with(changes), SECRET))
}

fn verify_header(header: &str) -> Result<String, Refusal> {
    verify_token(&sign_hs256(
        header.as_bytes(),
        claims().to_string().as_bytes(),
        SECRET,
    ))
}

#[test]
fn a_good_token_names_its_user() {
    assert_eq!(verify_claims(&json!({})).as_deref(), Ok("user_1"));
}

#[test]
fn a_token_counts_until_its_expiry_and_the_leeway_have_passed() {
    let now = NOW.as_secs();
    assert!(verify_claims(&json!({"exp": now - 29})).is_ok());
    for exp in [now - 30, now - 31, now - 900, 1, 0] {
        assert_eq!(
            verify_claims(&json!({"exp": exp})),
            Err(Refusal::Expired),
            "{exp}"
        );
    }
}

#[test]
fn an_expiry_is_required_and_must_be_a_sane_integer() {
    let now = NOW.as_secs();
    for exp in [
        json!(null),
        json!((now + 60).to_string()),
        json!(1_800_000_060.5),
        json!(-1),
        json!([now + 60]),
        json!({"seconds": now + 60}),
        json!(true),
    ] {
        let refusal = verify_claims(&json!({"exp": exp})).unwrap_err();
        assert!(
            matches!(refusal, Refusal::ClaimType | Refusal::Malformed),
            "{exp} {refusal:?}"
        );
    }
    for exp in [
        json!(now * 1_000),
        json!(u64::MAX),
        json!(1_000_000_000_000_u64),
    ] {
        assert_eq!(
            verify_claims(&json!({"exp": exp})),
            Err(Refusal::ExpiryTooFar),
            "{exp}"
        );
    }
    // Tokens that never expire are the issuer's business.
    for exp in [
        json!(4_102_444_800_u64),
        json!(9_999_999_999_u64),
        json!(253_402_300_799_u64),
    ] {
        assert!(verify_claims(&json!({ "exp": exp })).is_ok(), "{exp}");
    }
    // What serde_json reads as floats: exponents and integers beyond 64 bits.
    for exp in [
        "18e8",
        "1.8e9",
        "99999999999999999999999",
        "1e400",
        "NaN",
        "null",
    ] {
        let payload = claims()
            .to_string()
            .replace(&(now + 3_600).to_string(), exp);
        let token = sign_hs256(HEADER, payload.as_bytes(), SECRET);
        assert!(verify_token(&token).is_err(), "{exp}");
    }
}

#[test]
fn a_token_from_the_future_is_refused_beyond_the_leeway() {
    let now = NOW.as_secs();
    for claim in ["nbf", "iat"] {
        assert!(verify_claims(&json!({claim: now + 30})).is_ok());
        assert_eq!(
            verify_claims(&json!({claim: now + 31})),
            Err(Refusal::NotYetValid),
            "{claim}"
        );
        assert!(verify_claims(&json!({ claim: 1.5 })).is_ok());
        for value in [
            json!("1"),
            json!(-1),
            json!(-1.5),
            json!(1e300),
            json!(false),
        ] {
            assert!(
                verify_claims(&json!({claim: value})).is_err(),
                "{claim} {value}"
            );
        }
    }
    assert!(verify_claims(&json!({"iat": null})).is_ok());
}

#[test]
fn the_issuer_must_be_an_accepted_one_to_the_letter() {
    assert!(verify_claims(&json!({"iss": "https://old.example.com"})).is_ok());
    for issuer in [
        json!("https://id.example.com"),
        json!("https://ID.example.com/"),
        json!("https://id.example.com/ "),
        json!("https://id.example.com/,https://old.example.com"),
        json!(""),
    ] {
        assert_eq!(
            verify_claims(&json!({"iss": issuer})),
            Err(Refusal::Issuer),
            "{issuer}"
        );
    }
    for issuer in [json!(null), json!(7), json!(["https://id.example.com/"])] {
        assert!(verify_claims(&json!({"iss": issuer})).is_err(), "{issuer}");
    }
}

#[test]
fn the_audience_must_have_an_accepted_one_to_the_letter() {
    for audience in [json!("web"), json!(["other", "web"]), json!(["portico"])] {
        assert!(
            verify_claims(&json!({"aud": audience})).is_ok(),
            "{audience}"
        );
    }
    for audience in [
        json!("other"),
        json!("Portico"),
        json!("portico,web"),
        json!(""),
        json!([]),
        json!(["other"]),
    ] {
        assert_eq!(
            verify_claims(&json!({"aud": audience})),
            Err(Refusal::Audience),
            "{audience}"
        );
    }
    for audience in [
        json!(null),
        json!(7),
        json!({"portico": true}),
        json!(["portico", 7]),
    ] {
        assert!(
            verify_claims(&json!({"aud": audience})).is_err(),
            "{audience}"
        );
    }
}

#[test]
fn the_user_must_be_a_short_string_without_control_characters() {
    for user in ["a", "auth0|5f7c", "user name", "ü", &"u".repeat(255)] {
        assert_eq!(verify_claims(&json!({"sub": user})).as_deref(), Ok(user));
    }
    for user in [
        json!(""),
        json!("a\u{0}"),
        json!("a\nb"),
        json!("\u{7f}"),
        json!("\u{85}"),
        json!("u".repeat(256)),
        json!("ü".repeat(128)),
    ] {
        assert_eq!(
            verify_claims(&json!({"sub": user})),
            Err(Refusal::UserClaim),
            "{user}"
        );
    }
    for user in [
        json!(null),
        json!(7),
        json!(["user_1"]),
        json!({"id": "user_1"}),
    ] {
        assert!(verify_claims(&json!({"sub": user})).is_err(), "{user}");
    }
}

#[test]
fn the_user_can_be_in_another_claim() {
    let config = Settings {
        user_claim: "https://example.com/uid".to_owned(),
        ..config()
    };
    let token = hs256(
        &claims_with(&json!({"https://example.com/uid": "u-7"})),
        SECRET,
    );
    assert_eq!(
        verify(&token, &config, &config.keys, NOW),
        Ok(User::named("u-7").unwrap())
    );
    let token = hs256(&claims(), SECRET);
    assert_eq!(
        verify(&token, &config, &config.keys, NOW),
        Err(Refusal::UserClaim)
    );
}

#[test]
fn subject_and_identifier_of_a_token_are_strings_where_they_are() {
    let config = Settings {
        user_claim: "uid".to_owned(),
        ..config()
    };
    let verify_claims = |changes: Value| {
        let mut claims = claims_with(&changes);
        claims["uid"] = "u-7".into();
        verify(&hs256(&claims, SECRET), &config, &config.keys, NOW)
    };
    for name in ["sub", "jti"] {
        assert!(verify_claims(json!({name: "1"})).is_ok(), "{name}");
        assert!(verify_claims(json!({name: null})).is_ok(), "{name}, absent");
        for value in [json!(1), json!(["1"]), json!({}), json!(false)] {
            assert_eq!(
                verify_claims(json!({name: value})),
                Err(Refusal::ClaimType),
                "{name}"
            );
        }
    }
}

#[test]
fn only_the_types_of_access_and_identity_tokens_are_accepted() {
    for typ in [
        "",
        r#","typ":"JWT""#,
        r#","typ":"jwt""#,
        r#","typ":"at+jwt""#,
        r#","typ":"AT+JWT""#,
        r#","typ":"application/at+jwt""#,
    ] {
        assert!(
            verify_header(&format!(r#"{{"alg":"HS256"{typ}}}"#)).is_ok(),
            "{typ}"
        );
    }
    for typ in [
        "\"logout+jwt\"",
        "\"dpop+jwt\"",
        "\"secevent+jwt\"",
        "\"JWE\"",
        "\"application/jwt\"",
        "\"\"",
        "null",
        "7",
        "[\"JWT\"]",
    ] {
        let header = format!(r#"{{"alg":"HS256","typ":{typ}}}"#);
        assert_eq!(verify_header(&header), Err(Refusal::Type), "{typ}");
    }
}

#[test]
fn extensions_and_keys_in_the_header_are_refused() {
    for parameter in [
        r#""crit":[]"#,
        r#""crit":["exp"]"#,
        r#""crit":null"#,
        r#""crit":["b64"],"b64":false"#,
        r#""b64":false"#,
        r#""b64":true"#,
        r#""zip":"DEF""#,
        r#""jwk":{"kty":"oct","k":"AAAA"}"#,
        r#""jwk":"x""#,
    ] {
        let header = format!(r#"{{"alg":"HS256",{parameter}}}"#);
        assert_eq!(
            verify_header(&header),
            Err(Refusal::HeaderParameter),
            "{parameter}"
        );
    }
}

#[test]
fn an_algorithm_that_no_key_is_bound_to_is_refused() {
    for (alg, refusal) in [
        ("none", Refusal::Algorithm),
        ("None", Refusal::Algorithm),
        ("NONE", Refusal::Algorithm),
        ("", Refusal::Algorithm),
        ("hs256", Refusal::Algorithm),
        ("HS384", Refusal::Algorithm),
        ("HS512", Refusal::Algorithm),
        ("RS512", Refusal::Algorithm),
        ("PS256", Refusal::Algorithm),
        ("ES256K", Refusal::Algorithm),
        ("ed25519", Refusal::Algorithm),
        ("Ed448", Refusal::Algorithm),
        ("RS256", Refusal::NoKey),
        ("ES256", Refusal::NoKey),
        ("EdDSA", Refusal::NoKey),
        ("Ed25519", Refusal::NoKey),
    ] {
        let header = format!(r#"{{"alg":"{alg}"}}"#);
        assert_eq!(verify_header(&header), Err(refusal), "{alg}");
        let unsigned = compact(header.as_bytes(), claims().to_string().as_bytes(), b"");
        assert_eq!(verify_token(&unsigned), Err(refusal), "{alg}");
    }
    for header in [
        "{}",
        r#"{"alg":null}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"Alg":"HS256"}"#,
    ] {
        assert_eq!(verify_header(header), Err(Refusal::Algorithm), "{header}");
    }
}

#[test]
fn a_changed_token_is_refused() {
    let token = hs256(&claims(), SECRET);
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    let admin = base64url(claims_with(&json!({"sub": "user_2"})).to_string());
    let other_secret = hs256(&claims(), b"fedcba9876543210fedcba9876543210");
    for (forged, refusal) in [
        (format!("{header}.{admin}.{signature}"), Refusal::Signature),
        (format!("{header}.{payload}."), Refusal::Signature),
        (
            format!("{header}.{payload}.{}", &signature[..42]),
            Refusal::Malformed,
        ),
        (
            format!("{header}.{payload}.{}", base64url([0; 32])),
            Refusal::Signature,
        ),
        (other_secret, Refusal::Signature),
        (hs256(&claims(), b""), Refusal::Signature),
    ] {
        let why = verify_token(&forged).unwrap_err();
        assert!(
            why == refusal || why == Refusal::Signature,
            "{forged} {why:?}"
        );
    }
}

#[test]
fn what_is_not_three_parts_of_strict_base64url_json_is_malformed() {
    let token = hs256(&claims(), SECRET);
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    for text in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        ".".repeat(8_000),
        header.to_owned(),
        format!("{header}.{payload}"),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!("{header}.{payload}.{signature}.{payload}.{signature}"),
        format!(".{payload}.{signature}"),
        format!("{header}={}", &token[header.len()..]),
        format!("{header}==.{payload}.{signature}"),
        format!("{}.{payload}.{signature}", header.replace('J', "+")),
        sign_hs256(b"null", b"{}", SECRET),
        sign_hs256(b"[]", b"{}", SECRET),
        sign_hs256(b"\"HS256\"", b"{}", SECRET),
        sign_hs256(b"", b"{}", SECRET),
        sign_hs256(
            br#"{"alg":"HS256","alg":"HS256"}"#,
            claims().to_string().as_bytes(),
            SECRET,
        ),
        sign_hs256(
            br#"{"alg":"HS256","kid":7}"#,
            claims().to_string().as_bytes(),
            SECRET,
        ),
        sign_hs256(HEADER, b"", SECRET),
        sign_hs256(HEADER, b"null", SECRET),
        sign_hs256(HEADER, b"[]", SECRET),
        sign_hs256(HEADER, b"{", SECRET),
        sign_hs256(HEADER, b"\xff", SECRET),
        sign_hs256(
            HEADER,
            claims()
                .to_string()
                .replacen('{', r#"{"sub":"user_2","#, 1)
                .as_bytes(),
            SECRET,
        ),
    ] {
        assert_eq!(verify_token(&text), Err(Refusal::Malformed), "{text}");
    }
}

struct Pairs {
    rs256: RS256KeyPair,
    es256: ES256KeyPair,
    ed25519: Ed25519KeyPair,
}

/// Key pairs of all kinds, made once: an RSA key takes a while.
static PAIRS: LazyLock<Pairs> = LazyLock::new(|| Pairs {
    rs256: RS256KeyPair::generate(2048).unwrap().with_key_id("rsa"),
    es256: ES256KeyPair::generate().with_key_id("ec"),
    ed25519: Ed25519KeyPair::generate().with_key_id("okp"),
});

fn library_claims() -> JWTClaims<NoCustomClaims> {
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
    keys::parse_public_keys(&pems.join("\n")).unwrap()
}

fn jwks() -> Value {
    let jwks = [
        PAIRS.rs256.public_key().to_jwk(),
        PAIRS.es256.public_key().to_jwk(),
        PAIRS.ed25519.public_key().to_jwk(),
    ];
    json!({"keys": jwks.map(|jwk| serde_json::from_str::<Value>(&jwk).unwrap())})
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
        keys::parse_public_keys(&jwks().to_string()).unwrap(),
        keys::parse_public_keys(&mixed).unwrap(),
    ] {
        for (algorithm, token) in signed_by_all() {
            let user = verify(&token, &config(), &keys, NOW);
            assert_eq!(user, Ok(User::named("user_1").unwrap()), "{algorithm}");
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
        keys::parse_jwks(&json!({"keys": [jwk]})).unwrap()
    };
    for of_key in ["EdDSA", "Ed25519"] {
        let keys = key_for(of_key);
        for of_token in ["EdDSA", "Ed25519"] {
            let user = verify(&signed_as(of_token), &config(), &keys, NOW);
            assert_eq!(user, Ok(User::named("user_1").unwrap()), "{of_token}");
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
    let keys = keys::parse_jwks(&jwks()).unwrap();
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
    let keys = keys::parse_public_keys(&format!("{strangers}{own}")).unwrap();
    assert!(verify(&token, &config(), &keys, NOW).is_ok());
    assert!(keys::parse_public_keys(&format!("{strangers}{own}{own}")).is_err());
}

#[test]
fn a_key_that_the_token_names_comes_before_keys_without_a_name() {
    let strangers: String = (0..16)
        .map(|_| ES256KeyPair::generate().public_key().to_pem().unwrap())
        .collect();
    let keys = keys::parse_public_keys(&format!("{strangers}{}", jwks())).unwrap();
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
    let keys = keys::parse_jwks(&json!({ "keys": jwks })).unwrap();
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
        json!({"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "P-256", "x": base64url([1; 32]), "y": base64url([1; 32])}),
        json!({"kty": "OKP", "crv": "X25519", "x": base64url([9; 32])}),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}),
        weak,
        with("use", json!("enc")),
        with("use", json!(null)),
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
    assert_eq!(keys::parse_jwks(&json!({"keys": all})).unwrap().len(), 0);
    all.push(good());
    all.push(with("x5c", json!(["MII…".repeat(4_000)])));
    assert_eq!(keys::parse_jwks(&json!({"keys": all})).unwrap().len(), 2);
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
        assert!(keys::parse_public_keys(&text).is_err(), "{text}");
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
    assert!(keys::parse_public_keys(&rsa_pem(256)).is_ok());
    assert!(keys::parse_public_keys(&rsa_pem(255)).is_err());
    assert!(keys::parse_public_keys(&rsa_pem(128)).is_err());
}
