//! Portico on Spin: the Wasm entry point, and the traits of [`portico::platform`] on Spin's interfaces.

#![cfg(target_family = "wasm")]
#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::anyhow;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use http_body_util::Full;
use spin_sdk::wasip3::clocks::{monotonic_clock, system_clock};
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::types;
use spin_sdk::wasip3::http_compat::http_into_wasi_response;
use spin_sdk::wasip3::random::random;
use spin_sdk::{key_value, variables, wit_bindgen};

use portico::inbound::{Head, Inbound};
use portico::platform::{Clock, Counters, Random, Store, Variables, bounded};
use portico::service::Service;

mod body;
mod fetch;

/// Bindings to the world in `wit/`.
mod bindings {
    #![allow(missing_docs, clippy::pedantic, reason = "this is generated code")]
    wit_bindgen::generate!({
        world: "portico",
        path: "../../wit",
        generate_all,
    });
}

use bindings::wasi::keyvalue::{atomics, store as keyvalue};

/// The label of the store in `spin.toml`.
const STORE: &str = "default";

static SERVICE: LazyLock<Service<Spin>> = LazyLock::new(|| Service::new(Spin::default()));

struct Component;

spin_sdk::wasip3::http::service::export!(Component);

impl Guest for Component {
    async fn handle(request: types::Request) -> Result<types::Response, types::ErrorCode> {
        let served = SERVICE.serve(inbound(request)).await;
        // One write for the whole line: lines of concurrent requests must not run into each other. If standard error
        // is gone, there is nobody left to tell.
        let _ = std::io::stderr().write_all(format!("{}\n", served.log_line).as_bytes());
        let response = outbound(served.response)?;
        // Spin sends headers and body as two packets unless the body is already being written when the handler
        // returns; the second one would then wait for a delayed acknowledgement, some 40 ms.
        wit_bindgen::yield_async().await;
        wit_bindgen::yield_async().await;
        Ok(response)
    }
}

fn inbound(request: types::Request) -> Inbound<body::SpinBody> {
    let mut path = request.get_path_with_query().unwrap_or_default();
    let query = path.split_once('?').map(|(_, query)| query.to_owned());
    if let Some(query) = &query {
        path.truncate(path.len().saturating_sub(query.len() + 1));
    }
    Inbound {
        head: Head {
            method: Method::try_from(request.get_method()).unwrap_or(Method::TRACE),
            path,
            query,
            headers: header_map(&request.get_headers()),
        },
        body: body::SpinBody(request),
    }
}

/// The header fields; the host has checked their form, and what is not a header field by `http`'s rules is left out.
fn header_map(headers: &types::Headers) -> HeaderMap {
    headers
        .copy_all()
        .into_iter()
        .filter_map(|(name, value)| {
            Some((
                HeaderName::from_bytes(name.as_bytes()).ok()?,
                HeaderValue::from_bytes(&value).ok()?,
            ))
        })
        .collect()
}

fn outbound(response: Response<Vec<u8>>) -> Result<types::Response, types::ErrorCode> {
    let (mut parts, body) = response.into_parts();
    // RFC 9110, section 8.6: an answer without content has no length either.
    if !body.is_empty() {
        parts
            .headers
            .insert(http::header::CONTENT_LENGTH, body.len().into());
    }
    http_into_wasi_response(Response::from_parts(parts, Full::new(Bytes::from(body))))
}

/// Spin, as the traits of [`portico::platform`] want it.
#[derive(Default)]
struct Spin {
    /// The open store. Opening it again for every request would cost a host call each.
    store: Mutex<Option<Arc<key_value::Store>>>,
    /// The same store by the interface that has counters.
    bucket: Mutex<Option<Arc<keyvalue::Bucket>>>,
}

impl Clock for Spin {
    fn now(&self) -> Duration {
        let now = system_clock::now();
        Duration::new(
            u64::try_from(now.seconds).unwrap_or_default(),
            now.nanoseconds,
        )
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    async fn sleep(&self, duration: Duration) {
        monotonic_clock::wait_for(nanoseconds(duration)).await;
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Random for Spin {
    fn random_bytes(&self) -> [u8; 16] {
        let high = u128::from(random::get_random_u64()) << 64;
        (high | u128::from(random::get_random_u64())).to_be_bytes()
    }
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
        bounded(self, open_store()).await?;
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
        bounded(self, async {
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
