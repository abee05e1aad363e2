use std::time::Duration;

use futures::executor::block_on;

use super::*;
use crate::config::Config;
use crate::host::memory::{MemoryHost, Scripted};

fn config(timeout_ms: &'static str, max_retries: &'static str) -> Config {
    Config::from_variables(|name| {
        let value = match name {
            "stripe_api_key" => "sk_test_1",
            "frontend_url" => "https://app.example.com",
            "jwt_issuer" | "jwt_audience" => "x",
            "jwt_hs256_secret" => "0123456789abcdef0123456789abcdef",
            "stripe_timeout_ms" => timeout_ms,
            "stripe_max_retries" => max_retries,
            _ => return None,
        };
        Some(value.to_owned())
    })
    .unwrap()
}

fn status(status: u16) -> Scripted {
    let mut answer = Response::new(Vec::new());
    *answer.status_mut() = status.try_into().unwrap();
    Scripted::Answer(answer)
}

fn lost() -> Scripted {
    Scripted::Failure(FetchError::BodyTruncated)
}

/// Makes the call and returns how many attempts it took, what came of it, and how long that was.
fn call(
    host: &MemoryHost,
    timeout_ms: &'static str,
    max_retries: &'static str,
) -> (u32, Result<u16, FetchError>, Duration) {
    let mut form = Form::default();
    form.push("customer", "cus_1");
    let config = config(timeout_ms, max_retries);
    let began = host.monotonic();
    let outcome = block_on(post(host, &config.stripe, "/v1/x", form)).unwrap();
    let result = outcome.result.map(|answer| answer.status().as_u16());
    (outcome.attempts, result, host.monotonic() - began)
}

#[test]
fn a_call_is_tried_again_until_it_succeeds() {
    let host = MemoryHost::default();
    for next in [status(500), lost(), status(200), status(200)] {
        host.script(next);
    }
    let (attempts, result, took) = call(&host, "8000", "2");
    assert_eq!((attempts, result), (3, Ok(200)));
    assert!(
        took >= Duration::from_millis(250 + 500) && took <= Duration::from_millis(500 + 1_000),
        "{took:?}"
    );
}

#[test]
fn every_attempt_is_the_same_request_to_the_byte() {
    let host = MemoryHost::default();
    for next in [status(409), status(503), status(200)] {
        host.script(next);
    }
    assert_eq!(call(&host, "8000", "2").0, 3);
    let requests = host.fetched();
    assert_eq!(requests.len(), 3);
    for request in &requests[1..] {
        assert_eq!(request.headers(), requests[0].headers());
        assert_eq!(request.body(), requests[0].body());
        assert_eq!(request.uri(), requests[0].uri());
    }
    // The next call has a key of its own.
    host.script(status(200));
    assert_eq!(call(&host, "8000", "2").0, 1);
    let key = |index: usize| host.fetched()[index].headers()["idempotency-key"].clone();
    assert_ne!(key(0), key(3));
}

#[test]
fn no_more_is_tried_than_the_operator_allows() {
    for (max_retries, attempts) in [("0", 1), ("1", 2), ("2", 3), ("10", 11)] {
        let host = MemoryHost::default();
        for _ in 0..20 {
            host.script(status(500));
        }
        assert_eq!(call(&host, "120000", max_retries).0, attempts);
    }
}

#[test]
fn nothing_is_tried_past_the_deadline() {
    for timeout_ms in ["1", "249", "700", "1500", "4000"] {
        let host = MemoryHost::default();
        for _ in 0..20 {
            host.script(status(500));
        }
        let (attempts, result, took) = call(&host, timeout_ms, "10");
        let deadline = Duration::from_millis(timeout_ms.parse().unwrap());
        assert!(took <= deadline, "{timeout_ms}: {took:?}");
        assert_eq!(result, Ok(500));
        assert!(attempts <= 5, "{timeout_ms}: {attempts}");
    }
}

#[test]
fn a_silent_stripe_is_waited_for_until_the_deadline_and_no_longer() {
    let host = MemoryHost::default();
    host.script(Scripted::Silence);
    assert_eq!(
        call(&host, "3000", "2"),
        (1, Err(FetchError::Timeout), Duration::from_secs(3))
    );
    // What the retries leave of the time is all that the last attempt has.
    host.script(status(500));
    host.script(Scripted::Silence);
    let (attempts, result, took) = call(&host, "3000", "2");
    assert_eq!(
        (attempts, result, took),
        (2, Err(FetchError::Timeout), Duration::from_secs(3))
    );
}
