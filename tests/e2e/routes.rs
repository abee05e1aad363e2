//! The paths and methods that there are.

use http::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{BALANCE, PORTAL, Portico};

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
            "GET, HEAD",
            vec![Method::POST, Method::PUT, Method::OPTIONS],
        ),
        (
            "/readyz",
            "GET, HEAD",
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

/// All that a connection answers.
async fn raw(portico: &Portico, method: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(portico.host.addr()).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn probes_may_ask_by_head_which_is_answered_without_a_body() {
    let portico = Portico::start().await;
    let unready = Portico::setup().without("jwt_issuer").start().await;
    for (portico, path, status) in [
        (&portico, "/healthz", "200"),
        (&portico, "/readyz", "200"),
        (&unready, "/healthz", "200"),
        (&unready, "/readyz", "503"),
        (&portico, PORTAL, "405"),
        (&portico, BALANCE, "405"),
        (&portico, "/elsewhere", "404"),
    ] {
        let answer = raw(portico, "HEAD", path).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path}: {answer}"
        );
        assert!(answer.ends_with("\r\n\r\n"), "{path}: {answer}");
        assert_eq!(answer.matches("\r\n\r\n").count(), 1, "{path}: {answer}");
        assert!(
            answer
                .to_lowercase()
                .contains("content-type: application/json"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn where_it_is_mounted_all_paths_lie_below_and_nothing_lies_outside() {
    const BASE: &str = "/billing/v2";
    let portico = Portico::setup()
        .variable("base_path", BASE)
        .variable("rate_limits", "paid=9/3600")
        .start()
        .await;
    let answer = portico.portal_as_user().below(BASE).send().await;
    answer.is_session();
    assert!(answer.header("ratelimit").is_some());
    let entry = portico.log_entry(answer.request_id()).await;
    assert_eq!(entry["route"], PORTAL);
    let keys = portico.host.key_value().keys().await.unwrap();
    let own = keys.iter().filter(|key| key.starts_with("rate:"));
    assert!(own.clone().count() > 0 && own.clone().all(|key| key.contains("%billing-portal")));
    let healthy = portico.request(Method::GET, "/healthz").below(BASE);
    assert_eq!(healthy.send().await.status, 200);
    let ready = portico.request(Method::GET, "/readyz").below(BASE);
    assert_eq!(ready.send().await.status, 200);
    let preflight = portico.request(Method::OPTIONS, PORTAL).below(BASE);
    assert_eq!(preflight.send().await.status, 204);
    // The description says what is at these paths where Portico is not mounted elsewhere.
    for path in [PORTAL, "/healthz", "/readyz"] {
        for method in ["GET", "POST", "OPTIONS", "HEAD"] {
            let answer = raw(&portico, method, path).await;
            assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        }
    }
    for path in ["/", "/billing", "/billing/healthz", BASE] {
        let answer = portico.request(Method::GET, path).send().await;
        answer.is_error(404, "not_found");
    }
    for rest in ["", "/", "//healthz", "/healthz/", "/billing/v2/healthz"] {
        let path = format!("{BASE}{rest}");
        let answer = portico.request(Method::GET, &path).send().await;
        answer.is_error(404, "not_found");
    }
}

#[tokio::test]
async fn a_base_path_that_is_none_is_named_and_health_is_told_all_the_same() {
    let portico = Portico::setup()
        .variable("base_path", "billing/")
        .start()
        .await;
    let healthy = portico.request(Method::GET, "/healthz").send().await;
    assert_eq!(healthy.status, 200);
    let ready = portico.request(Method::GET, "/readyz").send().await;
    let config = ready.json()["checks"]["config"].clone();
    assert!(config.as_str().unwrap().contains("base_path"), "{config}");
    let answer = portico.portal_as_user().send().await;
    answer.is_error(500, "misconfigured");
    let entry = portico.log_entry(answer.request_id()).await;
    assert!(
        entry["reason"].as_str().unwrap().contains("base_path"),
        "{entry}"
    );
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
