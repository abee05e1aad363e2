//! Idempotency keys that calls come to by themselves, so that those that have seen the same past share one.

use crate::stripe::CallReport;
use crate::stripe::idempotency::Idempotency;

/// The most times that Stripe may say of a key that it had other parameters, before it is taken for the key of a call
/// that failed.
const MOST_CONFLICTS: u32 = 3;

/// The most times that a caller's own failure, which Stripe has kept, is answered by another try. More would leave so many
/// failures behind that the next caller cannot get past them.
const MOST_FAILURES: u32 = 1;

/// The most kept failures that one caller goes past. Time usually runs out before.
const MOST_KEPT: u32 = 200;

/// An idempotency key: a stem, and a suffix where one is needed. Stripe keeps a key's answer for a day, failures included:
/// a key whose answer is of no use gets a suffix, and all calls come to the same suffixes in the same order.
#[derive(Debug, Default)]
pub(super) struct SharedKey {
    stem: String,
    suffix: u32,
    conflicts: u32,
    failures: u32,
}

/// The next step after an answer that is not the call's own success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Read everything anew, at once, and take the next key: an answer that Stripe has kept is a failure, which may have
    /// had an effect.
    WithSuffix,
    /// Read everything anew, at once.
    Again,
    /// Read everything anew, half a second later.
    Later,
    /// Take the failure for what it is.
    Stop,
}

impl SharedKey {
    /// Returns the key with this stem.
    pub(super) fn of(&mut self, stem: &str) -> String {
        if self.stem != stem {
            *self = Self {
                stem: stem.to_owned(),
                ..Self::default()
            };
        }
        match self.suffix {
            0 => stem.to_owned(),
            suffix => format!("{stem}-{suffix}"),
        }
    }

    /// Decides the next step after an answer to a call with the key.
    pub(super) fn after(&mut self, report: &CallReport) -> Next {
        match (report.idempotency, report.result.is_ok()) {
            (Idempotency::First, _) => Next::Stop,
            (Idempotency::Replayed, true) => Next::Again,
            (Idempotency::Replayed, false) => {
                // It is the answer to an attempt of this very call, if there was one.
                self.failures += u32::from(report.attempts > 1);
                if self.failures > MOST_FAILURES || self.suffix >= MOST_KEPT {
                    return Next::Stop;
                }
                self.go_on();
                Next::WithSuffix
            }
            (Idempotency::OtherParameters, _) => {
                self.conflicts += 1;
                if self.conflicts == MOST_CONFLICTS {
                    self.go_on();
                    Next::Again
                } else {
                    Next::Later
                }
            }
            (Idempotency::UnderWay, _) => Next::Later,
        }
    }

    fn go_on(&mut self) {
        self.suffix += 1;
        self.conflicts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Failure, FailureKind};

    fn report(succeeded: bool, idempotency: Idempotency, attempts: u32) -> CallReport {
        let failure = || Failure::new(FailureKind::StripeUnavailable, "Stripe answered 500");
        CallReport {
            attempts,
            request_id: None,
            missing: false,
            idempotency,
            result: succeeded.then(Vec::new).ok_or_else(failure),
        }
    }

    #[test]
    fn a_key_changes_only_after_a_failure_that_stripe_keeps_or_a_third_conflict() {
        let mut key = SharedKey::default();
        assert_eq!(key.of("a"), "a");
        for (succeeded, idempotency, next, expected) in [
            (true, Idempotency::First, Next::Stop, "a"),
            (false, Idempotency::First, Next::Stop, "a"),
            (true, Idempotency::Replayed, Next::Again, "a"),
            (false, Idempotency::UnderWay, Next::Later, "a"),
            (false, Idempotency::OtherParameters, Next::Later, "a"),
            (false, Idempotency::OtherParameters, Next::Later, "a"),
            (false, Idempotency::OtherParameters, Next::Again, "a-1"),
            (false, Idempotency::OtherParameters, Next::Later, "a-1"),
            (false, Idempotency::Replayed, Next::WithSuffix, "a-2"),
            (false, Idempotency::OtherParameters, Next::Later, "a-2"),
        ] {
            assert_eq!(key.after(&report(succeeded, idempotency, 1)), next);
            assert_eq!(key.of("a"), expected);
        }
        assert_eq!(key.of("b"), "b", "another stem begins anew");
        assert_eq!(key.of("a"), "a");
    }

    #[test]
    fn a_caller_goes_past_the_failures_of_others_and_past_one_of_its_own() {
        let mut key = SharedKey::default();
        key.of("a");
        for others in 1..=50 {
            assert_eq!(
                key.after(&report(false, Idempotency::Replayed, 1)),
                Next::WithSuffix
            );
            assert_eq!(key.of("a"), format!("a-{others}"));
        }
        let own = report(false, Idempotency::Replayed, 2);
        assert_eq!(key.after(&own), Next::WithSuffix);
        assert_eq!(key.of("a"), "a-51");
        assert_eq!(key.after(&own), Next::Stop);
        assert_eq!(key.of("a"), "a-51");
    }

    #[test]
    fn kept_failures_have_an_end() {
        let mut key = SharedKey::default();
        key.of("a");
        let others = report(false, Idempotency::Replayed, 1);
        let last = (0..1000).position(|_| key.after(&others) == Next::Stop);
        assert_eq!(last, Some(200));
    }
}
