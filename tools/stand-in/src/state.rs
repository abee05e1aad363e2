//! The stand-in's memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::faults::script::Scripts;
use crate::idempotency::StoredAnswers;
use crate::names::Names;
use crate::objects::Objects;
use crate::recorded::RecordedRequest;
use crate::webhook::Webhook;

/// The part that all connections share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) state: Mutex<State>,
}

/// The part that does not change while the stand-in runs.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    /// The only API key that is accepted; any well-formed one if it is `None`.
    pub(crate) api_key: Option<String>,
    pub(crate) controls: bool,
    /// The stand-in's own origin, where the links of its objects lead to itself.
    pub(crate) here: Option<String>,
    /// The system's clock if it is `None`.
    pub(crate) clock: Option<Clock>,
}

/// Everything that changes while the stand-in runs.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) objects: Objects,
    pub(crate) scripts: Scripts,
    pub(crate) requests: Vec<RecordedRequest>,
    pub(crate) answers: StoredAnswers,
    pub(crate) names: Names,
    /// The snapshots of all events, the oldest first.
    pub(crate) events: Vec<Value>,
    pub(crate) webhook: Webhook,
    /// The subscriptions that checkout sessions sell, by the sessions' identifiers.
    pub(crate) checkouts: BTreeMap<String, Terms>,
}

/// The terms of a subscription that is to be made.
#[derive(Clone, Default)]
pub(crate) struct Terms {
    /// The prices, with their quantities.
    pub(crate) items: Vec<(Value, u64)>,
    pub(crate) metadata: Value,
    pub(crate) trial_days: Option<u64>,
}

/// The source of the time.
pub(crate) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

impl Shared {
    /// Locks the state. It is consistent between any two statements that change it, so a panic elsewhere spoils
    /// nothing.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Settings {
    /// Returns a link to this path on a host of Stripe's, or on the stand-in itself.
    pub(crate) fn link(&self, stripe: &str, path: &str) -> String {
        format!("{}{path}", self.here.as_deref().unwrap_or(stripe))
    }

    /// Returns the seconds since the Unix epoch, as Stripe gives all times.
    pub(crate) fn now(&self) -> u64 {
        let clock = self.clock.as_ref();
        let now = clock.map_or_else(SystemTime::now, |clock| clock());
        now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
    }
}
