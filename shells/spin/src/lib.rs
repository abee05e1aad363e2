//! Portico on Spin: the Wasm entry point, and the traits of [`portico::platform`] on Spin's interfaces.

#![cfg(target_family = "wasm")]
#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use anyhow::anyhow;
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::types;
use spin_sdk::{key_value, variables};

use portico::platform::{Counters, Store, Variables, bounded};
use portico::service::Service;
use portico_wasip3::{Host, System, handle};

/// Bindings to the world in `wit/spin`.
mod bindings {
    #![allow(missing_docs, clippy::pedantic, reason = "this is generated code")]
    wit_bindgen::generate!({
        world: "portico",
        path: "../../wit/spin",
        generate_all,
    });
}

use bindings::wasi::keyvalue::{atomics, store as keyvalue};

/// The label of the store in `spin.toml`.
const STORE: &str = "default";

static SERVICE: LazyLock<Service<Host<Spin>>> = LazyLock::new(|| Service::new(Host::default()));

struct Component;

spin_sdk::wasip3::http::service::export!(Component);

impl Guest for Component {
    async fn handle(request: types::Request) -> Result<types::Response, types::ErrorCode> {
        handle(&SERVICE, request).await
    }
}

/// Spin, as the traits of [`portico::platform`] want it.
#[derive(Default)]
struct Spin {
    /// The open store. Opening it again for every request would cost a host call each.
    store: Mutex<Option<Arc<key_value::Store>>>,
    /// The same store by the interface that has counters.
    bucket: Mutex<Option<Arc<keyvalue::Bucket>>>,
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
        // Counters are reached by the other interface to the same store, which a host may lack.
        open_bucket()?;
        Ok(())
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
    async fn increment(&self, key: &str, delta: i64) -> anyhow::Result<i64> {
        let bucket = locked(&self.bucket).clone();
        let bucket = match bucket {
            Some(bucket) => bucket,
            None => Arc::new(open_bucket()?),
        };
        let count = atomics::increment(&bucket, key, delta);
        // The next one opens anew.
        *locked(&self.bucket) = count.is_ok().then_some(bucket);
        count.map_err(|_| anyhow!("the store failed to count"))
    }

    async fn remove(&self, key: &str) -> anyhow::Result<()> {
        self.delete(key).await
    }
}

impl Spin {
    /// Uses the open store, and opens it anew if it fails: a store may be back before its handle is. What is done with
    /// it must be such that it can be done twice.
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

fn open_bucket() -> anyhow::Result<keyvalue::Bucket> {
    keyvalue::open(STORE).map_err(|_| anyhow!("the store has no wasi:keyvalue"))
}

async fn open_store() -> anyhow::Result<key_value::Store> {
    key_value::Store::open(STORE)
        .await
        .map_err(|error| store_error(&error))
}

/// The host's own words can hold addresses and keys, so only the kind of the error goes on.
fn store_error(error: &key_value::Error) -> anyhow::Error {
    match error {
        key_value::Error::StoreTableFull => anyhow!("too many stores are open"),
        key_value::Error::NoSuchStore => anyhow!("there is no store `{STORE}`"),
        key_value::Error::AccessDenied => anyhow!("the store `{STORE}` is not allowed"),
        key_value::Error::Other(_) => anyhow!("the store failed"),
    }
}
