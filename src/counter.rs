//! Counters that begin anew with each window of time, and leave nothing behind.
//!
//! Stores have neither expiry nor transactions, and only `increment` is atomic on all of them, so a counter cannot be
//! set back. Instead each window has a counter of its own, and a pointer beside it names the window whose counter
//! exists. An instance that finds another window there points to its own, and removes what falls off, so that a counter
//! takes two keys, however long it is in use. Where counters go away by themselves, there is no pointer.

use std::time::Duration;

use crate::platform::{Clock, Counters, Store};

/// A counter in a window of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowCounter {
    length: Duration,
    pointer: String,
    window: String,
    next_window: String,
}

/// Where a window stands by the pointer.
enum Place<'a> {
    /// It is the last one.
    Begun,
    /// The next one has begun, by a clock that is ahead, and counts.
    Next,
    /// It begins now, after this last one and the one before.
    Begins([&'a str; 2]),
}

/// The value of a counter after an addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The counter.
    pub value: i64,
    /// Whether it is the next window's, which another instance has begun already.
    pub in_next_window: bool,
}

impl WindowCounter {
    /// The counter under `key` in the window with this number.
    #[must_use]
    pub fn new(key: String, length: Duration, number: u64) -> Self {
        let name = |number: u64| format!("{}:{number}", length.as_secs());
        Self {
            length,
            pointer: key,
            window: name(number),
            next_window: name(number.saturating_add(1)),
        }
    }

    /// Adds to the counter and returns its new value; a window begins at zero.
    ///
    /// # Errors
    /// The store failed; whether the counter was changed is unknown.
    pub async fn add(&self, platform: &(impl Store + Counters), by: u32) -> anyhow::Result<Count> {
        if platform.expire() {
            // It outlives its window by as much as clocks may differ.
            let lifetime = self.length.saturating_mul(2);
            let key = self.counter_key(&self.window);
            let value = platform.count_up_for(&key, by, lifetime).await?;
            return Ok(Count {
                value,
                in_next_window: false,
            });
        }
        let pointer = self.read_pointer(platform).await?;
        match self.place(&pointer) {
            Place::Begun => {
                let count = self.add_in(platform, &self.window, by).await?;
                self.move_on_if_over(platform, by, count).await
            }
            Place::Next => self.add_in(platform, &self.next_window, by).await,
            Place::Begins(falls_off) => {
                // The pointer first. A counter that it does not know of would stay for ever, and one that it names is
                // not removed.
                let pointer = format!("{} {}", self.window, falls_off[0]);
                platform.set(&self.pointer, pointer.as_bytes()).await?;
                for window in falls_off {
                    if !window.is_empty() && window != self.window {
                        platform.remove(&self.counter_key(window)).await?;
                    }
                }
                self.add_in(platform, &self.window, by).await
            }
        }
    }

    /// Where this window stands by the pointer, which names the last window and the one before.
    fn place<'a>(&self, pointer: &'a str) -> Place<'a> {
        let (last, one_before) = pointer.split_once(' ').unwrap_or((pointer, ""));
        if last == self.window {
            Place::Begun
        } else if last == self.next_window {
            Place::Next
        } else {
            Place::Begins([last, one_before])
        }
    }

    async fn add_in(
        &self,
        platform: &impl Counters,
        window: &str,
        by: u32,
    ) -> anyhow::Result<Count> {
        let value = platform.count_up(&self.counter_key(window), by).await?;
        Ok(Count {
            value,
            in_next_window: window != self.window,
        })
    }

    /// A counter that has only just begun may also have been removed meanwhile and begun again, which nobody would see
    /// and nobody remove. Then it is removed here, and the addition made where the others are.
    async fn move_on_if_over(
        &self,
        platform: &(impl Store + Counters),
        by: u32,
        count: Count,
    ) -> anyhow::Result<Count> {
        if count.value != i64::from(by) {
            return Ok(count);
        }
        let pointer = self.read_pointer(platform).await?;
        let now = pointer.split(' ').next().unwrap_or_default();
        if now.is_empty() || now == self.window {
            return Ok(count);
        }
        platform.remove(&self.counter_key(&self.window)).await?;
        self.add_in(platform, now, by).await
    }

    async fn read_pointer(&self, store: &impl Store) -> anyhow::Result<String> {
        let pointer = store.get(&self.pointer).await?.unwrap_or_default();
        Ok(String::from_utf8(pointer).unwrap_or_default())
    }

    /// In a user's key, a percent sign is followed by two digits, so that no key of another user looks like this one: a
    /// value in the place of a counter would make some stores fail.
    fn counter_key(&self, window: &str) -> String {
        format!("{}%~{window}", self.pointer)
    }
}

/// How long a count is tried again.
const PATIENCE: Duration = Duration::from_millis(100);

/// The pauses before the second and the third try. A store that refuses a count because another one is under way takes
/// it a moment later.
const PAUSES: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(40)];

/// Does something with a counter, and if the store fails, does it again, at most twice and within 100 ms. A try that
/// failed may have counted all the same, so a count can be too high and never too low.
///
/// # Errors
/// The store failed each time; the last error.
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

    fn window(number: u64) -> WindowCounter {
        WindowCounter::new("c".to_owned(), Duration::from_secs(60), number)
    }

    fn host() -> MemoryPlatform {
        let host = MemoryPlatform::default();
        host.set_up_store();
        host
    }

    fn add(host: &MemoryPlatform, counter: &WindowCounter) -> Count {
        // Not by an executor: another instance's additions come in the middle of one.
        counter.add(host, 1).now_or_never().unwrap().unwrap()
    }

    fn count(value: i64, in_next_window: bool) -> Count {
        Count {
            value,
            in_next_window,
        }
    }

    #[test]
    fn a_window_begins_at_zero_and_counts() {
        let host = host();
        for number in [1, 2, 7, 3, 4] {
            for expected in 1..=3 {
                assert_eq!(add(&host, &window(number)), count(expected, false));
            }
            assert_eq!(host.keys(), 2, "a pointer and a counter");
        }
    }

    #[test]
    fn where_counters_go_away_by_themselves_a_window_takes_one_step_and_nothing_else() {
        let host = host();
        host.let_counters_expire();
        for number in [1, 2, 7] {
            for expected in 1..=3 {
                assert_eq!(add(&host, &window(number)), count(expected, false));
            }
        }
        assert_eq!((host.increments(), host.keys()), (9, 3), "no pointer");
        assert_eq!(host.lifetimes(), [Duration::from_secs(120); 9]);
    }

    #[test]
    fn an_instance_whose_clock_is_behind_counts_with_the_others() {
        let host = host();
        assert_eq!(add(&host, &window(8)), count(1, false));
        assert_eq!(add(&host, &window(7)), count(2, true));
        assert_eq!(add(&host, &window(8)), count(3, false));
        // A clock that is wrong by more is the only one there is, for all that can be told.
        assert_eq!(add(&host, &window(5)), count(1, false));
    }

    #[test]
    fn one_who_is_overtaken_leaves_nothing_behind_and_is_counted() {
        let host = host();
        for number in 1..20 {
            add(&host, &window(number));
            // Somebody reads the pointer, is overtaken by the next window, and only then counts.
            host.before_next_increment(move |host| {
                add(host, &window(number + 1));
            });
            let overtaken = add(&host, &window(number));
            assert_eq!(overtaken, count(2, true), "{number}");
            assert_eq!(host.keys(), 2, "{number}");
        }
    }

    #[test]
    fn of_two_who_begin_a_window_together_neither_is_forgotten() {
        {
            let (one, other) = (window(1), window(2));
            let host = host();
            add(&host, &one);
            host.before_next_increment({
                let other = other.clone();
                move |host| {
                    add(host, &other);
                }
            });
            add(&host, &other);
            assert_eq!(add(&host, &other).value, 3);
        }
    }

    #[test]
    fn a_failed_count_is_tried_again_twice_within_100_ms_and_no_longer() {
        for (failures, tries, counted) in [(0, 1, true), (1, 2, true), (2, 3, true), (3, 3, false)]
        {
            let host = host();
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
        let host = host();
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
