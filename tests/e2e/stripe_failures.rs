//! The answers to a caller when Stripe does not do its part.

use std::time::{Duration, Instant};

use futures::future::join_all;
use portico_stand_in::Reply;
use serde_json::json;

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
        Reply::KeptServerError,
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
        portico.portal_as_user().opens_session().await;
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

/// The portal's configuration forbids a flow, or there is nothing to confirm: Stripe names no parameter then.
#[tokio::test]
async fn a_flow_that_stripe_refuses_without_a_parameter_is_an_invalid_request() {
    let portico = impatient().await;
    let flow = json!({"flow": {"type": "subscription_update", "subscription": "sub_1"}});
    let refusal = |code| {
        let words = "This subscription cannot be updated.";
        Reply::stripe_error(400, "invalid_request_error", code, None, words)
    };
    for code in [None, Some("subscription_update_disabled")] {
        portico.stripe.script(CUSTOMER, [refusal(code)]);
        let call = portico.portal_as_user().json(&flow);
        let answer = call.fails(400, "invalid_request").await;
        let entry = portico.log_entry(answer.request_id()).await;
        let reason = entry["reason"].as_str().unwrap();
        assert!(
            reason.contains(code.unwrap_or("Stripe answered 400")),
            "{reason}"
        );
        // Without a flow, the caller has chosen nothing that could be wrong.
        portico.stripe.script(CUSTOMER, [refusal(code)]);
        portico.portal_as_user().fails(500, "stripe_rejected").await;
    }
}

#[tokio::test]
async fn a_mode_without_a_portal_configuration_is_told_as_such() {
    let portico = Portico::start().await;
    portico.stripe.set_default_configuration(false, false);
    portico
        .portal_as_user()
        .fails(500, "portal_not_configured")
        .await;
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
            .fails(500, "stripe_unavailable")
            .await;
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
        .fails(500, "stripe_unavailable")
        .await;
}

/// Portico that tries again at once enough for a test, which the first pause of a quarter of a second or more is.
async fn patient() -> Portico {
    Portico::setup()
        .variable("stripe_max_retries", "1")
        .start()
        .await
}

#[tokio::test]
async fn a_failure_that_passes_is_not_noticed() {
    let portico = patient().await;
    for reply in [
        Reply::ResetBeforeHeaders,
        Reply::ResetDuringBody,
        Reply::TruncatedBody,
        Reply::Conflict409,
        Reply::LockTimeout429,
        Reply::server_error(500),
        Reply::server_error(503),
        Reply::ServerError {
            status: 500,
            should_retry: Some(true),
        },
    ] {
        let name = format!("{reply:?}");
        portico.stripe.clear();
        portico.stripe.script(CUSTOMER, [reply]);
        let answer = portico.portal_as_user().send().await;
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
        assert_eq!(portico.stripe.requests().len(), 2, "{name}");
        assert_eq!(
            portico.log_entry(answer.request_id()).await["attempts"],
            2,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_failure_that_stays_is_not_asked_for_again() {
    let portico = patient().await;
    for (reply, code) in [
        (Reply::RateLimited429, "stripe_unavailable"),
        (
            Reply::ServerError {
                status: 500,
                should_retry: Some(false),
            },
            "stripe_unavailable",
        ),
        (
            Reply::ServerError {
                status: 503,
                should_retry: Some(false),
            },
            "stripe_unavailable",
        ),
        (
            Reply::stripe_error(401, "invalid_request_error", None, None, "x"),
            "stripe_rejected",
        ),
        (
            Reply::stripe_error(403, "invalid_request_error", None, None, "x"),
            "stripe_rejected",
        ),
        (
            Reply::Redirect302 {
                location: "https://billing.stripe.com/".to_owned(),
            },
            "stripe_rejected",
        ),
        (Reply::InvalidJson, "stripe_rejected"),
        (Reply::HugeBody { bytes: 10 << 20 }, "stripe_rejected"),
        (
            Reply::SessionUrl("https://evil.example/".to_owned()),
            "stripe_rejected",
        ),
    ] {
        let name = format!("{reply:?}");
        portico.stripe.clear();
        portico.stripe.script(CUSTOMER, [reply]);
        let answer = portico.portal_as_user().send().await;
        assert_eq!(answer.json()["error"], code, "{name}: {answer:?}");
        assert_eq!(portico.stripe.requests().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_opens_no_second_session() {
    let portico = patient().await;
    for reply in [
        Reply::ResetBeforeHeaders,
        Reply::ResetDuringBody,
        Reply::TruncatedBody,
    ] {
        let name = format!("{reply:?}");
        portico.stripe.clear();
        portico.stripe.script(CUSTOMER, [reply]);
        portico.portal_as_user().opens_session().await;
        let [first, second] = &portico.stripe.requests()[..] else {
            panic!("{name}")
        };
        assert_eq!(
            first.header("idempotency-key"),
            second.header("idempotency-key"),
            "{name}"
        );
        assert_eq!(
            (&first.headers, &first.body),
            (&second.headers, &second.body),
            "{name}"
        );
        assert_eq!(portico.stripe.sessions_created(), 1, "{name}");
        // Half of the first pause is the least.
        let pause = second.received_at - first.received_at;
        assert!(pause >= Duration::from_millis(250), "{name}: {pause:?}");
    }
}

#[tokio::test]
async fn a_slow_stripe_may_take_all_the_time_there_is() {
    let portico = Portico::setup()
        .variable("stripe_timeout_ms", "5000")
        .start()
        .await;
    portico
        .stripe
        .script(CUSTOMER, [Reply::Delay(Duration::from_millis(2_500))]);
    portico.portal_as_user().opens_session().await;
    assert_eq!(portico.stripe.requests().len(), 1);
}

#[tokio::test]
async fn an_overlong_failure_is_a_failure_and_not_a_wrong_session() {
    let portico = impatient().await;
    let page = |status: u16| Reply::Error {
        status,
        headers: Vec::new(),
        body: vec![b'x'; 100_000],
    };
    for (status, code) in [
        (503, "stripe_unavailable"),
        (429, "stripe_unavailable"),
        (403, "stripe_rejected"),
    ] {
        portico.stripe.script(CUSTOMER, [page(status)]);
        let answer = portico.portal_as_user().send().await;
        answer.is_error(500, code);
        let reason = portico.log_entry(answer.request_id()).await["reason"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(reason.contains(&status.to_string()), "{reason}");
    }
}

#[tokio::test]
async fn at_most_64_kibibytes_of_an_answer_are_read() {
    let portico = impatient().await;
    portico
        .stripe
        .script(CUSTOMER, [Reply::HugeBody { bytes: 64 * 1024 }]);
    portico.portal_as_user().opens_session().await;
    portico.stripe.script(
        CUSTOMER,
        [Reply::HugeBody {
            bytes: 64 * 1024 + 1,
        }],
    );
    portico.portal_as_user().fails(500, "stripe_rejected").await;
}

#[tokio::test]
async fn two_hundred_callers_in_an_outage_are_all_told_in_time_and_the_next_one_is_served() {
    let portico = Portico::setup()
        .variable("stripe_timeout_ms", "1500")
        .start()
        .await;
    for outage in [Reply::StallBeforeHeaders, Reply::server_error(503)] {
        portico.stripe.script(CUSTOMER, vec![outage; 1000]);
        let started = Instant::now();
        let calls = (0..200).map(|_| portico.portal_as_user().send());
        for answer in join_all(calls).await {
            answer.is_error(500, "stripe_unavailable");
        }
        // The deadline is a second and a half; this is what shows that nobody waits for anybody else.
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{:?}",
            started.elapsed()
        );
        portico.stripe.script(CUSTOMER, []);
        portico.portal_as_user().opens_session().await;
    }
}

#[tokio::test]
async fn as_many_failures_as_retries_are_survived_and_one_more_is_not() {
    let portico = patient().await;
    let failures = |count: usize| vec![Reply::server_error(500); count];
    portico.stripe.script(CUSTOMER, failures(1));
    portico.portal_as_user().opens_session().await;
    portico.stripe.clear();
    portico.stripe.script(CUSTOMER, failures(2));
    let answer = portico.portal_as_user().send().await;
    answer.is_error(500, "stripe_unavailable");
    assert_eq!(portico.stripe.requests().len(), 2);
    assert_eq!(portico.log_entry(answer.request_id()).await["attempts"], 2);
}
