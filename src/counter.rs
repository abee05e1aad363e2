//! Counters that begin anew from time to time, and leave nothing behind.
//!
//! Stores have neither expiry nor transactions, and only `increment` is atomic on all of them, so a counter cannot be
//! set back. Instead it has generations: each one is a counter of its own, under a name that no other generation has,
//! and a pointer beside them says which ones exist. Two kinds of counters are made of this: the limiter's, which begin
//! with each window of time ([`crate::rate_limit`]), and those of charges, which begin with each content of the balance
//! record ([`crate::spending`]).

use std::time::Duration;

use crate::platform::{Clock, Counters, Store};

/// The generations of a counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generations {
    pointer: String,
}

impl Generations {
    /// Names the generations whose pointer is under this key.
    #[must_use]
    pub fn new(key: String) -> Self {
        Self { pointer: key }
    }

    /// Returns the key of a generation's counter.
    ///
    /// In a user's key, a percent sign is followed by two digits, so that no key of another user looks like this one: a
    /// value in the place of a counter would make some stores fail.
    #[must_use]
    pub fn counter_key(&self, name: &str) -> String {
        format!("{}%~{name}", self.pointer)
    }

    /// Reads the pointer; empty where no generation has begun.
    pub async fn pointer(&self, store: &impl Store) -> anyhow::Result<String> {
        let pointer = store.get(&self.pointer).await?.unwrap_or_default();
        Ok(String::from_utf8(pointer).unwrap_or_default())
    }

    /// Begins a generation: removes those that fall off, and moves the pointer. Only then may the new counter be added
    /// to: one that the pointer does not know of would stay for ever. A counter that is removed has no name that comes
    /// again, so a removal that comes late does no harm.
    ///
    /// # Errors
    /// The generation has not begun, and nothing is lost.
    pub async fn begin(
        &self,
        platform: &(impl Store + Counters),
        pointer: &str,
        falls_off: impl IntoIterator<Item = String>,
    ) -> anyhow::Result<()> {
        for name in falls_off {
            platform.remove(&self.counter_key(&name)).await?;
        }
        platform.set(&self.pointer, pointer.as_bytes()).await
    }
}

/// The time in which a count is tried again.
const PATIENCE: Duration = Duration::from_millis(100);

/// The pauses before the second and the third try. A store that refuses a count because another one is under way takes
/// it a moment later.
const PAUSES: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(40)];

/// Does something with a counter, and if the store fails, does it again, at most twice and within 100 ms. A try that
/// failed may have counted all the same, so this is for additions that may be too many, and not for what is given back.
///
/// # Errors
/// The last error, if each try failed.
pub async fn tried_again<T>(
    clock: &impl Clock,
    operation: impl AsyncFn() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let deadline = clock.monotonic().saturating_add(PATIENCE);
    let mut result = operation().await;
    for pause in PAUSES {
        if result.is_ok() || clock.monotonic().saturating_add(pause) > deadline {
            break;
        }
        clock.sleep(pause).await;
        result = operation().await;
    }
    result
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures::FutureExt;

    use super::*;
    use crate::platform::memory::MemoryPlatform;

    #[test]
    fn a_failed_count_is_tried_again_twice_within_100_ms_and_no_longer() {
        for (failures, tries, counted) in [(0, 1, true), (1, 2, true), (2, 3, true), (3, 3, false)]
        {
            let host = MemoryPlatform::at(Duration::ZERO);
            let began = host.monotonic();
            let tried = Cell::new(0);
            let operation = async || {
                tried.set(tried.get() + 1);
                anyhow::ensure!(tried.get() > failures, "busy");
                Ok(())
            };
            let result = tried_again(&host, operation).now_or_never().unwrap();
            assert_eq!((tried.get(), result.is_ok()), (tries, counted));
            assert!(host.monotonic().saturating_sub(began) <= PATIENCE);
        }
    }

    #[test]
    fn a_store_that_is_slow_to_fail_is_not_tried_again_beyond_100_ms() {
        let host = MemoryPlatform::at(Duration::ZERO);
        let tried = Cell::new(0);
        let operation = async || {
            tried.set(tried.get() + 1);
            host.advance(Duration::from_millis(95));
            anyhow::bail!("busy") as anyhow::Result<()>
        };
        assert!(
            tried_again(&host, operation)
                .now_or_never()
                .unwrap()
                .is_err()
        );
        assert_eq!(tried.get(), 1);
    }
}
