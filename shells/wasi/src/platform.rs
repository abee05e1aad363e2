//! The store and its counters by `wasi:keyvalue@0.2.0-draft`, and the variables by `wasi:config@0.2.0-rc.1`.
//!
//! The functions of the store are not asynchronous: while the host works on one, the whole instance waits, and no timer
//! runs.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::anyhow;

use portico::platform::{Counters, NoRedis, Store, Variables};
use portico::redis::RedisServer;

use crate::bindings::wasi::config::store as config;
use crate::bindings::wasi::keyvalue::atomics;
use crate::bindings::wasi::keyvalue::store::{self, Bucket, Error};

/// The store's name. On wasmCloud, keys begin with it.
const NAMED: &str = "default";

/// Wasmtime's store in memory has this name alone.
const NAMELESS: &str = "";

/// The host, behind the traits of [`portico::platform`]: it has the open store. Opening it again for every request
/// would cost a connection each on wasmCloud, and on Wasmtime everything that was written.
#[derive(Default)]
pub(super) struct Wasi(Mutex<Option<Arc<Bucket>>>);

impl Wasi {
    /// Uses the open store, and opens it anew if it fails: a store may be back before its handle is. The operation must
    /// be one that can be done twice.
    fn with<T>(&self, operation: impl Fn(&Bucket) -> Result<T, Error>) -> anyhow::Result<T> {
        let held = self.held();
        if let Some(bucket) = held
            && let Ok(value) = operation(&bucket)
        {
            return Ok(value);
        }
        let bucket = Arc::new(open()?);
        let value = operation(&bucket).map_err(|error| kind_only(&error))?;
        self.hold(Some(bucket));
        Ok(value)
    }

    /// Does as [`Wasi::with`], once, for an operation that must not be done twice.
    fn once<T>(&self, operation: impl Fn(&Bucket) -> Result<T, Error>) -> anyhow::Result<T> {
        let bucket = match self.held() {
            Some(bucket) => bucket,
            None => Arc::new(open()?),
        };
        let outcome = operation(&bucket);
        // The next one opens anew.
        self.hold(outcome.is_ok().then_some(bucket));
        outcome.map_err(|error| kind_only(&error))
    }

    fn held(&self) -> Option<Arc<Bucket>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn hold(&self, bucket: Option<Arc<Bucket>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = bucket;
    }
}

fn open() -> anyhow::Result<Bucket> {
    store::open(NAMED)
        .or_else(|error| match error {
            Error::NoSuchStore => store::open(NAMELESS),
            other => Err(other),
        })
        .map_err(|error| kind_only(&error))
}

/// Names the kind of an error. The host's own words can hold addresses and keys, so nothing else goes on.
fn kind_only(error: &Error) -> anyhow::Error {
    match error {
        Error::NoSuchStore => anyhow!("there is no store `{NAMED}`"),
        Error::AccessDenied => anyhow!("the store `{NAMED}` is not allowed"),
        Error::Other(_) => anyhow!("the store failed"),
    }
}

/// Reads the environment where the host's configuration has no value: `PORTICO_FRONTEND_URL` for `frontend_url`.
/// Wasmtime takes configuration on its command line alone, where other users of the machine read it, and where no value
/// can have a comma. It hands on those variables of its environment that it is told to.
impl Variables for Wasi {
    async fn variable(&self, name: &str) -> anyhow::Result<Option<String>> {
        let configured =
            config::get(name).map_err(|_| anyhow!("the configuration could not be read"))?;
        let in_environment = || std::env::var(format!("PORTICO_{}", name.to_uppercase())).ok();
        Ok(configured.or_else(in_environment))
    }
}

impl Store for Wasi {
    async fn check(&self) -> anyhow::Result<()> {
        open().map(drop)
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<Vec<u8>>> {
        self.with(|bucket| bucket.get(key))
    }

    async fn set(&self, key: &str, value: &[u8]) -> anyhow::Result<()> {
        self.with(|bucket| bucket.set(key, value))
    }

    async fn delete(&self, key: &str) -> anyhow::Result<()> {
        self.with(|bucket| bucket.delete(key))
    }
}

/// Keeps two counters in place of one. These hosts' counters are unsigned and do not go down: one host traps on a
/// number that it takes for negative, another one stays at the highest number. So amounts that are given back have a
/// counter of their own, which is subtracted.
impl Counters for Wasi {
    fn count_on(&self, _: &RedisServer) -> Result<(), NoRedis> {
        Err(NoRedis)
    }

    /// Changes the counter that goes up last, and the one that goes down first: amounts that others give back meanwhile
    /// are then left out of the sum and never counted twice. A sum can be too high for a moment, and is never too low,
    /// so nobody spends more than there is.
    async fn increment(&self, key: &str, delta: i64) -> anyhow::Result<i64> {
        let amount = delta.unsigned_abs();
        let given_back = if delta < 0 { amount } else { 0 };
        let given_back = self.count(&given_back_key(key), given_back)?;
        let taken = self.count(key, if delta > 0 { amount } else { 0 })?;
        Ok(taken.saturating_sub(given_back))
    }

    async fn count_up(&self, key: &str, by: u32) -> anyhow::Result<i64> {
        self.count(key, by.into())
    }

    async fn remove(&self, key: &str) -> anyhow::Result<()> {
        self.delete(&given_back_key(key)).await?;
        self.delete(key).await
    }
}

impl Wasi {
    fn count(&self, key: &str, by: u64) -> anyhow::Result<i64> {
        let count = self.once(|bucket| atomics::increment(bucket, key, by))?;
        i64::try_from(count).map_err(|_| anyhow!("the counter has overflowed"))
    }
}

/// Names the counter of the amounts that are given back. No other key of Portico's ends like this.
fn given_back_key(key: &str) -> String {
    format!("{key}%-")
}
