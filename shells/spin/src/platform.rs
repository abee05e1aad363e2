//! The store, the counters and the variables, on Spin's interfaces.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::anyhow;
use spin_sdk::{key_value, variables};

use portico::platform::{Counters, NoRedis, Store, Variables, bounded};
use portico::redis::RedisServer;
use portico_wasip3::System;

use crate::own_counters::OwnCounters;
use crate::redis::Redis;

/// The label of the store in `spin.toml`.
const STORE: &str = "default";

/// Spin, behind the traits of [`portico::platform`].
#[derive(Default)]
pub(super) struct Spin {
    /// The open store. Opening it again for every request would cost a host call each.
    store: Mutex<Option<Arc<key_value::Store>>>,
    /// The counters that Spin has by itself.
    counters: OwnCounters,
    /// The server on which everything is counted instead, if the configuration names one.
    redis: OnceLock<Redis>,
}

impl Variables for Spin {
    async fn variable(&self, name: &str) -> anyhow::Result<Option<String>> {
        match variables::get(name).await {
            Ok(value) => Ok(Some(value)),
            Err(variables::Error::Undefined(_)) => Ok(None),
            Err(_) => Err(anyhow!("the variables provider failed")),
        }
    }
}

impl Store for Spin {
    async fn check(&self) -> anyhow::Result<()> {
        bounded(&System, open_store()).await?;
        match self.redis.get() {
            Some(_) => Ok(()),
            None => OwnCounters::check(),
        }
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<Vec<u8>>> {
        self.with_store(async |store| store.get(key).await).await
    }

    async fn set(&self, key: &str, value: &[u8]) -> anyhow::Result<()> {
        self.with_store(async |store| store.set(key, value).await)
            .await
    }

    async fn delete(&self, key: &str) -> anyhow::Result<()> {
        self.with_store(async |store| store.delete(key).await).await
    }
}

impl Counters for Spin {
    fn count_on(&self, server: &RedisServer) -> Result<(), NoRedis> {
        self.redis.get_or_init(|| Redis::new(server.clone()));
        Ok(())
    }

    fn shared(&self) -> bool {
        OwnCounters::SHARED || self.redis.get().is_some()
    }

    async fn increment(&self, key: &str, delta: i64) -> anyhow::Result<i64> {
        match self.redis.get() {
            Some(redis) => redis.increment(key, delta).await,
            None => self.counters.increment(key, delta),
        }
    }

    fn expire(&self) -> bool {
        self.redis.get().is_some()
    }

    async fn count_up_for(&self, key: &str, by: u32, lifetime: Duration) -> anyhow::Result<i64> {
        match self.redis.get() {
            Some(redis) => redis.count_up_for(key, by, lifetime).await,
            None => self.increment(key, by.into()).await,
        }
    }

    async fn remove(&self, key: &str) -> anyhow::Result<()> {
        match self.redis.get() {
            Some(redis) => redis.remove(key).await,
            None => self.remove_own(key).await,
        }
    }
}

impl Spin {
    /// Removes a counter, which in the store is a key like any other.
    #[cfg(feature = "atomics")]
    async fn remove_own(&self, key: &str) -> anyhow::Result<()> {
        self.delete(key).await
    }

    #[cfg(not(feature = "atomics"))]
    #[expect(clippy::unused_async, reason = "the other build's waits")]
    async fn remove_own(&self, key: &str) -> anyhow::Result<()> {
        self.counters.remove(key);
        Ok(())
    }

    /// Uses the open store, and opens it anew if it fails: a store may be back before its handle is. The operation must
    /// be one that can be done twice.
    async fn with_store<T>(
        &self,
        operation: impl AsyncFn(&key_value::Store) -> Result<T, key_value::Error>,
    ) -> anyhow::Result<T> {
        bounded(&System, async {
            let open = locked(&self.store).clone();
            if let Some(store) = open
                && let Ok(value) = operation(&store).await
            {
                return Ok(value);
            }
            let store = Arc::new(open_store().await?);
            let value = operation(&store)
                .await
                .map_err(|error| store_error(&error))?;
            *locked(&self.store) = Some(store);
            Ok(value)
        })
        .await
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn open_store() -> anyhow::Result<key_value::Store> {
    key_value::Store::open(STORE)
        .await
        .map_err(|error| store_error(&error))
}

/// Names the kind of an error. The host's own words can hold addresses and keys, so nothing else goes on.
fn store_error(error: &key_value::Error) -> anyhow::Error {
    match error {
        key_value::Error::StoreTableFull => anyhow!("too many stores are open"),
        key_value::Error::NoSuchStore => anyhow!("there is no store `{STORE}`"),
        key_value::Error::AccessDenied => anyhow!("the store `{STORE}` is not allowed"),
        key_value::Error::Other(_) => anyhow!("the store failed"),
    }
}
