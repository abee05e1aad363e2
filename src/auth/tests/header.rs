//! The form of a token, and its header.

use portico_tokens::{base64url, compact};

use super::*;

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
fn a_key_identifier_that_is_null_is_none() {
    for header in [
        r#"{"alg":"HS256","kid":null}"#,
        r#"{"kid":null,"typ":"JWT","alg":"HS256"}"#,
    ] {
        assert!(verify_header(header).is_ok(), "{header}");
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
