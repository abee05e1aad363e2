//! Claims: how long a token counts, and for whom.

use proptest::prelude::*;

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
fn an_expiry_is_required_and_must_be_a_sane_number() {
    let now = NOW.as_secs();
    for exp in [
        json!(null),
        json!((now + 60).to_string()),
        json!(-1),
        json!(-0.5),
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
        json!(1_000_000_000_000.5),
        json!(1e300),
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
    for exp in ["99999999999999999999999", "1e400", "NaN", "null"] {
        let payload = claims()
            .to_string()
            .replace(&(now + 3_600).to_string(), exp);
        let token = sign_hs256(HEADER, payload.as_bytes(), SECRET);
        assert!(verify_token(&token).is_err(), "{exp}");
    }
}

/// The claims as text, with a number as it is written.
fn verify_number(claim: &str, number: &str) -> Result<String, Refusal> {
    let mut members = claims();
    members[claim] = json!("the number");
    let payload = members.to_string().replace("\"the number\"", number);
    verify_token(&sign_hs256(HEADER, payload.as_bytes(), SECRET))
}

#[test]
fn an_expiry_with_a_fraction_counts_to_its_fraction() {
    // The leeway is 30 seconds, and the time is 1800000000.
    for (exp, counts) in [
        ("1799999970.5", true),
        ("1799999970.001", true),
        ("1799999970.000001", true),
        ("1799999970.0", false),
        ("1799999970", false),
        ("1799999969.999999", false),
        ("1800003600.123456789", true),
        ("1.8000036005E9", true),
        ("0.5", false),
    ] {
        let verified = verify_number("exp", exp);
        let expected = if counts {
            Ok("user_1")
        } else {
            Err(Refusal::Expired)
        };
        assert_eq!(verified.as_deref().map_err(|why| *why), expected, "{exp}");
    }
    for claim in ["nbf", "iat"] {
        assert!(verify_number(claim, "1800000030.0").is_ok(), "{claim}");
        assert!(verify_number(claim, "1800000029.999").is_ok(), "{claim}");
        let early = verify_number(claim, "1800000030.001");
        assert_eq!(early, Err(Refusal::NotYetValid), "{claim}");
    }
}

proptest! {
    #[test]
    fn a_time_is_compared_as_it_is_written(seconds in 1_799_999_900_u64..1_800_000_000, micros in 0_u64..1_000_000) {
        let exp = format!("{seconds}.{micros:06}");
        let now = (NOW.as_secs() - 30) * 1_000_000;
        prop_assert_eq!(verify_number("exp", &exp).is_ok(), seconds * 1_000_000 + micros > now, "{}", exp);
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
    let config = AuthSettings {
        user_claim: Claim::parse("https://example.com/uid").unwrap(),
        ..config()
    };
    let token = hs256(
        &claims_with(&json!({"https://example.com/uid": "u-7"})),
        SECRET,
    );
    assert_eq!(
        verify(&token, &config, &config.keys, NOW),
        Ok(User::authenticated("u-7").unwrap())
    );
    let token = hs256(&claims(), SECRET);
    assert_eq!(
        verify(&token, &config, &config.keys, NOW),
        Err(Refusal::UserClaim)
    );
}

#[test]
fn a_user_in_another_claim_than_sub_may_be_an_integer() {
    let config = |claim: &str| AuthSettings {
        user_claim: Claim::parse(claim).unwrap(),
        ..config()
    };
    let verify_as = |claim: &str, changes: &Value| {
        let config = config(claim);
        let token = hs256(&claims_with(changes), SECRET);
        verify(&token, &config, &config.keys, NOW).map(|user| user.as_str().to_owned())
    };
    for (user, text) in [
        (json!(7), "7"),
        (json!(0), "0"),
        (json!(-7), "-7"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!(9_007_199_254_740_993_u64), "9007199254740993"),
        (json!("7"), "7"),
    ] {
        let claims = json!({"user_id": user, "o": {"id": user}});
        assert_eq!(verify_as("user_id", &claims).as_deref(), Ok(text));
        assert_eq!(verify_as("/o/id", &claims).as_deref(), Ok(text));
    }
    for user in [json!(7.0), json!(7.5), json!(1e20), json!(true), json!([7])] {
        let refused = verify_as("user_id", &json!({"user_id": user}));
        assert_eq!(refused, Err(Refusal::UserClaim), "{user}");
    }
    for claim in ["sub", "/sub"] {
        let refused = verify_as(claim, &json!({"sub": 7}));
        assert_eq!(refused, Err(Refusal::ClaimType), "{claim}");
    }
}

#[test]
fn the_audience_can_be_in_another_claim() {
    for claim in ["client_id", "/client_id"] {
        let config = AuthSettings {
            audience_claim: Claim::parse(claim).unwrap(),
            ..config()
        };
        let verify_with = |changes: Value| {
            let token = hs256(&claims_with(&changes), SECRET);
            verify(&token, &config, &config.keys, NOW).map(drop)
        };
        assert_eq!(
            verify_with(json!({"aud": null, "client_id": "portico"})),
            Ok(())
        );
        assert_eq!(verify_with(json!({"aud": [], "client_id": "web"})), Ok(()));
        let other = verify_with(json!({"client_id": "other"}));
        assert_eq!(other, Err(Refusal::Audience));
        let absent = verify_with(json!({}));
        assert_eq!(absent, Err(Refusal::ClaimType), "aud is not looked at");
    }
}

#[test]
fn every_user_manages_unless_roles_are_configured() {
    let mut config = config();
    let manages = |config: &AuthSettings, changes: &Value| {
        let token = hs256(&claims_with(changes), SECRET);
        let token = token::UnverifiedToken::parse(&token).unwrap();
        token.verify(&config.keys, config, NOW).unwrap().manages
    };
    assert!(manages(&config, &json!({})));
    config.managers = Some(Managers {
        claim: Claim::parse("/o/rol").unwrap(),
        roles: vec!["admin".to_owned()],
    });
    assert!(manages(&config, &json!({"o": {"rol": "admin"}})));
    assert!(!manages(&config, &json!({"o": {"rol": "member"}})));
    assert!(!manages(&config, &json!({})));
}

#[test]
fn subject_and_identifier_of_a_token_are_strings_where_they_are() {
    let config = AuthSettings {
        user_claim: Claim::parse("uid").unwrap(),
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
