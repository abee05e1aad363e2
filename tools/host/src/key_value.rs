//! Key-value stores, and the handle through which the host and its tests use one.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

mod counter;
mod memory;
mod metered;
#[cfg(feature = "services")]
mod redis;
#[cfg(feature = "services")]
mod sqlite;
mod store;

use memory::Memory;
pub(crate) use metered::Metered;
pub use metered::{Counts, Operation};
pub use store::{Store, StoreError};

/// A handle on one key-value store. Clones are handles on the same store.
///
/// Operations through the handle itself are neither counted nor made to fail: the counts and the faults are those of
/// the component's operations.
#[derive(Clone)]
pub struct KeyValue(Arc<Metered>);

impl fmt::Debug for KeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyValue").field(&self.counts()).finish()
    }
}

impl KeyValue {
    /// Makes a handle on a store of any kind.
    #[must_use]
    pub fn new(store: impl Store) -> Self {
        Self(Arc::new(Metered::new(Box::new(store))))
    }

    /// Makes a new, empty store in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(Memory::default())
    }

    /// Opens the `default` store in a `SQLite` file, which Spin's own local store can read, too. The file and its
    /// directory are created where they are absent.
    pub fn sqlite(path: impl AsRef<Path>) -> Result<Self> {
        Self::sqlite_labelled(path.as_ref(), "default")
    }

    pub(crate) fn sqlite_labelled(path: &Path, label: &str) -> Result<Self> {
        #[cfg(feature = "services")]
        let store = sqlite::Sqlite::open(path, label)?;
        #[cfg(not(feature = "services"))]
        let store = left_out(&(path, label))?;
        Ok(Self::new(store))
    }

    /// Opens a database of a Redis server, such as `redis://localhost:6379/0`. The server is connected to when the
    /// store is first used, and again whenever the connection was lost. An operation fails after a second without an
    /// answer: a server that says nothing must not hold requests for long, and one that works answers within
    /// milliseconds.
    ///
    /// # Errors
    ///
    /// When the URL is not one of a Redis server, or asks for TLS, which this host does not have for Redis.
    pub fn redis(url: &str) -> Result<Self> {
        Self::redis_within(url, Duration::from_secs(1))
    }

    /// Opens a database as [`KeyValue::redis`] does. An operation fails after so long without an answer: for tests in
    /// which a machine that is busy otherwise must not be taken for a server that is away.
    pub fn redis_within(url: &str, patience: Duration) -> Result<Self> {
        #[cfg(feature = "services")]
        let store = redis::Redis::new(url, patience)?;
        #[cfg(not(feature = "services"))]
        let store = left_out(&(url, patience))?;
        Ok(Self::new(store))
    }

    /// Returns the value under a key, or none.
    pub async fn get(&self, key: impl Into<String>) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.store().get(key.into()).await
    }

    /// Puts a value under a key, in place of any other.
    pub async fn set(
        &self,
        key: impl Into<String>,
        value: impl Into<Vec<u8>>,
    ) -> Result<(), StoreError> {
        self.0.store().set(key.into(), value.into()).await
    }

    /// Removes a key; an absent key is no error.
    pub async fn delete(&self, key: impl Into<String>) -> Result<(), StoreError> {
        self.0.store().delete(key.into()).await
    }

    /// Returns all keys, in no particular order.
    pub async fn keys(&self) -> Result<Vec<String>, StoreError> {
        self.0.store().keys().await
    }

    /// Adds to the counter under a key, which starts at zero, and returns the sum. With a delta of zero, this is how a
    /// counter is read.
    pub async fn increment(&self, key: impl Into<String>, delta: i64) -> Result<i64, StoreError> {
        self.0.store().increment(key.into(), delta).await
    }

    /// Returns the number of operations that the component has made since the store was created, those that failed
    /// included.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.0.counts()
    }

    /// Makes the component's next `n` operations fail, of whatever kind; opening is not counted among them.
    pub fn fail_next(&self, n: u32) {
        self.0.faults().next = n;
    }

    /// Makes all operations of one kind fail, or no longer.
    pub fn set_failing_for(&self, operation: Operation, failing: bool) {
        let mut faults = self.0.faults();
        if failing {
            faults.kinds.insert(operation);
        } else {
            faults.kinds.remove(&operation);
        }
    }

    /// Makes every operation fail except opening, or no longer.
    pub fn set_failing(&self, failing: bool) {
        for operation in Operation::ALL {
            if operation != Operation::Open {
                self.set_failing_for(operation, failing);
            }
        }
    }

    /// Makes operations on keys with this prefix fail; none for no such prefix.
    pub fn set_failing_keys(&self, prefix: Option<&str>) {
        self.0.faults().prefix = prefix.map(str::to_owned);
    }

    /// Makes each of the component's operations take at least this long; zero for no delay.
    pub fn set_delay(&self, delay: Duration) {
        self.0.faults().delay = delay;
    }

    /// Returns the store as the component sees it: counted, and with the faults.
    pub(crate) fn metered(&self) -> Arc<Metered> {
        Arc::clone(&self.0)
    }
}

/// Refuses a store of a kind that this build does not have.
#[cfg(not(feature = "services"))]
fn left_out<Place>(_: &Place) -> Result<Memory> {
    anyhow::bail!(
        "this host was built without the feature `services`: it keeps a store in memory alone"
    )
}

#[cfg(test)]
mod tests;
