//! Claims: how long a token counts, and for whom.

use super::*;
use crate::user::User;

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
    // serde_json reads exponents and integers beyond 64 bits as floats.
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
