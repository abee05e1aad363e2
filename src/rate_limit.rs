//! How many requests a user has in a window: pure arithmetic, and one place that applies it to the store.
//!
//! Windows are fixed: time is cut into pieces as long as the limit's window, counted from the Unix epoch, and each
//! admits the limit's number of requests, counted by the store's atomic `increment`. So no window ever admits more,
//! however many instances and hosts count; and in a span as long as a window that lies across two of them, at most
//! twice the limit is admitted.

use std::time::Duration;

use crate::config::RateLimit;
use crate::counter::{Count, EpochCounter};
use crate::customer::user_key;
use crate::host::{Clock, Store};

/// What a limit says to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The limit that applies.
    pub limit: RateLimit,
    /// Whether the request is within it.
    pub admitted: bool,
    /// How many more requests the window admits.
    pub remaining: u64,
    /// How many seconds until the next window; at least 1, and rounded up, so that waiting so long is enough.
    pub reset_seconds: u64,
}

/// The limit for a plan: its own, or the first one. `None` where limiting is off.
#[must_use]
pub fn limit_for<'a>(limits: &'a [RateLimit], plan: &str) -> Option<&'a RateLimit> {
    limits
        .iter()
        .find(|limit| limit.plan == plan)
        .or_else(|| limits.first())
}

/// Judges the `count`th request of a window. Where another instance's clock is ahead and has begun the next window
/// already, that one counts.
#[must_use]
pub fn judge(limit: &RateLimit, count: u64, now: Duration, in_next_window: bool) -> Admission {
    let window = limit.window.as_secs().max(1);
    let into_window = Duration::new(now.as_secs() % window, now.subsec_nanos());
    let whole = window.saturating_mul(1 + u64::from(in_next_window));
    let rest = Duration::from_secs(whole).saturating_sub(into_window);
    Admission {
        limit: limit.clone(),
        admitted: count <= limit.requests,
        remaining: limit.requests.saturating_sub(count),
        reset_seconds: rest.as_secs() + u64::from(rest.subsec_nanos() > 0),
    }
}

/// Counts a request of a user and judges it.
///
/// # Errors
/// The store failed; whether the request was counted is unknown.
pub async fn admit(
    host: &(impl Clock + Store),
    limit: &RateLimit,
    user: &str,
) -> anyhow::Result<Admission> {
    let before = host.now();
    let window = counter(limit, user, before);
    let count = window.add(host, 1).await?;
    let now = host.now();
    let next = counter(limit, user, now);
    let count = if next == window {
        count
    } else if count.in_next_epoch {
        Count {
            in_next_epoch: false,
            ..count
        }
    } else {
        // The window has ended while the request was being counted. What it was counted in may have been removed
        // already and begun again, so it is counted once more, where it would be counted if it came now.
        window.remove(host).await?;
        next.add(host, 1).await?
    };
    let value = u64::try_from(count.value).unwrap_or_default();
    Ok(judge(limit, value, now, count.in_next_epoch))
}

/// The user's counter in the window. Plans whose windows are as long as each other share it, so that a change of plan
/// takes effect at once and what was used stays used.
fn counter(limit: &RateLimit, user: &str, now: Duration) -> EpochCounter {
    let length = limit.window.as_secs().max(1);
    let window = now.as_secs() / length;
    let epoch = |window: u64| format!("{length}:{window}");
    EpochCounter::by_clock(user_key("rate", user), epoch(window), epoch(window + 1))
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use proptest::prelude::*;

    use super::*;
    use crate::host::memory::MemoryHost;

    fn limit(requests: u64, seconds: u64) -> RateLimit {
        RateLimit {
            plan: "free".to_owned(),
            requests,
            window: Duration::from_secs(seconds),
        }
    }

    fn ask(host: &MemoryHost, limit: &RateLimit, now: Duration) -> Admission {
        host.set_clock(now);
        block_on(admit(host, limit, "user")).unwrap()
    }

    #[test]
    fn a_plan_has_its_own_limit_or_the_first_one() {
        let limits = ["free", "paid"].map(|plan| RateLimit {
            plan: plan.to_owned(),
            ..limit(1, 1)
        });
        for (plan, expected) in [
            ("free", "free"),
            ("paid", "paid"),
            ("team", "free"),
            ("", "free"),
        ] {
            assert_eq!(limit_for(&limits, plan).unwrap().plan, expected);
        }
        assert_eq!(limit_for(&[], "free"), None);
    }

    #[test]
    fn a_window_admits_the_limit_and_counts_down() {
        let host = MemoryHost::at(Duration::ZERO);
        let limit = limit(3, 60);
        let now = Duration::from_millis(600_500);
        let answers: Vec<_> = (0..5).map(|_| ask(&host, &limit, now)).collect();
        let seen: Vec<_> = answers
            .iter()
            .map(|a| (a.admitted, a.remaining, a.reset_seconds))
            .collect();
        assert_eq!(
            seen,
            [
                (true, 2, 60),
                (true, 1, 60),
                (true, 0, 60),
                (false, 0, 60),
                (false, 0, 60)
            ]
        );
        assert!(ask(&host, &limit, Duration::from_secs(660)).admitted);
    }

    #[test]
    fn two_hosts_whose_clocks_differ_admit_no_more_and_waiting_as_told_is_enough_for_both() {
        let host = MemoryHost::at(Duration::ZERO);
        let limit = limit(4, 60);
        let (ahead, behind) = (Duration::from_secs(660), Duration::from_millis(659_200));
        let asked =
            [ahead, behind, ahead, behind, ahead, behind].map(|now| ask(&host, &limit, now));
        let admitted = asked.map(|admission| (admission.admitted, admission.reset_seconds));
        assert_eq!(
            admitted,
            [
                (true, 60),
                (true, 61),
                (true, 60),
                (true, 61),
                (false, 60),
                (false, 61)
            ]
        );
    }

    #[test]
    fn a_change_of_plan_takes_effect_at_once() {
        let host = MemoryHost::at(Duration::ZERO);
        let (free, paid) = (limit(2, 60), limit(30, 60));
        let now = Duration::from_secs(1_000);
        for _ in 0..3 {
            ask(&host, &free, now);
        }
        assert!(!ask(&host, &free, now).admitted);
        assert_eq!(ask(&host, &paid, now).remaining, 25);
        assert!(!ask(&host, &free, now).admitted);
    }

    #[test]
    fn requests_that_a_window_leaves_behind_count_in_the_next_one() {
        let host = MemoryHost::at(Duration::ZERO);
        let limit = limit(2, 60);
        let end = Duration::from_millis(659_900);
        assert!(ask(&host, &limit, end).admitted && ask(&host, &limit, end).admitted);
        let late: Vec<bool> = (0..4)
            .map(|_| {
                // The window ends between the look at the pointer and the addition.
                host.before_next_increment(|host| host.set_clock(Duration::from_millis(660_100)));
                ask(&host, &limit, end).admitted
            })
            .collect();
        assert_eq!(late, [true, true, false, false]);
        assert_eq!(host.keys(), 2);
    }

    proptest! {
        #[test]
        fn no_window_admits_more_and_no_span_of_its_length_more_than_twice_the_limit(
            requests in 1_u64..20,
            seconds in 1_u64..30,
            start in 0_u64..1_000_000,
            pauses in prop::collection::vec(0_u64..2_000, 1..200),
        ) {
            let host = MemoryHost::at(Duration::ZERO);
            let limit = limit(requests, seconds);
            let mut now = Duration::from_millis(start);
            let mut admitted = Vec::new();
            for pause in pauses {
                now += Duration::from_millis(pause);
                if ask(&host, &limit, now).admitted {
                    admitted.push(now);
                }
                prop_assert!(host.keys() <= 2);
            }
            for &first in &admitted {
                let in_window = admitted.iter().filter(|t| t.as_secs() / seconds == first.as_secs() / seconds).count();
                prop_assert!(in_window as u64 <= requests);
                let in_span = admitted.iter().filter(|t| (first..first + limit.window).contains(t)).count();
                prop_assert!(in_span as u64 <= 2 * requests);
            }
        }

        #[test]
        fn waiting_as_told_is_enough_and_half_of_it_is_not(
            requests in 1_u64..10,
            seconds in 2_u64..3_600,
            now_ms in 0_u64..10_000_000_000,
        ) {
            let host = MemoryHost::at(Duration::ZERO);
            let limit = limit(requests, seconds);
            let now = Duration::from_millis(now_ms);
            for _ in 0..requests {
                prop_assert!(ask(&host, &limit, now).admitted);
            }
            let denied = ask(&host, &limit, now);
            prop_assert!(!denied.admitted && (1..=seconds).contains(&denied.reset_seconds));
            if denied.reset_seconds >= 2 {
                prop_assert!(!ask(&host, &limit, now + Duration::from_secs(denied.reset_seconds) / 2).admitted);
            }
            prop_assert!(ask(&host, &limit, now + Duration::from_secs(denied.reset_seconds)).admitted);
        }

        #[test]
        fn a_clock_that_jumps_locks_nobody_out_for_longer_than_it_is_told(
            jumps in prop::collection::vec(0_u64..100_000, 1..40),
        ) {
            let host = MemoryHost::at(Duration::ZERO);
            let limit = limit(3, 60);
            for jump in jumps {
                let now = Duration::from_secs(jump);
                let last = (0..5).map(|_| ask(&host, &limit, now)).last().unwrap();
                prop_assert!(!last.admitted && last.reset_seconds <= 120);
                prop_assert!(ask(&host, &limit, now + Duration::from_secs(last.reset_seconds)).admitted);
                prop_assert!(host.keys() <= 2);
            }
        }
    }
}
