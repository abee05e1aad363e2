//! The component's way to a store: each operation is counted, and fails or waits where a test wants it to.

use std::collections::BTreeSet;
use std::ops::Sub;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::store::{Store, StoreError};

/// The operations of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    Open,
    /// Reading a value, or asking whether there is one.
    Get,
    Set,
    Delete,
    Keys,
    Increment,
}

impl Operation {
    /// All operations, in one list.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::Get,
        Self::Set,
        Self::Delete,
        Self::Keys,
        Self::Increment,
    ];
}

/// The number of operations of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub opens: u64,
    pub gets: u64,
    pub sets: u64,
    pub deletes: u64,
    pub keys: u64,
    pub increments: u64,
}

impl Counts {
    fn of(&mut self, operation: Operation) -> &mut u64 {
        match operation {
            Operation::Open => &mut self.opens,
            Operation::Get => &mut self.gets,
            Operation::Set => &mut self.sets,
            Operation::Delete => &mut self.deletes,
            Operation::Keys => &mut self.keys,
            Operation::Increment => &mut self.increments,
        }
    }
}

/// The operations between two counts: `after - before`.
impl Sub for Counts {
    type Output = Self;

    fn sub(mut self, before: Self) -> Self {
        let mut before = before;
        for operation in Operation::ALL {
            *self.of(operation) -= *before.of(operation);
        }
        self
    }
}

#[derive(Default)]
pub(super) struct Faults {
    pub(super) next: u32,
    pub(super) kinds: BTreeSet<Operation>,
    pub(super) prefix: Option<String>,
    pub(super) delay: Duration,
}

impl Faults {
    /// Decides whether this operation fails.
    fn take(&mut self, operation: Operation, key: &str) -> bool {
        let failing = self.kinds.contains(&operation);
        if operation == Operation::Open {
            return failing;
        }
        let of_prefix = self
            .prefix
            .as_deref()
            .is_some_and(|prefix| key.starts_with(prefix));
        let counted = self.next > 0;
        self.next = self.next.saturating_sub(1);
        failing || of_prefix || counted
    }
}

/// A store whose operations are counted and can be made to fail.
pub(crate) struct Metered {
    store: Box<dyn Store>,
    counts: Mutex<Counts>,
    faults: Mutex<Faults>,
}

impl Metered {
    pub(super) fn new(store: Box<dyn Store>) -> Self {
        Self {
            store,
            counts: Mutex::default(),
            faults: Mutex::default(),
        }
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    pub(super) fn counts(&self) -> Counts {
        *locked(&self.counts)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        locked(&self.faults)
    }

    pub(crate) async fn open(&self) -> Result<(), StoreError> {
        self.meter(Operation::Open, "").await?;
        self.store.open().await
    }

    pub(crate) async fn get(&self, key: String) -> Result<Option<Vec<u8>>, StoreError> {
        self.meter(Operation::Get, &key).await?;
        self.store.get(key).await
    }

    pub(crate) async fn set(&self, key: String, value: Vec<u8>) -> Result<(), StoreError> {
        self.meter(Operation::Set, &key).await?;
        self.store.set(key, value).await
    }

    pub(crate) async fn delete(&self, key: String) -> Result<(), StoreError> {
        self.meter(Operation::Delete, &key).await?;
        self.store.delete(key).await
    }

    pub(crate) async fn keys(&self) -> Result<Vec<String>, StoreError> {
        self.meter(Operation::Keys, "").await?;
        self.store.keys().await
    }

    pub(crate) async fn increment(&self, key: String, delta: i64) -> Result<i64, StoreError> {
        self.meter(Operation::Increment, &key).await?;
        self.store.increment(key, delta).await
    }

    async fn meter(&self, operation: Operation, key: &str) -> Result<(), StoreError> {
        *locked(&self.counts).of(operation) += 1;
        let (fails, delay) = {
            let mut faults = self.faults();
            (faults.take(operation, key), faults.delay)
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if fails {
            return Err(StoreError("this operation was made to fail".to_owned()));
        }
        Ok(())
    }
}

/// Locks counts or faults. They are valid after every single change, so a panic while one is held spoils nothing.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
