//! Leases: of all instances that share a store, one may act, at most once in an interval.
//!
//! Of a store's atomic operations only `increment` can be relied on everywhere, so a lease is a counter that holds the
//! second in which it was last taken. Whoever finds it old adds the difference to now. If two do so at once, only the
//! first one's result is "now": the other has added to a counter that was no longer old, takes its addition back, and
//! has lost. The exception is a third instance that looks between that addition and its return: it can take the lease
//! once more. What is leased here may rarely happen twice; it must only not happen often.

use std::time::Duration;

use crate::host::Store;

/// The outcome of asking for a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// The caller may act, and nobody else until the interval has passed.
    Taken,
    /// Somebody has acted.
    Held {
        /// When, as time since the Unix epoch in whole seconds.
        since: Duration,
    },
}

/// Asks for the lease under `key`.
///
/// # Errors
/// The store failed.
pub async fn take(
    store: &impl Store,
    key: &str,
    now: Duration,
    interval: Duration,
) -> anyhow::Result<Lease> {
    let now = seconds(now);
    let last = store.increment(key, 0).await?;
    if is_held(last, now, seconds(interval)) {
        return Ok(held_since(last));
    }
    let difference = now.saturating_sub(last);
    let counter = store.increment(key, difference).await?;
    if counter == now {
        return Ok(Lease::Taken);
    }
    let counter = store.increment(key, difference.saturating_neg()).await?;
    Ok(held_since(counter.min(now)))
}

/// Whether a lease that was last taken at `last` still counts. One from the future, left by a clock that was wrong,
/// does not.
fn is_held(last: i64, now: i64, interval: i64) -> bool {
    let age = now.saturating_sub(last);
    (0..interval).contains(&age)
}

fn held_since(seconds: i64) -> Lease {
    Lease::Held {
        since: Duration::from_secs(u64::try_from(seconds).unwrap_or_default()),
    }
}

fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::host::memory::MemoryHost;

    const INTERVAL: Duration = Duration::from_secs(30);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_800_000_000 + seconds)
    }

    #[test]
    fn a_lease_is_taken_once_in_an_interval() {
        let host = MemoryHost::at(at(0));
        let take = |seconds| block_on(take(&host, "lease", at(seconds), INTERVAL)).unwrap();
        assert_eq!(take(0), Lease::Taken);
        for seconds in [0, 1, 29] {
            assert_eq!(take(seconds), Lease::Held { since: at(0) });
        }
        assert_eq!(take(30), Lease::Taken);
        assert_eq!(take(59), Lease::Held { since: at(30) });
        assert_eq!(take(1_000_000), Lease::Taken);
    }

    #[test]
    fn a_lease_from_the_future_does_not_lock_anyone_out() {
        let host = MemoryHost::at(at(0));
        let take = |seconds| block_on(take(&host, "lease", at(seconds), INTERVAL)).unwrap();
        assert_eq!(take(500), Lease::Taken);
        assert_eq!(take(0), Lease::Taken);
        assert_eq!(take(1), Lease::Held { since: at(0) });
    }

    #[test]
    fn of_two_that_find_a_lease_old_at_once_one_takes_it() {
        let host = MemoryHost::at(at(0));
        let now = seconds(at(100));
        // Both read zero; the other one adds first.
        host.before_next_increment_of("lease", now);
        let lease = block_on(take(&host, "lease", at(100), INTERVAL)).unwrap();
        assert_eq!(lease, Lease::Held { since: at(100) });
        assert_eq!(block_on(host.increment("lease", 0)).unwrap(), now);
    }
}
