//! Counters that begin anew with each epoch, and leave nothing behind.
//!
//! Stores have neither expiry nor transactions, and only `increment` is atomic on all of them, so a counter cannot be
//! set back. Instead each epoch has a counter of its own, and a pointer beside it tells which epoch's counter exists,
//! and which one's before it. Who finds another epoch there points to theirs, and removes what falls off, so that a
//! counter takes few keys, however long it is in use. What is pointed to is never removed, so nothing that was counted
//! in an epoch is lost to those who begin it together.

use crate::host::Store;

/// A counter in an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochCounter {
    pointer: String,
    epoch: String,
    order: Order,
}

/// How epochs follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Order {
    /// By the clock, which differs a little from one instance to another. The last epoch is over; who is late counts in
    /// the one that has begun.
    Clock { next_epoch: String },
    /// By somebody else's decision, of which some learn late. The last epoch is kept for them.
    Decision,
}

/// Where an epoch stands among those that a pointer names.
enum Place<'a> {
    /// It is the last one.
    Begun,
    /// The next one has begun, and counts.
    Next(&'a str),
    /// It is the one before the last, and counts for those who do not know of the last.
    Late,
    /// It begins now, after this last one, and these are of no use any more.
    Begins {
        last: &'a str,
        falls_off: [&'a str; 2],
    },
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
    /// The counter under `key` in an epoch that the clock began and will end. It takes two keys. The epochs' names have
    /// no space.
    #[must_use]
    pub fn by_clock(key: String, epoch: String, next_epoch: String) -> Self {
        Self {
            pointer: key,
            epoch,
            order: Order::Clock { next_epoch },
        }
    }

    /// The counter under `key` in an epoch that somebody's decision began. It takes three keys. The epoch's name has no
    /// space.
    #[must_use]
    pub fn by_decision(key: String, epoch: String) -> Self {
        Self {
            pointer: key,
            epoch,
            order: Order::Decision,
        }
    }

    /// Adds to the counter and returns what it is then; an epoch begins at zero.
    ///
    /// # Errors
    /// The store failed; whether the counter was changed is unknown.
    pub async fn add(&self, store: &impl Store, delta: i64) -> anyhow::Result<Count> {
        let pointer = self.read_pointer(store).await?;
        match self.place(&pointer) {
            Place::Begun => {
                let count = self.add_in(store, &self.epoch, delta).await?;
                self.move_on_if_over(store, delta, count).await
            }
            Place::Late => self.add_in(store, &self.epoch, delta).await,
            Place::Next(epoch) => self.add_in(store, epoch, delta).await,
            Place::Begins { last, falls_off } => {
                // The pointer first. A counter that it does not know of would stay for ever, and one that it names is
                // not removed.
                let pointer = format!("{} {last}", self.epoch);
                store.set(&self.pointer, pointer.as_bytes()).await?;
                for epoch in falls_off {
                    if !epoch.is_empty() && epoch != self.epoch {
                        store.delete(&self.counter_key(epoch)).await?;
                    }
                }
                self.add_in(store, &self.epoch, delta).await
            }
        }
    }

    /// Removes the counter, because its epoch is over and was counted in too late.
    ///
    /// # Errors
    /// The store failed; the counter may still be there.
    pub async fn remove(&self, store: &impl Store) -> anyhow::Result<()> {
        store.delete(&self.counter_key(&self.epoch)).await
    }

    /// Where this epoch stands by the pointer, which names the last epoch and the one before.
    fn place<'a>(&self, pointer: &'a str) -> Place<'a> {
        let (last, one_before) = pointer.split_once(' ').unwrap_or((pointer, ""));
        match &self.order {
            _ if last == self.epoch => Place::Begun,
            Order::Clock { next_epoch } if last == next_epoch => Place::Next(last),
            Order::Clock { .. } => Place::Begins {
                last,
                falls_off: [last, one_before],
            },
            Order::Decision if one_before == self.epoch => Place::Late,
            Order::Decision => Place::Begins {
                last,
                falls_off: [one_before, ""],
            },
        }
    }

    async fn add_in(&self, store: &impl Store, epoch: &str, delta: i64) -> anyhow::Result<Count> {
        let value = store.increment(&self.counter_key(epoch), delta).await?;
        Ok(Count {
            value,
            in_next_epoch: epoch != self.epoch,
        })
    }

    /// Where a counter by the clock has only just begun, it may also have been removed meanwhile and begun again, which
    /// nobody would see and nobody remove. Then it is removed here, and the addition made where the others are.
    async fn move_on_if_over(
        &self,
        store: &impl Store,
        delta: i64,
        count: Count,
    ) -> anyhow::Result<Count> {
        if count.value != delta || self.order == Order::Decision {
            return Ok(count);
        }
        let pointer = self.read_pointer(store).await?;
        let now = pointer.split(' ').next().unwrap_or_default();
        if now.is_empty() || now == self.epoch {
            return Ok(count);
        }
        store.delete(&self.counter_key(&self.epoch)).await?;
        self.add_in(store, now, delta).await
    }

    async fn read_pointer(&self, store: &impl Store) -> anyhow::Result<String> {
        let pointer = store.get(&self.pointer).await?.unwrap_or_default();
        Ok(String::from_utf8(pointer).unwrap_or_default())
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
    use futures::FutureExt;

    use super::*;
    use crate::host::memory::MemoryHost;

    fn by_clock(epoch: u64) -> EpochCounter {
        EpochCounter::by_clock("c".to_owned(), epoch.to_string(), (epoch + 1).to_string())
    }

    fn by_decision(epoch: &str) -> EpochCounter {
        EpochCounter::by_decision("c".to_owned(), epoch.to_owned())
    }

    fn host() -> MemoryHost {
        let host = MemoryHost::default();
        host.set_up_store();
        host
    }

    fn add(host: &MemoryHost, counter: &EpochCounter) -> Count {
        // Not by an executor: another instance's additions come in the middle of one.
        counter.add(host, 1).now_or_never().unwrap().unwrap()
    }

    fn count(value: i64, in_next_epoch: bool) -> Count {
        Count {
            value,
            in_next_epoch,
        }
    }

    #[test]
    fn an_epoch_begins_at_zero_and_counts() {
        let host = host();
        for epoch in [1, 2, 7, 3, 4] {
            for expected in 1..=3 {
                assert_eq!(add(&host, &by_clock(epoch)), count(expected, false));
            }
            assert_eq!(host.keys(), 2, "a pointer and a counter");
        }
    }

    #[test]
    fn an_instance_whose_clock_is_behind_counts_with_the_others() {
        let host = host();
        assert_eq!(add(&host, &by_clock(8)), count(1, false));
        assert_eq!(add(&host, &by_clock(7)), count(2, true));
        assert_eq!(add(&host, &by_clock(8)), count(3, false));
        // A clock that is wrong by more is the only one there is, for all that can be told.
        assert_eq!(add(&host, &by_clock(5)), count(1, false));
    }

    #[test]
    fn one_who_is_overtaken_leaves_nothing_behind_and_is_counted() {
        let host = host();
        for epoch in 1..20 {
            add(&host, &by_clock(epoch));
            // Somebody reads the pointer, is overtaken by the next epoch, and only then counts.
            host.before_next_increment(move |host| {
                add(host, &by_clock(epoch + 1));
            });
            let overtaken = add(&host, &by_clock(epoch));
            assert_eq!(overtaken, count(2, true), "{epoch}");
            assert_eq!(host.keys(), 2, "{epoch}");
        }
    }

    #[test]
    fn of_two_who_begin_an_epoch_together_neither_is_forgotten() {
        for (one, other) in [
            (by_clock(1), by_clock(2)),
            (by_decision("a"), by_decision("b")),
        ] {
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
    fn who_learns_late_of_a_decision_takes_nothing_from_those_who_know() {
        let host = host();
        assert_eq!(add(&host, &by_decision("a")), count(1, false));
        assert_eq!(add(&host, &by_decision("b")), count(1, false));
        assert_eq!(add(&host, &by_decision("a")), count(2, false));
        assert_eq!(add(&host, &by_decision("b")), count(2, false));
        for epoch in ["c", "d", "e"] {
            assert_eq!(add(&host, &by_decision(epoch)), count(1, false));
            assert_eq!(host.keys(), 3);
        }
    }
}
