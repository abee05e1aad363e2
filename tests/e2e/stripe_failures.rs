//! What a caller is told when Stripe does not do its part.

use std::time::{Duration, Instant};

use portico_host::stripe_stand_in::Reply;

use crate::harness::{CUSTOMER, Portico};

/// Portico that tries once and gives up soon.
async fn impatient() -> Portico {
    Portico::setup()
        .variable("stripe_timeout_ms", "400")
        .variable("stripe_max_retries", "0")
        .start()
        .await
}

#[tokio::test]
async fn an_outage_of_stripe_is_told_with_a_time_to_retry() {
    let portico = impatient().await;
    for reply in [
        Reply::server_error(500),
        Reply::server_error(503),
        Reply::RateLimited429,
        Reply::Conflict409,
        Reply::ResetBeforeHeaders,
        Reply::ResetDuringBody,
        Reply::TruncatedBody,
        Reply::StallBeforeHeaders,
        Reply::StallAfterHeaders,
        Reply::Trickle {
            bytes_per_second: 1,
        },
    ] {
        let name = format!("{reply:?}");
        portico.stripe.script(CUSTOMER, [reply]);
        let answer = portico.portal_as_user().send().await;
        assert_eq!(answer.status, 500, "{name}: {answer:?}");
        answer.is_error(500, "stripe_unavailable");
        let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{name}");
        portico.portal_as_user().send().await.is_session();
    }
}

#[tokio::test]
async fn an_answer_that_is_not_a_session_on_an_allowed_host_is_rejected() {
    let portico = impatient().await;
    let url = |url: &str| Reply::SessionUrl(url.to_owned());
    for reply in [
        Reply::InvalidJson,
        Reply::HugeBody { bytes: 10 << 20 },
        Reply::Redirect302 {
            location: "https://billing.stripe.com/p/session/x".to_owned(),
        },
        Reply::stripe_error(
            401,
            "invalid_request_error",
            None,
            None,
            "Invalid API Key provided: sk_test_****",
        ),
        Reply::stripe_error(403, "invalid_request_error", None, None, "no permission"),
        Reply::stripe_error(
            400,
            "invalid_request_error",
            Some("resource_missing"),
            Some("configuration"),
            "x",
        ),
        url("https://evil.example/p/session/x"),
        url("http://billing.stripe.com/p/session/x"),
        url("javascript:alert(1)"),
        url("https://billing.stripe.com.evil.example/"),
        url("https://billing.stripe.com@evil.example/"),
        url("//billing.stripe.com/p"),
        url(""),
    ] {
        let name = format!("{reply:?}");
        portico.stripe.script(CUSTOMER, [reply]);
        let answer = portico.portal_as_user().send().await;
        assert_eq!(answer.status, 500, "{name}: {answer:?}");
        answer.is_error(500, "stripe_rejected");
        assert_eq!(answer.url(), None);
    }
}

#[tokio::test]
async fn a_mode_without_a_portal_configuration_is_told_as_such() {
    let portico = Portico::start().await;
    portico.stripe.set_default_configuration(false, false);
    portico
        .portal_as_user()
        .send()
        .await
        .is_error(500, "portal_not_configured");
}

#[tokio::test]
async fn the_deadline_holds_when_stripe_says_nothing() {
    let portico = impatient().await;
    for reply in [
        Reply::StallBeforeHeaders,
        Reply::StallAfterHeaders,
        Reply::Trickle {
            bytes_per_second: 20,
        },
    ] {
        portico.stripe.script(CUSTOMER, [reply]);
        let started = Instant::now();
        portico
            .portal_as_user()
            .send()
            .await
            .is_error(500, "stripe_unavailable");
        // Ten times the deadline: the point is that there is one.
        assert!(started.elapsed() < Duration::from_secs(4));
    }
}

#[tokio::test]
async fn a_stripe_that_cannot_be_reached_is_unavailable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let portico = Portico::setup()
        .variable("stripe_api_base", nobody)
        .variable("stripe_max_retries", "0")
        .start()
        .await;
    portico
        .portal_as_user()
        .send()
        .await
        .is_error(500, "stripe_unavailable");
}
