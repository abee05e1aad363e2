//! Decides whether and when a call to Stripe is tried again, as Stripe's own SDKs do.

use std::time::Duration;

use http::{Response, StatusCode};

use super::error::ApiError;
use crate::platform::FetchError;

/// The pause before the first retry, and the shortest of all: jitter does not go below it (stripe-node, `_getSleepTimeInMS`).
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause, before jitter.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The next step after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Retry,
    /// Take the answer, or the failure, as it is.
    Stop,
}

/// Decides the next step after an attempt; `retries_left` is how many more there may be.
#[must_use]
pub fn decide(fetched: &Result<Response<Vec<u8>>, FetchError>, retries_left: u32) -> Decision {
    use Decision::{Retry, Stop};
    if let Ok(answer) = fetched
        && answer.status().is_success()
    {
        return Stop;
    }
    if retries_left == 0 {
        return Stop;
    }
    let answer = match fetched {
        Ok(answer) => answer,
        // The host will not allow it next time either, and the answer will be as long.
        Err(FetchError::Denied | FetchError::BodyTooLong) => return Stop,
        Err(FetchError::Timeout | FetchError::BodyTruncated | FetchError::Connection(_)) => {
            return Retry;
        }
    };
    match answer
        .headers()
        .get("stripe-should-retry")
        .map(http::HeaderValue::as_bytes)
    {
        Some(b"true") => return Retry,
        Some(b"false") => return Stop,
        _ => {}
    }
    match answer.status() {
        // Another request holds the object or the idempotency key.
        StatusCode::CONFLICT => Retry,
        // A rate limit only gets worse by retries; a lock is let go of in a moment.
        StatusCode::TOO_MANY_REQUESTS if is_lock_timeout(answer.body()) => Retry,
        status if status.is_server_error() => Retry,
        // The answer will not change.
        _ => Stop,
    }
}

/// Returns the pause before a retry, counted from 1; `random` is spread over all of `u64`.
///
/// The pause doubles from one retry to the next up to a limit, and is then cut by up to a half, so that callers that
/// failed together do not come back together. It is never shorter than the first one.
#[must_use]
pub fn pause(retry: u32, random: u64) -> Duration {
    let doublings = retry.saturating_sub(1).min(16);
    let longest = SHORTEST_PAUSE
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE);
    let half = longest / 2;
    // The upper 32 bits are fraction enough.
    let fraction = u32::try_from(random >> 32).unwrap_or(u32::MAX);
    let pause = half + half.mul_f64(f64::from(fraction) / f64::from(u32::MAX));
    pause.max(SHORTEST_PAUSE)
}

fn is_lock_timeout(body: &[u8]) -> bool {
    ApiError::parse(body).code == "lock_timeout"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Fetched = Result<Response<Vec<u8>>, FetchError>;

    #[expect(
        clippy::unnecessary_wraps,
        reason = "it is of the type that a failure has"
    )]
    fn answer(status: u16, should_retry: Option<&str>, body: &str) -> Fetched {
        let mut builder = Response::builder().status(status);
        if let Some(value) = should_retry {
            builder = builder.header("stripe-should-retry", value);
        }
        Ok(builder.body(body.as_bytes().to_vec()).unwrap())
    }

    fn retries(fetched: &Fetched) -> bool {
        matches!(decide(fetched, 1), Decision::Retry)
    }

    #[test]
    fn a_status_decides_where_stripe_does_not() {
        for (status, body, expected) in [
            (200, "", false),
            (302, "", false),
            (400, "", false),
            (401, "", false),
            (402, "", false),
            (403, "", false),
            (404, "", false),
            (409, "", true),
            (429, "", false),
            (429, r#"{"error":{"code":"rate_limit"}}"#, false),
            (429, r#"{"error":{"code":"lock_timeout"}}"#, true),
            (400, r#"{"error":{"code":"lock_timeout"}}"#, false),
            (500, "", true),
            (502, "", true),
            (503, "", true),
            (504, "", true),
            (599, "", true),
        ] {
            assert_eq!(
                retries(&answer(status, None, body)),
                expected,
                "{status} {body}"
            );
            assert_eq!(
                retries(&answer(status, Some("maybe"), body)),
                expected,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn stripe_decides_where_it_says() {
        for status in [400, 402, 409, 429, 500, 503] {
            assert!(retries(&answer(status, Some("true"), "")), "{status}");
            assert!(!retries(&answer(status, Some("false"), "")), "{status}");
        }
        assert!(
            !retries(&answer(200, Some("true"), "")),
            "there is nothing to be had that is not there"
        );
    }

    #[test]
    fn a_failed_connection_is_tried_again_and_a_refused_or_overlong_one_is_not() {
        for (error, expected) in [
            (FetchError::Timeout, true),
            (FetchError::BodyTruncated, true),
            (FetchError::Connection("x".to_owned()), true),
            (FetchError::Denied, false),
            (FetchError::BodyTooLong, false),
        ] {
            assert_eq!(retries(&Err(error.clone())), expected, "{error}");
        }
    }

    #[test]
    fn nothing_is_tried_again_when_no_retry_is_left() {
        for fetched in [
            answer(500, Some("true"), ""),
            answer(409, None, ""),
            Err(FetchError::Timeout),
        ] {
            assert!(matches!(decide(&fetched, 0), Decision::Stop));
        }
    }

    proptest! {
        #[test]
        fn a_pause_is_between_half_and_all_of_what_the_retry_allows_and_never_shorter_than_the_first(retry in any::<u32>(), random in any::<u64>()) {
            let longest = (0.5 * 2_f64.powi(i32::try_from(retry.clamp(1, 10)).unwrap() - 1)).min(5.0);
            let pause = pause(retry, random).as_secs_f64();
            prop_assert!(pause >= (longest / 2.0).max(0.5) - 1e-6 && pause <= longest + 1e-6, "{} of {}", pause, longest);
        }
    }

    #[test]
    fn the_whole_range_of_pauses_is_used() {
        assert_eq!(pause(1, 0), Duration::from_millis(500));
        assert_eq!(pause(1, u64::MAX), Duration::from_millis(500));
        assert_eq!(pause(2, u64::MAX), Duration::from_secs(1));
        assert_eq!(pause(3, 0), Duration::from_secs(1));
        assert_eq!(pause(5, u64::MAX), Duration::from_secs(5));
        assert_eq!(pause(u32::MAX, u64::MAX), Duration::from_secs(5));
    }
}
