//! Public keys as operators paste them, and what they are told of keys that cannot be used.

use jwt_simple::prelude::{ECDSAP256KeyPairLike, EdDSAKeyPairLike, RSAKeyPairLike};
use proptest::prelude::*;

use super::signatures::{PAIRS, library_claims};
use super::*;

/// A public key in PEM, and a token that its key pair has signed.
fn signed() -> [(String, String); 3] {
    [
        (
            PAIRS.rs256.public_key().to_pem().unwrap(),
            PAIRS.rs256.sign(library_claims()).unwrap(),
        ),
        (
            PAIRS.es256.public_key().to_pem().unwrap(),
            PAIRS.es256.sign(library_claims()).unwrap(),
        ),
        (
            PAIRS.ed25519.public_key().to_pem(),
            PAIRS.ed25519.sign(library_claims()).unwrap(),
        ),
    ]
}

/// The problem with the variable.
fn problem(text: &str) -> String {
    let problem = parse_public_keys(text).map(drop).unwrap_err();
    problem.into_owned()
}

#[track_caller]
fn is_the_key(text: &str, token: &str) {
    let keys = parse_public_keys(text).unwrap_or_else(|problem| panic!("{problem}: {text}"));
    assert_eq!(keys.usable.len(), 1, "{text}");
    assert!(
        verify(token, &config(), &keys.usable, NOW).is_ok(),
        "{text}"
    );
}

#[test]
fn a_key_is_the_same_however_it_was_copied() {
    for (pem, token) in signed() {
        let lines: Vec<&str> = pem.lines().collect();
        let [begin, body @ .., end] = lines.as_slice() else {
            panic!()
        };
        for text in [
            // Consoles show one long line, files of variables keep one line, YAML indents.
            format!("{begin}\n{}\n{end}", body.concat()),
            lines.join(" "),
            lines.concat(),
            lines.join("\\n"),
            lines.join("\\r\\n"),
            lines.join("\\\\n"),
            lines.join("\r\n"),
            lines.join("\r"),
            lines.join("\n    "),
            lines.join("\n\t"),
            lines.join("\n\n"),
            lines.join("\\n\n"),
            lines.join("\u{a0}\u{2028}"),
            format!("  {pem}  "),
            format!("\"{pem}\""),
            format!("'{}'", pem.trim()),
            format!("\"{}\\n\"", lines.join("\\n")),
            format!("'\"{pem}\"'\n"),
            format!("\u{feff}{pem}"),
            format!("\u{feff}\"{pem}\""),
            format!("\\n{pem}\\n"),
        ] {
            is_the_key(&text, &token);
        }
    }
}

#[test]
fn keys_come_one_behind_the_other_in_any_form() {
    let [(rsa, of_rsa), (ec, of_ec), (ed25519, of_ed25519)] = signed();
    let jwk = PAIRS.es256.public_key().to_jwk();
    for text in [
        format!("{rsa}{ec}{ed25519}"),
        format!(
            "'{}' \"{}\"\n{ed25519}",
            rsa.trim(),
            ec.replace('\n', "\\n")
        ),
        format!(
            "{}{}{}",
            rsa.replace('\n', ""),
            jwk,
            ed25519.replace('\n', " ")
        ),
        format!("\u{feff}'{{\"keys\":[{jwk}]}}'{rsa}\\r\\n{ed25519}"),
    ] {
        let keys = parse_public_keys(&text).unwrap().usable;
        assert_eq!(keys.len(), 3, "{text}");
        for token in [&of_rsa, &of_ec, &of_ed25519] {
            assert!(verify(token, &config(), &keys, NOW).is_ok(), "{text}");
        }
    }
}

/// White space as it is copied, or spelled out.
fn space() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        " ", "\t", "\n", "\r", "\r\n", "\u{a0}", "\u{2003}", "\u{feff}", "\\n", "\\r\\n", "\\t",
        "\\\\n",
    ]);
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn white_space_between_the_markers_makes_no_other_key(
        which in 0..3_usize,
        spaces in prop::collection::vec((any::<prop::sample::Index>(), space()), 0..12),
        around in (space(), space()),
        lines in any::<bool>(),
    ) {
        let (pem, token) = &signed()[which];
        let body = pem.strip_prefix("-----BEGIN PUBLIC KEY-----").unwrap().trim_end();
        let mut body = body.strip_suffix("-----END PUBLIC KEY-----").unwrap().to_owned();
        if !lines {
            body.retain(|character| !character.is_whitespace());
        }
        // From the back to the front, so that no piece is put into one that is spelled out.
        let mut places: Vec<_> = spaces.iter().map(|(place, space)| (place.index(body.len() + 1), space)).collect();
        places.sort_unstable_by_key(|(place, _)| *place);
        for (place, space) in places.into_iter().rev() {
            body.insert_str(place, space);
        }
        let (before, behind) = around;
        let text = format!("{before}-----BEGIN PUBLIC KEY-----{body}-----END PUBLIC KEY-----{behind}");
        let keys = parse_public_keys(&text);
        prop_assert!(keys.is_ok(), "{:?}: {}", keys, text);
        prop_assert!(verify(token, &config(), &keys.unwrap().usable, NOW).is_ok());
    }

    #[test]
    fn a_key_that_lost_or_gained_a_character_is_no_other_key(
        place in any::<prop::sample::Index>(), character in "[A-Za-z0-9+/=!\"]", lose in any::<bool>(),
    ) {
        let (pem, token) = &signed()[1];
        let inner = 27..pem.trim_end().len() - 25;
        let place = inner.start + place.index(inner.len());
        let mut changed = pem.clone();
        if lose {
            prop_assume!(!changed.as_bytes()[place].is_ascii_whitespace());
            changed.remove(place);
        } else {
            changed.insert_str(place, &character);
        }
        if let Ok(keys) = parse_public_keys(&changed) {
            prop_assert!(verify(token, &config(), &keys.usable, NOW).is_err());
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(-----BEGIN |PUBLIC KEY-----|-----END |[MIGfwYHKoZz0CAQ=+/\\\\nr \"'{}\\[\\]:,k\u{feff}é-]){0,40}") {
        let _ = parse_public_keys(&text);
    }
}

#[test]
fn a_key_that_cannot_be_used_is_explained() {
    let [(_, _), (ec, _), _] = signed();
    let begin = "-----BEGIN PUBLIC KEY-----";
    for (text, why) in [
        (
            include_str!("keys/rsa-1024.pem").to_owned(),
            "its modulus has fewer than 2048 bits",
        ),
        (include_str!("keys/rsa-pss.pem").to_owned(), "RSASSA-PSS"),
        (
            include_str!("keys/p521.pem").to_owned(),
            "its curve is none that Portico verifies with",
        ),
        (
            include_str!("keys/p256-explicit.pem").to_owned(),
            "its curve is not given by its name",
        ),
        (
            include_str!("keys/p256-hybrid.pem").to_owned(),
            "its point is not one of the curve P-256",
        ),
        (
            include_str!("keys/ed448.pem").to_owned(),
            "its algorithm is none that Portico verifies with",
        ),
        (
            ec.replace("-----END", "=-----END"),
            "something else than base64",
        ),
        (ec.replacen('\n', "\nMFk*", 1), "something else than base64"),
        (
            format!("{begin}-----END PUBLIC KEY-----"),
            "not that of a whole public key",
        ),
        (
            format!("{begin}AAAA-----END PUBLIC KEY-----"),
            "not that of a whole public key",
        ),
        (
            ec.replace("PUBLIC", "RSA PUBLIC"),
            "not that of a whole public key",
        ),
        (
            ec.replace("-----END PUBLIC KEY-----", ""),
            "without its end",
        ),
        (
            ec.replace("END PUBLIC", "END RSA PUBLIC"),
            "without its end",
        ),
        (ec.replace("PUBLIC KEY", "PRIVATE KEY"), "a private key"),
        (ec.replace("PUBLIC KEY", "EC PRIVATE KEY"), "a private key"),
        (ec.replace("PUBLIC KEY", "CERTIFICATE"), "a certificate"),
        (
            ec.replace("PUBLIC KEY", "EC PARAMETERS"),
            "not a PUBLIC KEY",
        ),
        (
            "ssh-rsa AAAAB3NzaC1yc2E= me@example.com".to_owned(),
            "OpenSSH",
        ),
        (
            "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----".to_owned(),
            "OpenSSH",
        ),
        (
            "https://id.example.com/jwks.json".to_owned(),
            "jwt_jwks_origin",
        ),
        (
            ec.lines().filter(|line| !line.starts_with('-')).collect(),
            "base64 outside of a PEM block",
        ),
        (
            "key".to_owned(),
            "must be PEM public keys or a JWKS document",
        ),
        ("\u{feff}".to_owned(), "has no usable key"),
        ("{\"keys\":[]}".to_owned(), "has no usable key"),
        ("{\"keys\":[],\"keys\":[]}".to_owned(), "has a member twice"),
        (
            "{\"kty\":\"oct\",\"k\":\"AAAA\"}".to_owned(),
            "(1 key passed over: it is a shared secret",
        ),
        (
            "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"enc\"},{\"kty\":\"AKP\"}]}".to_owned(),
            "(2 keys passed over, the first one: its `use` is not `sig`)",
        ),
    ] {
        let problem = problem(&text);
        assert!(problem.contains(why), "{problem}, but not: {why}");
    }
}

#[test]
fn keys_of_a_set_that_cannot_be_used_cost_no_other_key() {
    let jwk = PAIRS.es256.public_key().to_jwk();
    let keys = parse_public_keys(&format!(
        r#"{{"keys":[{{"kty":"RSA","alg":"RS512","n":"AQAB","e":"AQAB"}},{jwk},7,{{"kid":1,"kid":1}}]}}"#
    ))
    .unwrap();
    assert_eq!(keys.usable.len(), 1);
    assert_eq!(
        keys.passed_over.to_string(),
        " (3 keys passed over, the first one: its `alg` is none that Portico verifies with such a key)"
    );
}
