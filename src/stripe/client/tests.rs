use std::time::Duration;

use futures::executor::block_on;
use http::{HeaderMap, HeaderValue, Response};

use super::*;
use crate::platform::memory::{MemoryPlatform, Scripted};

fn settings(timeout_ms: u64, max_retries: u32) -> StripeSettings {
    StripeSettings {
        api_key: Secret::new("sk_test_1".to_owned()),
        livemode: Some(false),
        api_base: Origin::parse("https://api.stripe.com").unwrap(),
        api_version: "2026-10-28.endive".to_owned(),
        timeout: Duration::from_millis(timeout_ms),
        max_retries,
    }
}

fn a_call(method: Method) -> Call {
    let mut parameters = Form::default();
    parameters.push("customer", "cus_1");
    Call {
        method,
        ..Call::get("/v1/x".to_owned(), parameters)
    }
}

fn long(bytes: usize) -> Scripted {
    Scripted::Answer(Response::new(vec![b' '; bytes]))
}

fn status(status: u16) -> Scripted {
    let mut answer = Response::new(Vec::new());
    *answer.status_mut() = status.try_into().unwrap();
    Scripted::Answer(answer)
}

fn lost() -> Scripted {
    Scripted::Failure(FetchError::BodyTruncated)
}

fn made(host: &MemoryPlatform, settings: &StripeSettings, method: Method) -> CallReport {
    let deadline = host.monotonic() + settings.timeout;
    block_on(super::call(host, settings, deadline, a_call(method)))
}

/// Makes the call and returns how many attempts it took, whether it succeeded, and how long that was.
fn call(host: &MemoryPlatform, timeout_ms: u64, max_retries: u32) -> (u32, bool, Duration) {
    let began = host.monotonic();
    let settings = settings(timeout_ms, max_retries);
    let report = made(host, &settings, Method::POST);
    let took = host.monotonic() - began;
    (report.attempts, report.result.is_ok(), took)
}

#[test]
fn a_call_is_tried_again_until_it_succeeds() {
    let host = MemoryPlatform::default();
    for next in [status(500), lost(), status(200), status(200)] {
        host.script(next);
    }
    let (attempts, result, took) = call(&host, 8_000, 2);
    assert_eq!((attempts, result), (3, true));
    assert!(
        took >= Duration::from_millis(500 + 500) && took <= Duration::from_millis(500 + 1_000),
        "{took:?}"
    );
}

#[test]
fn every_attempt_is_the_same_request_to_the_byte() {
    let host = MemoryPlatform::default();
    for next in [status(409), status(503), status(200)] {
        host.script(next);
    }
    assert_eq!(call(&host, 8_000, 2).0, 3);
    let requests = host.fetched();
    assert_eq!(requests.len(), 3);
    for request in &requests[1..] {
        assert_eq!(request.headers(), requests[0].headers());
        assert_eq!(request.body(), requests[0].body());
        assert_eq!(request.uri(), requests[0].uri());
    }
    // The next call has a key of its own.
    host.script(status(200));
    assert_eq!(call(&host, 8_000, 2).0, 1);
    let key = |index: usize| host.fetched()[index].headers()["idempotency-key"].clone();
    assert_ne!(key(0), key(3));
}

#[test]
fn no_more_is_tried_than_the_operator_allows() {
    for (max_retries, attempts) in [(0, 1), (1, 2), (2, 3), (10, 11)] {
        let host = MemoryPlatform::default();
        for _ in 0..20 {
            host.script(status(500));
        }
        assert_eq!(call(&host, 120_000, max_retries).0, attempts);
    }
}

#[test]
fn nothing_is_tried_past_the_deadline() {
    for timeout_ms in [1, 499, 700, 1_500, 4_000] {
        let host = MemoryPlatform::default();
        for _ in 0..20 {
            host.script(status(500));
        }
        let (attempts, succeeded, took) = call(&host, timeout_ms, 10);
        let deadline = Duration::from_millis(timeout_ms);
        assert!(took <= deadline, "{timeout_ms}: {took:?}");
        assert!(!succeeded);
        assert!(attempts <= 5, "{timeout_ms}: {attempts}");
    }
}

#[test]
fn a_silent_stripe_is_waited_for_until_the_deadline_and_no_longer() {
    let host = MemoryPlatform::default();
    host.script(Scripted::Silence);
    assert_eq!(call(&host, 3_000, 2), (1, false, Duration::from_secs(3)));
    // The last attempt has only the time that the retries leave.
    host.script(status(500));
    host.script(Scripted::Silence);
    assert_eq!(call(&host, 3_000, 2), (2, false, Duration::from_secs(3)));
}

#[test]
fn a_get_has_its_parameters_in_the_query_and_neither_a_body_nor_an_idempotency_key() {
    let host = MemoryPlatform::default();
    host.script(status(200));
    let report = made(&host, &settings(8_000, 2), Method::GET);
    assert!(report.result.is_ok());
    let [request] = &host.fetched()[..] else {
        panic!()
    };
    assert_eq!(request.uri(), "https://api.stripe.com/v1/x?customer=cus_1");
    assert!(request.body().is_empty());
    for name in ["idempotency-key", "content-type", "content-length"] {
        assert!(!request.headers().contains_key(name), "{name}");
    }
}

#[test]
fn stripes_request_id_is_known_where_the_headers_came_and_the_body_did_not() {
    let host = MemoryPlatform::default();
    let headers: HeaderMap = [(
        http::HeaderName::from_static("request-id"),
        HeaderValue::from_static("req_1"),
    )]
    .into_iter()
    .collect();
    host.script(Scripted::HeadThen(headers, FetchError::BodyTruncated));
    let report = made(&host, &settings(8_000, 0), Method::POST);
    assert!(report.result.is_err());
    assert_eq!(report.request_id, RequestId::parse("req_1"));
    // An attempt without an answer has none.
    host.script(lost());
    let report = made(&host, &settings(8_000, 0), Method::POST);
    assert_eq!(report.request_id, None);
}

#[test]
fn a_failure_that_stripe_keeps_under_a_shared_key_is_not_tried_again() {
    let kept = || {
        let mut answer = Response::new(Vec::new());
        *answer.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        let replayed = HeaderValue::from_static("true");
        answer.headers_mut().insert("idempotent-replayed", replayed);
        Scripted::Answer(answer)
    };
    for (key, attempts) in [(Some("shared".to_owned()), 2), (None, 3)] {
        let host = MemoryPlatform::default();
        for next in [status(500), kept(), kept()] {
            host.script(next);
        }
        let call = Call {
            idempotency_key: key.clone(),
            ..a_call(Method::POST)
        };
        let deadline = Duration::from_secs(8);
        let report = block_on(super::call(&host, &settings(8_000, 2), deadline, call));
        assert_eq!(report.attempts, attempts);
        assert_eq!(report.idempotency, Idempotency::Replayed);
        assert!(report.result.is_err());
        for request in host.fetched() {
            let sent = request.headers()["idempotency-key"].to_str().unwrap();
            assert!(key.as_deref().is_none_or(|key| key == sent), "{sent}");
        }
    }
}

#[test]
fn of_a_list_whose_page_is_too_long_half_is_asked_for_until_it_can_be_read() {
    let host = MemoryPlatform::default();
    for next in [
        long(MAX_READ_BYTES + 1),
        status(500),
        long(MAX_READ_BYTES + 1),
        long(9),
    ] {
        host.script(next);
    }
    let settings = settings(8_000, 1);
    let mut list = a_call(Method::GET);
    list.limit = Some(100);
    let deadline = host.monotonic() + settings.timeout;
    let report = block_on(super::call(&host, &settings, deadline, list));
    assert_eq!((report.attempts, report.result.unwrap().len()), (4, 9));
    let asked = host.fetched();
    let limits = asked.iter().map(|request| request.uri().query().unwrap());
    assert_eq!(
        limits.collect::<Vec<_>>(),
        [100, 50, 50, 25].map(|limit| format!("customer=cus_1&limit={limit}"))
    );
}

#[test]
fn an_answer_that_cannot_be_shorter_is_rejected() {
    for (method, limit, bytes) in [
        (Method::GET, None, MAX_READ_BYTES),
        (Method::GET, Some(1), MAX_READ_BYTES),
        (Method::POST, None, MAX_MADE_BYTES),
    ] {
        let host = MemoryPlatform::default();
        host.script(long(bytes + 1));
        host.script(long(bytes));
        let settings = settings(8_000, 2);
        let deadline = host.monotonic() + settings.timeout;
        for taken in [false, true] {
            let call = Call {
                limit,
                ..a_call(method.clone())
            };
            let report = block_on(super::call(&host, &settings, deadline, call));
            assert_eq!((report.attempts, report.result.is_ok()), (1, taken));
        }
    }
}
