//! The counters that a host has by itself, in either build: those of the store, or those of the instance.

#[cfg(feature = "atomics")]
pub(super) use shared::OwnCounters;

#[cfg(not(feature = "atomics"))]
pub(super) use alone::OwnCounters;

/// The counters of the store, which all instances share.
#[cfg(feature = "atomics")]
mod shared {
    use std::sync::{Arc, Mutex, PoisonError};

    use anyhow::anyhow;

    use crate::bindings::wasi::keyvalue::atomics;
    use crate::bindings::wasi::keyvalue::store::{self, Bucket};

    /// The label of the store in `spin.toml`.
    const STORE: &str = "default";

    /// The store by the interface that has counters, open.
    #[derive(Default)]
    pub(crate) struct OwnCounters(Mutex<Option<Arc<Bucket>>>);

    impl OwnCounters {
        pub(crate) const SHARED: bool = true;

        /// Opens the store, to see that it is there: a host may lack this interface to it.
        pub(crate) fn check() -> anyhow::Result<()> {
            open().map(drop)
        }

        pub(crate) fn increment(&self, key: &str, delta: i64) -> anyhow::Result<i64> {
            let bucket = self.held().clone();
            let bucket = match bucket {
                Some(bucket) => bucket,
                None => Arc::new(open()?),
            };
            let count = atomics::increment(&bucket, key, delta);
            // The next one opens anew.
            *self.held() = count.is_ok().then_some(bucket);
            count.map_err(|_| anyhow!("the store failed to count"))
        }

        fn held(&self) -> std::sync::MutexGuard<'_, Option<Arc<Bucket>>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    fn open() -> anyhow::Result<Bucket> {
        store::open(STORE).map_err(|_| anyhow!("the store has no wasi:keyvalue"))
    }
}

/// The counters of the instance, where the host's store has none.
#[cfg(not(feature = "atomics"))]
mod alone {
    use portico::platform::instance_counters::InstanceCounters;

    #[derive(Default)]
    pub(crate) struct OwnCounters(InstanceCounters);

    impl OwnCounters {
        pub(crate) const SHARED: bool = false;

        #[expect(clippy::unnecessary_wraps, reason = "the other build's can fail")]
        pub(crate) fn check() -> anyhow::Result<()> {
            Ok(())
        }

        #[expect(clippy::unnecessary_wraps, reason = "the other build's can fail")]
        pub(crate) fn increment(&self, key: &str, delta: i64) -> anyhow::Result<i64> {
            Ok(self.0.increment(key, delta))
        }

        pub(crate) fn remove(&self, key: &str) {
            self.0.remove(key);
        }
    }
}
