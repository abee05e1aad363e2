//! Tokens that let a caller in, and at least thirty ways to send one that must not.

use portico_stand_in::tokens::{base64url, compact, hs256, sign_hs256};
use serde_json::{Value, json};

use crate::harness::{
    AUDIENCE, Answer, CUSTOMER, ISSUER, Portico, SECRET, USER, claims, now, token,
};

mod algorithms;

#[track_caller]
fn assert_unauthorized(answer: &Answer, challenge: &str) {
    answer.is_error(401, "unauthorized");
    assert_eq!(answer.header("www-authenticate"), Some(challenge));
}

const NO_TOKEN: &str = "Bearer";
const BAD_TOKEN: &str = "Bearer error=\"invalid_token\"";

#[tokio::test]
async fn a_request_without_a_bearer_token_is_challenged_without_an_error() {
    let portico = Portico::start().await;
    assert_unauthorized(&portico.portal().send().await, NO_TOKEN);
    for value in [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Token abc",
        "Digest x=y",
    ] {
        let answer = portico.portal().header("authorization", value).send().await;
        assert_unauthorized(&answer, NO_TOKEN);
    }
    // Elsewhere than in the header, a token does not count (RFC 6750, sections 2.2 and 2.3).
    let token = token(&claims());
    let in_cookie = portico
        .portal()
        .header("cookie", format!("access_token={token}"));
    assert_unauthorized(&in_cookie.send().await, NO_TOKEN);
    let in_body = portico.portal().body(
        "application/x-www-form-urlencoded",
        format!("access_token={token}"),
    );
    assert_unauthorized(&in_body.send().await, NO_TOKEN);
}

#[tokio::test]
async fn the_scheme_is_compared_without_case() {
    let portico = Portico::start().await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let value = format!("{scheme} {}", token(&claims()));
        portico
            .portal()
            .header("authorization", value)
            .opens_session()
            .await;
    }
}

#[tokio::test]
async fn several_authorization_headers_are_refused_even_if_each_is_good() {
    let portico = Portico::start().await;
    let token = token(&claims());
    let answer = portico.portal().bearer(&token).bearer(&token).send().await;
    assert_unauthorized(&answer, BAD_TOKEN);
    let answer = portico
        .portal()
        .bearer(&token)
        .header("authorization", "Basic eDp5")
        .send()
        .await;
    assert_unauthorized(&answer, BAD_TOKEN);
}

/// Tokens that differ from a good one in one thing.
fn bad_tokens() -> Vec<(&'static str, String)> {
    let secret = SECRET.as_bytes();
    let good = token(&claims());
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    let changed = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        hs256(&claims, secret)
    };
    let without = |name: &str| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        hs256(&claims, secret)
    };
    let with_header =
        |header: &str| sign_hs256(header.as_bytes(), claims().to_string().as_bytes(), secret);
    let twice = format!("{{\"sub\":\"{USER}\",{}", &claims().to_string()[1..]);
    vec![
        ("one word", "token".to_owned()),
        ("two parts", format!("{header}.{payload}")),
        ("four parts", format!("{good}.{signature}")),
        (
            "five parts, as a JWE has",
            format!("{good}.{payload}.{signature}"),
        ),
        ("only dots", ".".repeat(4_000)),
        ("two tokens", format!("{good} {good}")),
        ("padding", format!("{header}=.{payload}.{signature}")),
        (
            "not base64url",
            format!("{header}.{payload}.{}", "~".repeat(43)),
        ),
        ("no signature", format!("{header}.{payload}.")),
        (
            "another signature",
            format!("{header}.{payload}.{}", base64url([7; 32])),
        ),
        (
            "a shortened signature",
            format!("{header}.{payload}.{}", &signature[..40]),
        ),
        (
            "another payload",
            format!(
                "{header}.{}.{signature}",
                base64url(claims().to_string().replace(USER, "x"))
            ),
        ),
        (
            "another header",
            format!("{}.{payload}.{signature}", base64url(r#"{"alg":"HS256"}"#)),
        ),
        (
            "another secret",
            hs256(&claims(), b"another-secret-0123456789abcdef01"),
        ),
        ("an empty secret", hs256(&claims(), b"")),
        (
            "alg none",
            compact(br#"{"alg":"none"}"#, claims().to_string().as_bytes(), b""),
        ),
        (
            "alg None",
            compact(br#"{"alg":"None"}"#, claims().to_string().as_bytes(), b""),
        ),
        (
            "alg none with a good signature",
            with_header(r#"{"alg":"none"}"#),
        ),
        ("alg HS512", with_header(r#"{"alg":"HS512"}"#)),
        ("alg RS256", with_header(r#"{"alg":"RS256"}"#)),
        ("alg in lower case", with_header(r#"{"alg":"hs256"}"#)),
        ("no alg", with_header(r#"{"typ":"JWT"}"#)),
        ("alg twice", with_header(r#"{"alg":"HS256","alg":"HS256"}"#)),
        (
            "another typ",
            with_header(r#"{"alg":"HS256","typ":"logout+jwt"}"#),
        ),
        ("typ null", with_header(r#"{"alg":"HS256","typ":null}"#)),
        (
            "crit",
            with_header(r#"{"alg":"HS256","crit":["exp"],"exp":1}"#),
        ),
        ("empty crit", with_header(r#"{"alg":"HS256","crit":[]}"#)),
        ("b64", with_header(r#"{"alg":"HS256","b64":true}"#)),
        ("zip", with_header(r#"{"alg":"HS256","zip":"DEF"}"#)),
        (
            "jwk",
            with_header(r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}"#),
        ),
        (
            "kid of another type",
            with_header(r#"{"alg":"HS256","kid":["a"]}"#),
        ),
        ("header not an object", sign_hs256(b"[]", b"{}", secret)),
        (
            "payload not an object",
            sign_hs256(br#"{"alg":"HS256"}"#, b"[]", secret),
        ),
        (
            "payload not JSON",
            sign_hs256(br#"{"alg":"HS256"}"#, b"sub=user", secret),
        ),
        (
            "a claim twice",
            sign_hs256(br#"{"alg":"HS256"}"#, twice.as_bytes(), secret),
        ),
        ("expired", changed("exp", json!(now() - 31))),
        ("expired long ago", changed("exp", json!(1))),
        ("no exp", without("exp")),
        (
            "exp as text",
            changed("exp", json!((now() + 600).to_string())),
        ),
        ("exp as a large number", changed("exp", json!(1e300))),
        ("exp in milliseconds", changed("exp", json!(now() * 1_000))),
        ("exp negative", changed("exp", json!(-1))),
        ("exp null", changed("exp", json!(null))),
        ("nbf in the future", changed("nbf", json!(now() + 120))),
        ("iat in the future", changed("iat", json!(now() + 120))),
        ("no iss", without("iss")),
        (
            "another iss",
            changed("iss", json!("https://evil.example/")),
        ),
        (
            "iss without its slash",
            changed("iss", json!(ISSUER.trim_end_matches('/'))),
        ),
        ("iss as a list", changed("iss", json!([ISSUER]))),
        ("no aud", without("aud")),
        ("another aud", changed("aud", json!("another"))),
        (
            "aud in another case",
            changed("aud", json!(AUDIENCE.to_uppercase())),
        ),
        ("an empty list of aud", changed("aud", json!([]))),
        ("aud with a number", changed("aud", json!([AUDIENCE, 7]))),
        ("no sub", without("sub")),
        ("an empty sub", changed("sub", json!(""))),
        ("sub as a number", changed("sub", json!(7))),
        ("a long sub", changed("sub", json!("u".repeat(256)))),
        ("sub with a line break", changed("sub", json!("user\nx"))),
        ("sub with a NUL", changed("sub", json!("user\u{0}"))),
    ]
}

#[tokio::test]
async fn a_bad_token_is_refused_and_the_answer_does_not_tell_why() {
    let portico = Portico::start().await;
    let tokens = bad_tokens();
    assert!(tokens.len() >= 30);
    let mut bodies = std::collections::BTreeSet::new();
    for (what, token) in tokens {
        let answer = portico
            .portal()
            .bearer(&token)
            .header("x-request-id", "same")
            .send()
            .await;
        assert_eq!(answer.status, 401, "{what}: {answer:?}");
        assert_unauthorized(&answer, BAD_TOKEN);
        bodies.insert(answer.body);
    }
    assert_eq!(bodies.len(), 1, "the answers differ");
    assert!(portico.stripe.requests().is_empty());
    assert_eq!(portico.host.key_value().counts().gets, 0);
}

#[tokio::test]
async fn the_log_tells_which_check_a_token_failed() {
    let portico = Portico::start().await;
    let mut reasons = std::collections::BTreeSet::new();
    for (index, (what, token)) in bad_tokens().into_iter().enumerate() {
        let id = format!("bad-{index}");
        portico
            .portal()
            .bearer(&token)
            .header("x-request-id", &id)
            .send()
            .await;
        let entry = portico.log_entry(&id).await;
        let reason = entry["reason"].as_str().unwrap_or_default().to_owned();
        assert!(!reason.is_empty(), "{what}: {entry}");
        assert_eq!(
            (&entry["status"], &entry["user"]),
            (&json!(401), &json!(null)),
            "{what}: {entry}"
        );
        reasons.insert(reason);
    }
    assert!(reasons.len() >= 12, "{reasons:?}");
}

#[tokio::test]
async fn a_token_may_be_as_long_as_the_limit_and_no_longer() {
    let limit = token(&claims()).len() + 200;
    let portico = Portico::setup()
        .variable("max_token_bytes", limit.to_string())
        .start()
        .await;
    let sized = |length: usize| {
        let mut claims = claims();
        claims["pad"] = json!("");
        let missing = length - token(&claims).len();
        // Three bytes of payload make four of the token; the remainder is tried out.
        (0..=missing)
            .map(|pad| {
                claims["pad"] = json!("x".repeat(pad));
                token(&claims)
            })
            .find(|token| token.len() >= length)
            .unwrap()
    };
    let at_most = (limit - 3..=limit)
        .rev()
        .map(sized)
        .find(|token| token.len() <= limit)
        .unwrap();
    assert!(at_most.len() + 2 > limit);
    portico.portal().bearer(&at_most).opens_session().await;
    let beyond = sized(limit + 1);
    assert_unauthorized(&portico.portal().bearer(&beyond).send().await, BAD_TOKEN);
}

#[tokio::test]
async fn a_token_that_was_good_is_refused_once_it_has_expired() {
    let portico = Portico::start().await;
    portico.host.clock().stop();
    let mut claims = claims();
    claims["exp"] = json!(portico.now() + 600);
    let token = token(&claims);
    // It is remembered, and good until the clock skew that is allowed for is over.
    for seconds in [0, 599, 30] {
        portico.advance(std::time::Duration::from_secs(seconds));
        portico.portal().bearer(&token).opens_session().await;
    }
    portico.advance(std::time::Duration::from_secs(2));
    assert_unauthorized(&portico.portal().bearer(&token).send().await, BAD_TOKEN);
}

#[tokio::test]
async fn any_of_several_issuers_and_audiences_and_another_user_claim_can_be_configured() {
    let portico = Portico::setup()
        .variable("jwt_issuer", "https://a.example/, https://b.example/")
        .variable("jwt_audience", "x,y")
        .variable("jwt_user_claim", "https://example.com/uid")
        .variable("jwt_leeway_seconds", "0")
        .start()
        .await;
    let claims = |iss: &str, aud: Value| json!({"iss": iss, "aud": aud, "https://example.com/uid": USER, "exp": now() + 60});
    portico
        .portal()
        .bearer(&token(&claims("https://a.example/", json!("y"))))
        .opens_session()
        .await;
    portico
        .portal()
        .bearer(&token(&claims("https://b.example/", json!(["z", "x"]))))
        .opens_session()
        .await;
    let mut expired = claims("https://a.example/", json!("x"));
    expired["exp"] = json!(now() - 1);
    assert_unauthorized(
        &portico.portal().bearer(&token(&expired)).send().await,
        BAD_TOKEN,
    );
}

#[tokio::test]
async fn tokens_as_issuers_write_them_are_accepted() {
    let portico = Portico::setup()
        .variable("jwt_audience_claim", "client_id")
        .variable("jwt_user_claim", "/account/id")
        .start()
        .await;
    portico
        .set_record("7", json!({"stripe_customer_id": CUSTOMER}).to_string())
        .await;
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove("aud");
    claims["client_id"] = AUDIENCE.into();
    claims["account"] = json!({"id": 7});
    for name in ["iat", "nbf", "exp"] {
        let offset = if name == "exp" { 600.5 } else { -0.5 };
        claims[name] = json!(std::time::Duration::from_secs(now()).as_secs_f64() + offset);
    }
    let header = br#"{"alg":"HS256","typ":"JWT","kid":null}"#;
    let token = sign_hs256(header, claims.to_string().as_bytes(), SECRET.as_bytes());
    portico.portal().bearer(&token).opens_session().await;
}
