//! The local store: a `SQLite` table, laid out as Spin lays out its own, so that one file serves both.
//!
//! It also works as Spin's does, with the consequences. Each operation runs in place, on the thread that asked for it;
//! other tasks of that thread go on elsewhere meanwhile. An increment is a deferred transaction: it reads, and then
//! asks for the right to write. Where another process has that right, waiting could be for ever, so `SQLite` refuses at
//! once, and the increment fails without having counted.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::counter;
use super::store::{Store, StoreError};

const GET: &str = "SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2";
const SET: &str = "INSERT OR REPLACE INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)";

/// One store of a `SQLite` database.
pub(super) struct Sqlite {
    connection: Mutex<Connection>,
    label: String,
}

impl Sqlite {
    pub(super) fn open(path: &Path, label: &str) -> Result<Self> {
        let context = || format!("cannot open the key-value store {}", path.display());
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).with_context(context)?;
        }
        let connection = Connection::open(path).with_context(context)?;
        Self::with(connection, label).with_context(context)
    }

    fn with(connection: Connection, label: &str) -> Result<Self> {
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS spin_key_value (
                store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (store, key)
            )",
        )?;
        Ok(Self {
            connection: Mutex::new(connection),
            label: label.to_owned(),
        })
    }

    fn run<'a, T: Send>(
        &'a self,
        operation: impl FnOnce(&mut Connection, &str) -> Result<T, StoreError> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        let operate = || {
            // A panic in an operation has rolled back its transaction, so the connection is as good as before.
            let connection = self.connection.lock();
            let mut connection = connection.unwrap_or_else(PoisonError::into_inner);
            operation(&mut connection, &self.label)
        };
        async move { in_place(operate) }.boxed()
    }
}

/// Runs an operation that may wait for a disk. A runtime with a single thread, as most tests have one, has nowhere else
/// for its other tasks to go on, so there they wait.
fn in_place<T>(operation: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(operation),
        _ => operation(),
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
            let transaction = connection.transaction()?;
            let value: Option<Vec<u8>> = transaction
                .prepare_cached(GET)?
                .query_row(params![label, key], |row| row.get(0))
                .optional()?;
            let sum = counter::sum(&key, value.as_deref(), delta)?;
            transaction
                .prepare_cached(SET)?
                .execute(params![label, key, counter::encode(sum)])?;
            transaction.commit()?;
            Ok(sum)
        })
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}
