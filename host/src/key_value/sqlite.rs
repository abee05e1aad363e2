//! The local store: a `SQLite` table, laid out as Spin lays out its own, so that one file serves both.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::store::{Store, StoreError};

/// How long an operation waits for another process that has the file locked.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const GET: &str = "SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2";
const SET: &str = "INSERT OR REPLACE INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)";

/// One store of a `SQLite` database.
pub(super) struct Sqlite {
    connection: Arc<Mutex<Connection>>,
    label: Arc<str>,
    /// Whether an operation may wait for a disk.
    blocks: bool,
}

impl Sqlite {
    pub(super) fn in_memory() -> Result<Self> {
        let connection = Connection::open_in_memory().context("cannot open a store in memory")?;
        Self::with(connection, "default", false)
    }

    pub(super) fn open(path: &Path, label: &str) -> Result<Self> {
        let context = || format!("cannot open the key-value store {}", path.display());
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).with_context(context)?;
        }
        let connection = Connection::open(path).with_context(context)?;
        // With a write-ahead log readers do not wait for writers, and a commit is one write. A power cut may cost the
        // last commits, never the file.
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .and_then(|()| connection.pragma_update(None, "synchronous", "NORMAL"))
            .with_context(context)?;
        Self::with(connection, label, true).with_context(context)
    }

    fn with(connection: Connection, label: &str, blocks: bool) -> Result<Self> {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS spin_key_value (
                store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (store, key)
            )",
        )?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            label: label.into(),
            blocks,
        })
    }

    /// Runs an operation where it may block. What is in memory alone is done at once instead: it takes a few
    /// microseconds, and going to another thread and back takes several times as many.
    fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Connection, &str) -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        let connection = Arc::clone(&self.connection);
        let label = Arc::clone(&self.label);
        let operation = move || {
            // A panic in an operation has rolled back its transaction, so the connection is as good as before.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            operation(&mut connection, &label)
        };
        if !self.blocks {
            return async move { operation() }.boxed();
        }
        async move {
            tokio::task::spawn_blocking(operation)
                .await
                .map_err(|error| StoreError(format!("the operation was abandoned: {error}")))?
        }
        .boxed()
    }
}

impl Store for Sqlite {
    fn get(&self, key: String) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.run(move |connection, label| {
            let mut statement = connection.prepare_cached(GET)?;
            let row = statement.query_row(params![label, key], |row| row.get(0));
            Ok(row.optional()?)
        })
    }

    fn set(&self, key: String, value: Vec<u8>) -> BoxFuture<'_, Result<(), StoreError>> {
        self.run(move |connection, label| {
            let mut statement = connection.prepare_cached(SET)?;
            statement.execute(params![label, key, value])?;
            Ok(())
        })
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.run(move |connection, label| {
            connection
                .prepare_cached("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")?
                .execute(params![label, key])?;
            Ok(())
        })
    }

    fn keys(&self) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        self.run(move |connection, label| {
            let mut statement =
                connection.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1")?;
            let keys = statement.query_map([label], |row| row.get(0))?;
            Ok(keys.collect::<Result<_, _>>()?)
        })
    }

    fn increment(&self, key: String, delta: i64) -> BoxFuture<'_, Result<i64, StoreError>> {
        self.run(move |connection, label| {
            // Immediate: another process must not write between the read and the write.
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let counter = counter(&transaction, label, &key)?;
            let sum = counter
                .checked_add(delta)
                .ok_or_else(|| StoreError(format!("the counter `{key}` would leave 64 bits")))?;
            transaction
                .prepare_cached(SET)?
                .execute(params![label, key, sum.to_le_bytes()])?;
            transaction.commit()?;
            Ok(sum)
        })
    }
}

/// A counter is stored as eight bytes, least significant first, as Spin stores it.
fn counter(transaction: &Transaction<'_>, label: &str, key: &str) -> Result<i64, StoreError> {
    let value: Option<Vec<u8>> = transaction
        .prepare_cached(GET)?
        .query_row(params![label, key], |row| row.get(0))
        .optional()?;
    let Some(value) = value else {
        return Ok(0);
    };
    let bytes = value.try_into().map_err(|value: Vec<u8>| {
        StoreError(format!(
            "the value under `{key}` is no counter: it has {} bytes",
            value.len()
        ))
    })?;
    Ok(i64::from_le_bytes(bytes))
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}
