//! Leases: of all instances that share a store, one may act, at most once in an interval.
//!
//! Of a store's atomic operations only `increment` can be relied on everywhere. So time is cut into windows as long as
//! the interval, each with a counter, and who counts to one has the lease. When it was last taken is kept beside it, so
//! that two windows in a row do not bring two actions closer together than the interval, and so that the counter of the
//! last window can be removed: a lease takes two keys, however long it is in use.
//!
//! Two instances can both act only if one of them takes the lease in the last moment of a window and the other one
//! looks before it has written that down.

use std::time::Duration;

use crate::host::Store;

/// The outcome of asking for a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// The caller may act, and nobody else until the interval has passed.
    Taken,
    /// Somebody has acted, or is about to.
    Held {
        /// Since when, as time since the Unix epoch.
        since: Duration,
    },
}

/// Asks for the lease under `key`, once in an `interval` of at least a second.
///
/// # Errors
/// The store failed.
pub async fn take(
    store: &impl Store,
    key: &str,
    now: Duration,
    interval: Duration,
) -> anyhow::Result<Lease> {
    let last = store.get(key).await?.as_deref().and_then(parse_time);
    if let Some(since) = last.filter(|&last| is_held(last, now, interval)) {
        return Ok(Lease::Held { since });
    }
    if store.increment(&counter_key(key, now, interval), 1).await? != 1 {
        // By now, the one who has it may have written down since when.
        let last = store.get(key).await?.as_deref().and_then(parse_time);
        let since = last.filter(|&last| is_held(last, now, interval));
        return Ok(Lease::Held {
            since: since.unwrap_or(now),
        });
    }
    store
        .set(key, now.as_millis().to_string().as_bytes())
        .await?;
    if let Some(last) = last {
        store.delete(&counter_key(key, last, interval)).await?;
    }
    Ok(Lease::Taken)
}

/// Gives a lease back that was taken at `taken`, so that the next one who asks gets it.
///
/// # Errors
/// The store failed; the lease ends with its interval then.
pub async fn release(
    store: &impl Store,
    key: &str,
    taken: Duration,
    interval: Duration,
) -> anyhow::Result<()> {
    store.delete(key).await?;
    store.delete(&counter_key(key, taken, interval)).await
}

/// Whether a lease that was last taken at `last` still counts. Clocks differ, so it may be from a little ahead; one from
/// the far future, left by a clock that was wrong, does not count.
fn is_held(last: Duration, now: Duration, interval: Duration) -> bool {
    now.abs_diff(last) < interval
}

fn counter_key(key: &str, time: Duration, interval: Duration) -> String {
    let window = time.as_secs() / interval.as_secs().max(1);
    format!("{key}:{window}")
}

fn parse_time(text: &[u8]) -> Option<Duration> {
    let millis = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use proptest::prelude::*;

    use super::*;
    use crate::host::memory::MemoryHost;

    const INTERVAL: Duration = Duration::from_secs(30);

    /// The start is in the middle of a window.
    fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_800_000_017 + seconds)
    }

    fn ask(host: &MemoryHost, now: Duration) -> Lease {
        block_on(take(host, "lease", now, INTERVAL)).unwrap()
    }

    #[test]
    fn a_lease_is_taken_once_in_an_interval() {
        let host = MemoryHost::at(at(0));
        assert_eq!(ask(&host, at(0)), Lease::Taken);
        for seconds in [0, 1, 13, 29] {
            assert_eq!(ask(&host, at(seconds)), Lease::Held { since: at(0) });
        }
        assert_eq!(ask(&host, at(30)), Lease::Taken);
        assert_eq!(ask(&host, at(59)), Lease::Held { since: at(30) });
        assert_eq!(ask(&host, at(1_000_000)), Lease::Taken);
    }

    #[test]
    fn a_lease_from_the_future_locks_nobody_out_for_longer_than_an_interval() {
        let host = MemoryHost::at(at(0));
        assert_eq!(ask(&host, at(500)), Lease::Taken);
        assert_eq!(ask(&host, at(0)), Lease::Taken);
        assert_eq!(ask(&host, at(1)), Lease::Held { since: at(0) });
    }

    #[test]
    fn of_two_that_find_a_lease_free_at_once_one_takes_it() {
        let host = MemoryHost::at(at(0));
        // The other one has counted, and not yet written down when.
        block_on(host.increment(&counter_key("lease", at(0), INTERVAL), 1)).unwrap();
        assert_eq!(ask(&host, at(0)), Lease::Held { since: at(0) });
    }

    #[test]
    fn a_lease_that_was_given_back_can_be_taken() {
        let host = MemoryHost::at(at(0));
        assert_eq!(ask(&host, at(0)), Lease::Taken);
        block_on(release(&host, "lease", at(0), INTERVAL)).unwrap();
        assert_eq!(ask(&host, at(1)), Lease::Taken);
        assert_eq!(ask(&host, at(2)), Lease::Held { since: at(1) });
    }

    proptest! {
        #[test]
        fn however_often_it_is_asked_for_it_is_not_taken_twice_in_an_interval_and_takes_two_keys(
            pauses in prop::collection::vec(0_u64..45_000, 1..60)
        ) {
            let host = MemoryHost::at(at(0));
            let mut now = at(0);
            let mut taken: Option<Duration> = None;
            for pause in pauses {
                now += Duration::from_millis(pause);
                let lease = ask(&host, now);
                let free = taken.is_none_or(|taken| now - taken >= INTERVAL);
                prop_assert_eq!(lease == Lease::Taken, free);
                if free {
                    taken = Some(now);
                }
                prop_assert!(host.keys() <= 2, "{} keys", host.keys());
            }
        }
    }
}
