//! Whether and when a call is made again. Pure.

use std::time::Duration;

/// The pause before the first repetition. Each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause, unless the server asks for a longer one.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The longest pause that a server can ask for.
const LONGEST_WISH: Duration = Duration::from_secs(15 * 60);

/// How an attempt ended, as far as it decides about the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// There was no answer.
    Lost,
    /// There was one.
    Answered {
        status: u16,
        /// The header `Retry-After`.
        retry_after: Option<Duration>,
        /// Stripe's header `Stripe-Should-Retry`.
        should_retry: Option<bool>,
    },
}

/// How long to wait before the call is made again; `None` to take what there is. `number` counts attempts from 1.
pub(crate) fn pause(attempt: Attempt, number: u32) -> Option<Duration> {
    let wish = match attempt {
        Attempt::Lost => None,
        Attempt::Answered {
            status,
            retry_after,
            should_retry,
        } => {
            let again = match status {
                // A limit says nothing about the call itself, so it is made again whatever the server thinks of it.
                429 => true,
                200..=399 => false,
                // With 409, another request holds the object.
                _ => should_retry.unwrap_or(matches!(status, 409 | 500..=599)),
            };
            if !again {
                return None;
            }
            retry_after
        }
    };
    let doublings = number.saturating_sub(1).min(16);
    let growing = FIRST_PAUSE
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE);
    Some(growing.max(wish.unwrap_or_default().min(LONGEST_WISH)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Attempt, pause};

    fn answered(status: u16, retry_after: Option<u64>, should_retry: Option<bool>) -> Attempt {
        Attempt::Answered {
            status,
            retry_after: retry_after.map(Duration::from_secs),
            should_retry,
        }
    }

    #[test]
    fn only_what_may_end_differently_is_tried_again() {
        assert!(pause(Attempt::Lost, 1).is_some());
        for (status, should_retry, again) in [
            (200, None, false),
            (200, Some(true), false),
            (302, None, false),
            (400, None, false),
            (400, Some(true), true),
            (401, None, false),
            (404, None, false),
            (409, None, true),
            (429, None, true),
            (429, Some(false), true),
            (500, None, true),
            (500, Some(false), false),
            (503, None, true),
        ] {
            let attempt = answered(status, None, should_retry);
            assert_eq!(pause(attempt, 1).is_some(), again, "{attempt:?}");
        }
    }

    #[test]
    fn pauses_grow_and_are_never_shorter_than_the_server_asks() {
        let pauses: Vec<_> = (1..=8)
            .filter_map(|number| pause(Attempt::Lost, number))
            .map(|pause| pause.as_millis())
            .collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(pause(answered(429, Some(20), None), 1), seconds(20));
        assert_eq!(pause(answered(429, Some(1), None), 3), seconds(2));
        assert_eq!(pause(answered(503, Some(999_999), None), 1), seconds(900));
        assert_eq!(pause(Attempt::Lost, u32::MAX), seconds(30));
    }
}
