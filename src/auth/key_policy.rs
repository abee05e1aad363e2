//! Decides when the identity provider's keys are fetched: a pure function of the keys that are held, of earlier
//! attempts, and of the time.

use std::time::Duration;

use super::jwks::{Age, age};

/// The longest that a fetch may take, with everything. One that is under way for longer is lost.
pub(super) const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// The time in which nobody searches again after a search for an unknown key, however many tokens name one. For as
/// long, nobody renews again after usable keys could not be renewed.
const SEARCH_INTERVAL: Duration = Duration::from_secs(30);

/// The time in which nobody fetches again after a failed fetch. Anybody can send a token, so without this anybody could
/// make an ailing provider work.
const FAILURE_INTERVAL: Duration = Duration::from_secs(2);

/// The keys that a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// Any keys to verify a token with.
    Usable,
    /// Keys that were fetched after this time, because the token's key is not among those that were fetched then.
    NewerThan(Duration),
}

/// The latest attempts to fetch, by this instance or by another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attempts {
    /// The last fetch that has not ended well.
    pub(super) last: Option<Attempt>,
    /// The time at which the last search for an unknown key began that the provider answered.
    pub(super) searched_at: Option<Duration>,
}

/// A fetch that has not ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    /// The time at which it began, or failed.
    pub(super) at: Duration,
    /// True if it failed; otherwise it may still be under way.
    pub(super) failed: bool,
}

/// The next step for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Use the keys that are held.
    Use,
    /// Use the keys that are held, and let one request fetch newer ones.
    UseAndRenew,
    /// Fetch newer keys, and let the request wait for them.
    Fetch,
    /// Wait for a fetch that is under way.
    Wait,
    /// There are no newer keys.
    NoneNewer,
    /// A fetch has just failed, so there are no keys for a moment.
    Unavailable,
}

/// Decides the next step. `held` is when the keys that are held were fetched.
pub(super) fn step(want: Want, held: Option<Duration>, attempts: &Attempts, now: Duration) -> Step {
    let age = held.map_or(Age::Expired, |fetched_at| age(fetched_at, now));
    match (want, age) {
        (Want::Usable, Age::Fresh) => Step::Use,
        (Want::Usable, Age::Stale) if attempts.hold_off_renewal(now) => Step::Use,
        (Want::Usable, Age::Stale) => Step::UseAndRenew,
        (Want::NewerThan(than), Age::Fresh | Age::Stale) if held > Some(than) => Step::Use,
        (Want::NewerThan(_), _) if attempts.have_just_searched(now) => Step::NoneNewer,
        _ if attempts.are_under_way(now) => Step::Wait,
        _ if attempts.have_just_failed(now) => Step::Unavailable,
        _ => Step::Fetch,
    }
}

impl Attempts {
    /// Notes that a fetch begins.
    pub(super) fn begin(&mut self, now: Duration) {
        self.last = Some(Attempt {
            at: now,
            failed: false,
        });
    }

    /// Notes that the fetch has failed.
    pub(super) fn fail(&mut self, now: Duration) {
        self.last = Some(Attempt {
            at: now,
            failed: true,
        });
    }

    /// Notes that the fetch that began at the given time has succeeded.
    pub(super) fn succeed(&mut self, want: Want, began: Duration) {
        self.last = None;
        if want != Want::Usable {
            self.searched_at = Some(began);
        }
    }

    /// Takes over what another instance has noted, where that is later.
    pub(super) fn learn(&mut self, other: Self) {
        let at = |attempt: Option<Attempt>| attempt.map(|attempt| attempt.at);
        if at(other.last) > at(self.last) {
            self.last = other.last;
        }
        self.searched_at = self.searched_at.max(other.searched_at);
    }

    fn are_under_way(&self, now: Duration) -> bool {
        self.last
            .is_some_and(|last| !last.failed && now.abs_diff(last.at) < FETCH_TIMEOUT)
    }

    fn have_just_failed(&self, now: Duration) -> bool {
        self.last
            .is_some_and(|last| last.failed && now.abs_diff(last.at) < FAILURE_INTERVAL)
    }

    fn have_just_searched(&self, now: Duration) -> bool {
        self.searched_at
            .is_some_and(|at| now.abs_diff(at) < SEARCH_INTERVAL)
    }

    /// Returns true while usable keys are not to be renewed: they are worth one slow request in a while, and no more.
    fn hold_off_renewal(&self, now: Duration) -> bool {
        self.last.is_some_and(|last| {
            let interval = if last.failed {
                SEARCH_INTERVAL
            } else {
                FETCH_TIMEOUT
            };
            now.abs_diff(last.at) < interval
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::jwks::{FRESH_FOR, USABLE_FOR};
    use super::*;

    /// Returns the time so many seconds after an arbitrary moment.
    fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_800_000_000 + seconds)
    }

    fn began(seconds: u64) -> Attempts {
        let mut attempts = Attempts::default();
        attempts.begin(at(seconds));
        attempts
    }

    fn failed(seconds: u64) -> Attempts {
        let mut attempts = Attempts::default();
        attempts.fail(at(seconds));
        attempts
    }

    fn searched(seconds: u64) -> Attempts {
        let mut attempts = Attempts::default();
        attempts.succeed(Want::NewerThan(at(0)), at(seconds));
        attempts
    }

    #[test]
    fn what_to_do_follows_from_what_is_held_and_what_was_tried() {
        let none = Attempts::default();
        let (fresh_for, usable_for) = (FRESH_FOR.as_secs(), USABLE_FOR.as_secs());
        let (usable, newer) = (Want::Usable, Want::NewerThan(at(0)));
        for (want, held, attempts, now, expected) in [
            // Nothing is held.
            (usable, None, none, 0, Step::Fetch),
            (usable, None, began(0), 4, Step::Wait),
            (usable, None, began(0), 5, Step::Fetch),
            (usable, None, failed(0), 1, Step::Unavailable),
            (usable, None, failed(0), 2, Step::Fetch),
            (usable, None, searched(0), 1, Step::Fetch),
            // Fresh keys are used whatever was tried.
            (usable, Some(0), none, 0, Step::Use),
            (usable, Some(0), failed(1), fresh_for - 1, Step::Use),
            // Stale keys are used while they are renewed, or cannot be.
            (usable, Some(0), none, fresh_for, Step::UseAndRenew),
            (usable, Some(0), none, usable_for - 1, Step::UseAndRenew),
            (usable, Some(0), began(fresh_for), fresh_for + 4, Step::Use),
            (
                usable,
                Some(0),
                began(fresh_for),
                fresh_for + 5,
                Step::UseAndRenew,
            ),
            (
                usable,
                Some(0),
                failed(fresh_for),
                fresh_for + 29,
                Step::Use,
            ),
            (
                usable,
                Some(0),
                failed(fresh_for),
                fresh_for + 30,
                Step::UseAndRenew,
            ),
            // Expired ones are not.
            (usable, Some(0), none, usable_for, Step::Fetch),
            (
                usable,
                Some(0),
                failed(usable_for),
                usable_for + 1,
                Step::Unavailable,
            ),
            // A record from a clock that is far ahead is none.
            (usable, Some(fresh_for), none, 0, Step::Fetch),
            // The token's key is unknown.
            (newer, Some(0), none, 1, Step::Fetch),
            (newer, Some(1), none, 1, Step::Use),
            (newer, Some(1), failed(1), 1, Step::Use),
            (newer, Some(0), began(1), 2, Step::Wait),
            (newer, Some(0), began(1), 6, Step::Fetch),
            (newer, Some(0), searched(1), 30, Step::NoneNewer),
            (newer, Some(0), searched(1), 31, Step::Fetch),
            (newer, Some(0), failed(1), 2, Step::Unavailable),
            (newer, Some(0), failed(1), 3, Step::Fetch),
        ] {
            assert_eq!(
                step(want, held.map(at), &attempts, at(now)),
                expected,
                "{want:?} {held:?} {attempts:?} {now}"
            );
        }
    }

    #[test]
    fn of_two_attempts_the_later_one_counts() {
        let mut attempts = failed(3);
        attempts.learn(began(2));
        assert_eq!(attempts, failed(3));
        attempts.learn(began(4));
        assert_eq!(attempts, began(4));
        attempts.learn(searched(9));
        attempts.learn(searched(8));
        assert_eq!(attempts.searched_at, Some(at(9)));
        assert_eq!(attempts.last, began(4).last);
    }
}
