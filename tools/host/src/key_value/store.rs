//! The interface of a key-value store.

use std::fmt;

use futures::FutureExt as _;
use futures::future::BoxFuture;

/// A key-value store with Spin's semantics: no expiry and no transactions, but an atomic increment.
pub trait Store: Send + Sync + 'static {
    /// Opens the store for the component; nothing has to be done for that, if a store does not say otherwise.
    fn open(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        std::future::ready(Ok(())).boxed()
    }

    /// Returns the value under a key, or none.
    fn get(&self, key: String) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>>;

    /// Puts a value under a key, in place of any other.
    fn set(&self, key: String, value: Vec<u8>) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Removes a key; an absent key is no error.
    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Returns all keys, in no particular order.
    fn keys(&self) -> BoxFuture<'_, Result<Vec<String>, StoreError>>;

    /// Adds to the counter under a key, which starts at zero, and returns the sum. A value under the key that is no
    /// counter, or a sum beyond 64 bits, is an error.
    fn increment(&self, key: String, delta: i64) -> BoxFuture<'_, Result<i64, StoreError>>;
}

/// The reason why a store failed, in the words that the component gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError(pub String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}
