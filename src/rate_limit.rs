//! Counts the requests of a user in a window: pure arithmetic, and one place that applies it to the counters.
//!
//! Windows are fixed: time is cut into pieces as long as the limit's window, counted from the Unix epoch, and each
//! admits the limit's number of requests of a route, counted by the platform's atomic `increment`. So no window ever
//! admits more, however many instances and hosts count, and in a span as long as a window that lies across two of them,
//! at most twice the limit is admitted. Beside it, each instance counts for itself; the higher count decides, so that
//! even where the shared counter fails or answers too little, no instance admits more than the limit.
//!
//! Clocks of hosts may differ by less than the length of a window: an instance whose clock is behind counts in its own
//! window if it has begun it, or else in the one that another instance has begun. An instance whose clock is off by more
//! begins windows of its own, and takes those of the others away; the limit is best effort then.
//!
//! The first request of a user that an instance counts in a window reads the window's pointer and then adds; all others
//! add, and that is all. To add first, and to look at the pointer only where a counter has just begun, would spare that
//! read as well. But an instance that broke off in between would leave a counter that nothing in the store leads to.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::window::{Count, WindowCounter};
use crate::counter::tried_again;
use crate::plan::PlanName;
use crate::platform::{Clock, Counters, Store};
use crate::records::keys::{self, Kind};
use crate::text::parse_digits;
use crate::user::User;

mod window;

/// The limit for each plan; the first one is for plans that have none. Limiting is off where there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateLimits(Vec<RateLimit>);

/// The requests that a plan has in a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    pub plan: PlanName,
    /// The most requests that are admitted in a window.
    pub requests: u64,
    /// The length of the window in seconds.
    pub window: NonZeroU64,
}

/// A limit's decision on a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    pub limit: RateLimit,
    /// True if the request is within the limit.
    pub admitted: bool,
    /// The number of requests that the window still admits.
    pub remaining: u64,
    /// The seconds until the next window; at least 1, and rounded up, so that waiting so long is enough.
    pub reset_seconds: u64,
}

/// An admission, and the problem with it if there is one.
#[derive(Debug)]
pub struct Admitted {
    pub admission: Admission,
    /// The reason why this instance counted alone, if it did.
    pub alone: Option<anyhow::Error>,
}

impl RateLimits {
    /// Admits everything.
    pub const OFF: Self = Self(Vec::new());

    /// Reads limits, each `plan=requests/seconds`; `None` if one is not one, if a plan comes twice, or if there is none.
    #[must_use]
    pub fn parse(items: &[String]) -> Option<Self> {
        let mut limits: Vec<RateLimit> = Vec::new();
        for item in items {
            let limit = RateLimit::parse(item)?;
            if limits.iter().any(|known| known.plan == limit.plan) {
                return None;
            }
            limits.push(limit);
        }
        (!limits.is_empty()).then_some(Self(limits))
    }

    /// Returns true if the plan has a limit of its own.
    #[must_use]
    pub fn has(&self, plan: &PlanName) -> bool {
        self.0.iter().any(|limit| limit.plan == *plan)
    }

    /// Returns the limit for a plan: its own, or the first one. `None` where limiting is off.
    #[must_use]
    pub fn of(&self, plan: &PlanName) -> Option<&RateLimit> {
        let own = self.0.iter().find(|limit| limit.plan == *plan);
        own.or_else(|| self.0.first())
    }
}

impl RateLimit {
    fn parse(text: &str) -> Option<Self> {
        let (plan, rate) = text.split_once('=')?;
        let (requests, seconds) = rate.split_once('/')?;
        let requests = parse_digits(requests.trim()).filter(|n| (1..=1_000_000).contains(n))?;
        let seconds = parse_digits(seconds.trim()).filter(|n| *n <= 86_400)?;
        Some(Self {
            plan: PlanName::parse(plan.trim())?,
            requests,
            window: NonZeroU64::new(seconds)?,
        })
    }

    /// Returns the number of the window that a time lies in.
    fn window_at(&self, now: Duration) -> u64 {
        now.as_secs() / self.window
    }
}

/// Judges the `count`th request of a window. Where another instance's clock is ahead and has begun the next window
/// already, that one counts.
#[must_use]
pub fn judge(limit: &RateLimit, count: u64, now: Duration, in_next_window: bool) -> Admission {
    let into_window = Duration::new(now.as_secs() % limit.window, now.subsec_nanos());
    let whole = limit.window.get();
    let whole = whole.saturating_mul(1 + u64::from(in_next_window));
    let rest = Duration::from_secs(whole).saturating_sub(into_window);
    Admission {
        limit: limit.clone(),
        admitted: count <= limit.requests,
        remaining: limit.requests.saturating_sub(count),
        reset_seconds: rest.as_secs() + u64::from(rest.subsec_nanos() > 0),
    }
}

/// Counts a request of a user to a route, and judges it. A count that fails is tried again; then this instance counts
/// alone.
pub async fn admit(
    platform: &(impl Clock + Store + Counters),
    alone: &LocalCounts,
    limit: &RateLimit,
    user: &User,
    route: &str,
) -> Admitted {
    let key = key(user, route);
    let counted = if platform.shared() {
        let counting = async || count(platform, alone, limit, &key).await;
        Some(tried_again(platform, counting).await)
    } else {
        // The instance's own count is all there is.
        None
    };
    let now = platform.now();
    let local = alone.add(key, limit, now);
    let (count, in_next_window, error) = match counted.transpose() {
        Ok(None) => (local, false, None),
        Ok(Some(count)) => {
            let shared = u64::try_from(count.value).unwrap_or_default();
            (shared.max(local), count.in_next_window, None)
        }
        Err(error) => (local, false, Some(error)),
    };
    Admitted {
        admission: judge(limit, count, now, in_next_window),
        alone: error,
    }
}

/// Returns the key of a user's counter. The requests to each route are counted by themselves, so that a page that lists
/// invoices does not use up the portal. A route is known by the last segment of its path, because some stores refuse a key with a slash. It has no
/// percent sign, and in a user's key that is followed by two digits.
fn key(user: &User, route: &str) -> String {
    let name = route.rsplit('/').next().unwrap_or_default();
    format!("{}%{name}", keys::key(Kind::Rate, user))
}

async fn count(
    platform: &(impl Clock + Store + Counters),
    alone: &LocalCounts,
    limit: &RateLimit,
    key: &str,
) -> anyhow::Result<Count> {
    // Plans whose windows are as long as each other share a counter, so that a change of plan takes effect at once and
    // what was used stays used.
    let counter = |number| WindowCounter::new(key.to_owned(), limit.window, number);
    let mut window = limit.window_at(platform.now());
    let mut again = None;
    if alone.has_met(key, limit, window) {
        again = counter(window).add_again(platform).await?;
    }
    let count = if let Some(count) = again {
        count
    } else {
        window = limit.window_at(platform.now());
        counter(window).add(platform).await?
    };
    let now = limit.window_at(platform.now());
    if now == window {
        if !count.in_next_window {
            alone.meet(key, limit, window);
        }
        return Ok(count);
    }
    if count.in_next_window {
        return Ok(Count {
            in_next_window: false,
            ..count
        });
    }
    // The window has ended while the request was being counted, so it is counted once more, where it would be counted if
    // it came now. The counter of the window that has ended is removed when a later one begins; if that has happened
    // already, the addition has begun it again.
    if count.value == 1 {
        counter(window).look_after(platform).await?;
    }
    counter(now).add(platform).await
}

/// The most users and routes that an instance counts for itself.
const MAX_LOCAL: usize = 1024;

/// The requests that an instance has itself counted.
#[derive(Debug, Default)]
pub struct LocalCounts(Mutex<BTreeMap<String, LocalCount>>);

/// An instance's count of a window.
#[derive(Clone, Copy, Debug)]
struct LocalCount {
    window: NonZeroU64,
    number: u64,
    requests: u64,
    /// True if the instance has added to the counter that all instances share.
    met: bool,
}

impl LocalCounts {
    /// Counts a request, and returns how many there have been in the window.
    fn add(&self, key: String, limit: &RateLimit, now: Duration) -> u64 {
        let mut counts = self.lock();
        let count = LocalCount::of(&mut counts, key, limit, limit.window_at(now));
        count.requests = count.requests.saturating_add(1);
        count.requests
    }

    /// Notes that the instance has added to the shared counter of a window.
    fn meet(&self, key: &str, limit: &RateLimit, number: u64) {
        LocalCount::of(&mut self.lock(), key.to_owned(), limit, number).met = true;
    }

    fn has_met(&self, key: &str, limit: &RateLimit, number: u64) -> bool {
        let counts = self.lock();
        let count = counts.get(key);
        count.is_some_and(|count| count.is_of(limit, number) && count.met)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, LocalCount>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LocalCount {
    /// Returns the count of a window, which begins if the present one is another.
    fn of<'a>(
        counts: &'a mut BTreeMap<String, Self>,
        key: String,
        limit: &RateLimit,
        number: u64,
    ) -> &'a mut Self {
        if counts.len() >= MAX_LOCAL && !counts.contains_key(&key) {
            // Counts of a window that is over are of no use. If none are left out, an instance has a thousand users in
            // one window, of whom some begin anew.
            counts.retain(|_, count| count.is_of(limit, number));
            if counts.len() >= MAX_LOCAL {
                counts.pop_first();
            }
        }
        let begun = Self {
            window: limit.window,
            number,
            requests: 0,
            met: false,
        };
        let count = counts.entry(key).or_insert(begun);
        if !count.is_of(limit, number) {
            *count = begun;
        }
        count
    }

    fn is_of(&self, limit: &RateLimit, number: u64) -> bool {
        (self.window, self.number) == (limit.window, number)
    }
}

#[cfg(test)]
mod tests;
