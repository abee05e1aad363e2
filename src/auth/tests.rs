use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use portico_tokens::{hs256, sign_hs256};
use serde_json::{Value, json};

use super::keys::{Key, PassedOver};
use super::*;

mod claims;
mod header;
mod public_keys;
mod served_keys;
mod signatures;

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

#[test]
fn a_token_is_made_of_the_alphabet_of_rfc_6750_and_of_nothing_else() {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
    for byte in b'!'..=u8::MAX {
        let Ok(value) = HeaderValue::from_bytes(&[b"Bearer a".as_slice(), &[byte]].concat()) else {
            continue;
        };
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        let taken = bearer_token(&headers, 12).is_ok();
        assert_eq!(taken, alphabet.contains(&byte), "{byte:#x}");
    }
}

fn config() -> AuthSettings {
    AuthSettings {
        issuers: vec![
            "https://id.example.com/".to_owned(),
            "https://old.example.com".to_owned(),
        ],
        audiences: vec!["portico".to_owned(), "web".to_owned()],
        audience_claim: Claim::parse("aud").unwrap(),
        user_claim: Claim::parse("sub").unwrap(),
        managers: None,
        leeway: Duration::from_secs(30),
        max_token_bytes: 8_192,
        keys: vec![Key::hs256(SECRET)],
        passed_over: PassedOver::default(),
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
