//! A store in the memory of this process. It goes with the process, and no other process sees it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::counter;
use super::store::{Store, StoreError};

/// Values by key, with counters among them.
#[derive(Default)]
pub(super) struct Memory(Mutex<HashMap<String, Vec<u8>>>);

impl Memory {
    /// Locks the values. Each operation changes one value in one step, so they are whole even after a panic.
    fn values(&self) -> MutexGuard<'_, HashMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Memory {
    fn get(&self, key: String) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        async move { Ok(self.values().get(&key).cloned()) }.boxed()
    }

    fn set(&self, key: String, value: Vec<u8>) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            self.values().insert(key, value);
            Ok(())
        }
        .boxed()
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            self.values().remove(&key);
            Ok(())
        }
        .boxed()
    }

    fn keys(&self) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        async move { Ok(self.values().keys().cloned().collect()) }.boxed()
    }

    fn increment(&self, key: String, delta: i64) -> BoxFuture<'_, Result<i64, StoreError>> {
        async move {
            let mut values = self.values();
            let sum = counter::sum(&key, values.get(&key).map(Vec::as_slice), delta)?;
            values.insert(key, counter::encode(sum));
            Ok(sum)
        }
        .boxed()
    }
}
