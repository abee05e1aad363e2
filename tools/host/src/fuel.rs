//! Measures the fuel that requests use: the work of an instance, counted about in instructions, which no clock and no
//! other load on the machine changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::{AsContext, Store};

/// The fuel that an instance gets. It is never used up: at a billion instructions a second, it lasts for centuries.
const FULL: u64 = u64::MAX;

/// The fuel that the requests of a host have used, in the order in which they began; see
/// [`Host::fuel`](crate::Host::fuel). Clones share it.
#[derive(Clone, Default)]
pub(crate) struct FuelGauge(Arc<Mutex<Vec<Option<u64>>>>);

impl FuelGauge {
    pub(crate) fn requests(&self) -> Vec<Option<u64>> {
        self.locked().clone()
    }

    /// Fills a new instance up. `None` where its engine counts no fuel.
    pub(crate) fn fill<T>(&self, store: &mut Store<T>) -> Option<Tank> {
        store.set_fuel(FULL).ok()?;
        Some(Tank {
            gauge: self.clone(),
            latest: Mutex::new(None),
        })
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Option<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The fuel that an instance has left.
pub(crate) struct Tank {
    gauge: FuelGauge,
    latest: Mutex<Option<Latest>>,
}

/// The latest request of an instance.
struct Latest {
    /// Its place among all requests of the host.
    index: usize,
    /// The fuel that the instance had left when it began. The first request is also charged for all that came before
    /// it.
    left_before: u64,
}

impl Tank {
    /// Notes that a request begins.
    pub(crate) fn begin(&self, store: impl AsContext) {
        let left = self.end(store).unwrap_or(FULL);
        let mut requests = self.gauge.locked();
        requests.push(None);
        *self.latest() = Some(Latest {
            index: requests.len() - 1,
            left_before: left,
        });
    }

    /// Notes that the latest request has ended, because another one begins or the instance goes. Returns the rest of
    /// the fuel, if there was a request.
    pub(crate) fn end(&self, store: impl AsContext) -> Option<u64> {
        let latest = self.latest().take()?;
        let left = store.as_context().get_fuel().ok()?;
        if let Some(used) = self.gauge.locked().get_mut(latest.index) {
            *used = Some(latest.left_before - left);
        }
        Some(left)
    }

    fn latest(&self) -> MutexGuard<'_, Option<Latest>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
