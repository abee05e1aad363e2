//! The operator's view of a configuration that cannot work.

use http::Method;
use serde_json::json;

use crate::harness::{FRONTEND, PORTAL, Portico};

#[tokio::test]
async fn readiness_is_told_when_everything_is_in_place() {
    let portico = Portico::start().await;
    let answer = portico.request(Method::GET, "/readyz").send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn a_missing_variable_is_named_in_the_log_and_by_readiness_and_not_to_callers() {
    for name in [
        "stripe_api_key",
        "frontend_url",
        "jwt_issuer",
        "jwt_audience",
    ] {
        let portico = Portico::setup().without(name).start().await;
        let answer = portico.portal_as_user().send().await;
        answer.is_error(500, "misconfigured");
        assert!(
            !String::from_utf8_lossy(&answer.body).contains(name),
            "{answer:?}"
        );
        let entry = portico.log_entry(answer.request_id()).await;
        assert!(entry["reason"].as_str().unwrap().contains(name), "{entry}");

        let ready = portico.request(Method::GET, "/readyz").send().await;
        assert_eq!(ready.status, 503);
        let body = ready.json();
        assert_eq!(body["status"], "unready");
        assert!(
            body["checks"]["config"].as_str().unwrap().contains(name),
            "{body}"
        );
        assert_eq!(
            (&body["checks"]["keys"], &body["checks"]["store"]),
            (&json!("ok"), &json!("ok"))
        );
        let entry = portico.log_entry(ready.request_id()).await;
        assert!(entry["reason"].as_str().unwrap().contains(name), "{entry}");
    }
}

#[tokio::test]
async fn every_invalid_variable_is_named_at_once_and_no_value_is_shown() {
    let portico = Portico::setup()
        .variable("stripe_api_key", "pk_test_not_a_secret_key")
        .variable("frontend_url", "ftp://frontend-value.example.com")
        .variable("jwt_hs256_secret", "too-short-a-secret")
        .variable("stripe_timeout_ms", "soon")
        .variable("rate_limits", "many")
        .start()
        .await;
    let answer = portico.portal_as_user().send().await;
    answer.is_error(500, "misconfigured");
    let entry = portico.log_entry(answer.request_id()).await;
    let ready = portico.request(Method::GET, "/readyz").send().await;
    for text in [
        entry["reason"].as_str().unwrap(),
        ready.json()["checks"]["config"].as_str().unwrap(),
    ] {
        for name in [
            "stripe_api_key",
            "frontend_url",
            "jwt_hs256_secret",
            "stripe_timeout_ms",
            "rate_limits",
        ] {
            assert!(text.contains(name), "{name}: {text}");
        }
        for value in ["pk_test", "frontend-value", "too-short", "soon", "many"] {
            assert!(!text.contains(value), "{value}: {text}");
        }
        assert!(!text.contains('\n'));
    }
    assert_ne!(ready.json()["checks"]["keys"], "ok");
}

#[tokio::test]
async fn an_allowed_host_that_is_blank_is_named() {
    for name in ["stripe_api_base", "jwt_jwks_origin", "counter_redis"] {
        let portico = Portico::setup().variable(name, " \n").start().await;
        let answer = portico.portal_as_user().send().await;
        answer.is_error(500, "misconfigured");
        let entry = portico.log_entry(answer.request_id()).await;
        let reason = entry["reason"].as_str().unwrap();
        assert!(
            reason.contains(name) && reason.contains("white space"),
            "{reason}"
        );
        let ready = portico.request(Method::GET, "/readyz").send().await;
        assert_eq!(ready.status, 503);
        let config = ready.json()["checks"]["config"].clone();
        assert!(config.as_str().unwrap().contains(name), "{config}");
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_ready() {
    let portico = Portico::setup().without("jwt_hs256_secret").start().await;
    portico.portal_as_user().fails(500, "misconfigured").await;
    let ready = portico.request(Method::GET, "/readyz").send().await;
    assert_eq!(ready.status, 503);
    assert_ne!(ready.json()["checks"]["keys"], "ok");
}

#[tokio::test]
async fn keys_are_judged_also_when_another_variable_is_missing() {
    for secret in ["", "too-short"] {
        let portico = Portico::setup()
            .without("frontend_url")
            .variable("jwt_hs256_secret", secret)
            .start()
            .await;
        let checks = portico.request(Method::GET, "/readyz").send().await.json()["checks"].clone();
        let config = checks["config"].as_str().unwrap();
        assert!(
            config.contains("frontend_url") && config.contains("jwt_hs256_secret"),
            "{config}"
        );
        assert_ne!(checks["keys"], "ok");
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_is_told() {
    use portico_host::key_value::Operation;
    let portico = Portico::start().await;
    portico
        .host
        .key_value()
        .set_failing_for(Operation::Open, true);
    let ready = portico.request(Method::GET, "/readyz").send().await;
    assert_eq!(ready.status, 503);
    let checks = ready.json()["checks"].clone();
    assert_eq!(
        (&checks["config"], &checks["keys"]),
        (&json!("ok"), &json!("ok"))
    );
    assert_ne!(checks["store"], "ok");
    portico
        .host
        .key_value()
        .set_failing_for(Operation::Open, false);
    assert_eq!(
        portico.request(Method::GET, "/readyz").send().await.status,
        200
    );
}

#[tokio::test]
async fn a_wrong_method_stays_wrong_and_a_preflight_fails_when_misconfigured() {
    let portico = Portico::setup().without("frontend_url").start().await;
    portico
        .request(Method::GET, PORTAL)
        .fails(405, "method_not_allowed")
        .await;
    let preflight = portico
        .request(Method::OPTIONS, PORTAL)
        .header("origin", FRONTEND)
        .send()
        .await;
    preflight.is_error(500, "misconfigured");
}
