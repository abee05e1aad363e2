//! Counters that begin anew with each epoch, and leave nothing behind.
//!
//! Stores have neither expiry nor transactions, and only `increment` is atomic on all of them, so a counter cannot be
//! set back. Instead each epoch has a counter of its own, and a pointer beside it tells which epoch's counter exists:
//! who finds that it is another epoch's removes that one before the first count. A user thus has two keys, however
//! long they stay. One who is late can still count up a counter that was removed already, so the pointer remembers the
//! epoch before, too, and the next change of epoch removes both.

use crate::host::Store;

/// A counter in an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochCounter {
    pointer: String,
    epoch: String,
    next_epoch: Option<String>,
}

/// What a counter is after an addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The counter.
    pub value: i64,
    /// Whether it is the next epoch's, which another instance has begun already.
    pub in_next_epoch: bool,
}

impl EpochCounter {
    /// The counter under `key` in an epoch, whose name has no space.
    #[must_use]
    pub fn new(key: String, epoch: String) -> Self {
        Self {
            pointer: key,
            epoch,
            next_epoch: None,
        }
    }

    /// Tells which epoch follows. Clocks differ by a little, and an instance whose clock is behind must not end the
    /// epoch that others have begun: it counts with them.
    #[must_use]
    pub fn followed_by(mut self, next_epoch: String) -> Self {
        self.next_epoch = Some(next_epoch);
        self
    }

    /// Adds to the counter and returns what it is then; an epoch begins at zero.
    ///
    /// # Errors
    /// The store failed; whether the counter was changed is unknown.
    pub async fn add(&self, store: &impl Store, delta: i64) -> anyhow::Result<Count> {
        let pointer = store.get(&self.pointer).await?.unwrap_or_default();
        let pointer = std::str::from_utf8(&pointer).unwrap_or_default();
        let (last, one_before) = pointer.split_once(' ').unwrap_or((pointer, ""));
        let in_next_epoch = self.next_epoch.as_deref() == Some(last);
        let epoch = if in_next_epoch { last } else { &self.epoch };
        if last != epoch {
            for old in [last, one_before] {
                if !old.is_empty() {
                    store.delete(&self.counter_key(old)).await?;
                }
            }
            // The pointer first: a counter that it does not know of would stay for ever.
            let pointer = format!("{epoch} {last}");
            store.set(&self.pointer, pointer.as_bytes()).await?;
        }
        let value = store.increment(&self.counter_key(epoch), delta).await?;
        Ok(Count {
            value,
            in_next_epoch,
        })
    }

    /// Adds to a counter of this epoch that was added to before, as when something is given back.
    ///
    /// # Errors
    /// The store failed; whether the counter was changed is unknown.
    pub async fn add_again(&self, store: &impl Store, delta: i64) -> anyhow::Result<i64> {
        store.increment(&self.counter_key(&self.epoch), delta).await
    }

    /// In a user's key, a percent sign is followed by two digits, so that no key of another user looks like this one: a
    /// value in the place of a counter would make some stores fail.
    fn counter_key(&self, epoch: &str) -> String {
        format!("{}%~{epoch}", self.pointer)
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::host::memory::MemoryHost;

    fn counter(epoch: u64) -> EpochCounter {
        EpochCounter::new("c".to_owned(), epoch.to_string()).followed_by((epoch + 1).to_string())
    }

    #[test]
    fn an_epoch_begins_at_zero_and_counts() {
        let host = MemoryHost::default();
        host.set_up_store();
        for epoch in [1, 2, 7, 3, 4] {
            for expected in 1..=3 {
                assert_eq!(
                    block_on(counter(epoch).add(&host, 1)).unwrap().value,
                    expected
                );
            }
            assert_eq!(host.keys(), 2, "a pointer and a counter");
        }
    }

    #[test]
    fn an_instance_whose_clock_is_behind_counts_with_the_others() {
        let host = MemoryHost::default();
        host.set_up_store();
        let add = |epoch: u64| block_on(counter(epoch).add(&host, 1)).unwrap();
        let count = |value, in_next_epoch| Count {
            value,
            in_next_epoch,
        };
        assert_eq!(add(8), count(1, false));
        assert_eq!(add(7), count(2, true));
        assert_eq!(add(8), count(3, false));
        // A clock that is wrong by more is the only one there is, for all that can be told.
        assert_eq!(add(5), count(1, false));
    }

    #[test]
    fn one_who_is_late_by_an_epoch_leaves_nothing_for_ever() {
        let host = MemoryHost::default();
        host.set_up_store();
        for epoch in 1..50 {
            block_on(counter(epoch).add(&host, 1)).unwrap();
            // Somebody read the pointer before it was changed, and counts only now.
            if epoch > 1 {
                block_on(counter(epoch - 1).add_again(&host, 1)).unwrap();
            }
            assert!(host.keys() <= 3);
        }
    }
}
