//! Which paths and methods there are.

use http::Method;
use serde_json::json;

use crate::harness::{PORTAL, Portico};

#[tokio::test]
async fn health_is_told_without_touching_anything() {
    let portico = Portico::setup()
        .without("stripe_api_key")
        .without("jwt_issuer")
        .start()
        .await;
    portico.host.key_value().set_failing(true);
    let before = portico.host.key_value().counts();
    let answer = portico.request(Method::GET, "/healthz").send().await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (200, json!({"status": "ok"}))
    );
    assert_eq!(portico.host.key_value().counts(), before);
}

#[tokio::test]
async fn an_unknown_path_is_not_found_and_a_slash_makes_another_path() {
    let portico = Portico::start().await;
    for path in [
        "/",
        "/api",
        "/api/v1/account",
        "/api/v1/account/billing-portal/",
        "/api/v1/account//billing-portal",
        "//api/v1/account/billing-portal",
        "/API/v1/account/billing-portal",
        "/api/v1/account/billing%2Dportal",
        "/api/v1/account/./billing-portal",
        "/healthz/",
        "//healthz",
        "/readyz/",
        "/healthz;x",
    ] {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let answer = portico.request(method, path).send().await;
            answer.is_error(404, "not_found");
        }
    }
}

#[tokio::test]
async fn a_known_path_tells_which_methods_it_takes() {
    let portico = Portico::start().await;
    for (path, allow, wrong) in [
        (
            PORTAL,
            "POST, OPTIONS",
            vec![Method::GET, Method::PUT, Method::DELETE, Method::PATCH],
        ),
        (
            "/healthz",
            "GET",
            vec![Method::POST, Method::PUT, Method::OPTIONS],
        ),
        (
            "/readyz",
            "GET",
            vec![Method::POST, Method::DELETE, Method::OPTIONS],
        ),
    ] {
        for method in wrong
            .into_iter()
            .chain([Method::from_bytes(b"BREW").unwrap()])
        {
            let answer = portico.request(method.clone(), path).send().await;
            answer.is_error(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_query_is_ignored() {
    let portico = Portico::start().await;
    let call = portico.request(
        Method::POST,
        &format!("{PORTAL}?customer=cus_Other&return_path=//evil.example"),
    );
    let token = crate::harness::token(&crate::harness::claims());
    call.bearer(&token).opens_session().await;
    let form = portico.stripe.requests()[0].form();
    assert_eq!(form.len(), 2, "{form:?}");
    let answer = portico.request(Method::GET, "/healthz?x=1").send().await;
    assert_eq!(answer.status, 200);
}
