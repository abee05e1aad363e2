//! Idempotency keys that calls come to by themselves, so that those that have seen the same past share one.

use crate::stripe::idempotency::Idempotency;

/// The most times that Stripe may say of a key that it had other parameters, before it is taken for the key of a call
/// that failed.
const MOST_CONFLICTS: u32 = 3;

/// An idempotency key: a stem, and a suffix where one is needed. Stripe keeps a key's answer for a day, failures included:
/// a key whose answer is of no use gets a suffix, and all calls come to the same suffixes in the same order.
#[derive(Debug, Default)]
pub(super) struct SharedKey {
    stem: String,
    suffix: u32,
    conflicts: u32,
}

/// The next step after an answer that is not the call's own success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
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
    pub(super) fn after(&mut self, succeeded: bool, idempotency: Idempotency) -> Next {
        match (idempotency, succeeded) {
            (Idempotency::First, _) => Next::Stop,
            (Idempotency::Replayed, true) => Next::Again,
            (Idempotency::Replayed, false) => self.go_on(),
            (Idempotency::OtherParameters, _) => {
                self.conflicts += 1;
                if self.conflicts == MOST_CONFLICTS {
                    self.go_on()
                } else {
                    Next::Later
                }
            }
            (Idempotency::UnderWay, _) => Next::Later,
        }
    }

    fn go_on(&mut self) -> Next {
        self.suffix += 1;
        self.conflicts = 0;
        Next::Again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            (false, Idempotency::Replayed, Next::Again, "a-2"),
            (false, Idempotency::OtherParameters, Next::Later, "a-2"),
        ] {
            assert_eq!(key.after(succeeded, idempotency), next);
            assert_eq!(key.of("a"), expected);
        }
        assert_eq!(key.of("b"), "b", "another stem begins anew");
        assert_eq!(key.of("a"), "a");
    }
}
