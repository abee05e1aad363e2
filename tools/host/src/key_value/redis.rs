//! A store on a Redis server: plain keys, and counters in decimal, as Spin keeps them there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::store::{Store, StoreError};

/// The database of a Redis server that a URL names.
pub(super) struct Redis {
    client: Client,
    /// The connection that all operations share. It is locked while somebody connects, so that the others wait for
    /// that.
    connection: Mutex<Option<Connection>>,
    /// True if there ever was a connection.
    was_connected: AtomicBool,
    /// The longest that an operation takes, with connecting where that is needed.
    patience: Duration,
}

/// A connection that carries many operations at a time.
#[derive(Clone)]
struct Connection {
    inner: MultiplexedConnection,
    /// Set by the first operation that finds it so; the next one connects anew.
    is_broken: Arc<AtomicBool>,
}

impl Redis {
    /// Makes a store that connects when it is first used.
    pub(super) fn new(url: &str, patience: Duration) -> Result<Self> {
        // The URL may have a password, so it is not told.
        let client = Client::open(url).context("not the URL of a Redis server")?;
        Ok(Self {
            client,
            connection: Mutex::default(),
            was_connected: AtomicBool::default(),
            patience,
        })
    }

    fn run<T: FromRedisValue + Send + 'static>(
        &self,
        command: Cmd,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        let deadline = Instant::now() + self.patience;
        async move {
            let mut connection = timeout_at(deadline, self.connection())
                .await
                .map_err(|_| too_slow())??;
            let outcome = timeout_at(deadline, command.query_async(&mut connection.inner)).await;
            // A server that went away without a word would never close the connection, so silence counts, too.
            let is_broken = match &outcome {
                Ok(Ok(_)) => false,
                Ok(Err(error)) => error.is_unrecoverable_error(),
                Err(_) => true,
            };
            if is_broken {
                connection.is_broken.store(true, Ordering::Relaxed);
            }
            Ok(outcome.map_err(|_| too_slow())??)
        }
        .boxed()
    }

    async fn connection(&self) -> Result<Connection, StoreError> {
        let mut shared = self.connection.lock().await;
        let usable = |connection: &&Connection| !connection.is_broken.load(Ordering::Relaxed);
        if let Some(connection) = shared.as_ref().filter(usable) {
            return Ok(connection.clone());
        }
        // Both are bounded by the deadline of the operation.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let inner = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        self.was_connected.store(true, Ordering::Relaxed);
        let connection = Connection {
            inner,
            is_broken: Arc::default(),
        };
        Ok(shared.insert(connection).clone())
    }
}

impl Store for Redis {
    fn open(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            // As on Spin, a store that could be opened once can be opened, whatever has become of its server.
            if !self.was_connected.load(Ordering::Relaxed) {
                timeout_at(Instant::now() + self.patience, self.connection())
                    .await
                    .map_err(|_| too_slow())??;
            }
            Ok(())
        }
        .boxed()
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.run(Cmd::get(key))
    }

    fn set(&self, key: String, value: Vec<u8>) -> BoxFuture<'_, Result<(), StoreError>> {
        self.run(Cmd::set(key, value))
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.run(Cmd::del(key))
    }

    fn keys(&self) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        self.run(Cmd::keys("*"))
    }

    fn increment(&self, key: String, delta: i64) -> BoxFuture<'_, Result<i64, StoreError>> {
        self.run(Cmd::incr(key, delta))
    }
}

fn too_slow() -> StoreError {
    StoreError("the Redis server did not answer in time".to_owned())
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        Self(error.to_string())
    }
}
