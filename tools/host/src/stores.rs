//! The key-value stores that a component may open.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};

use crate::key_value::{KeyValue, Metered};
use crate::runtime_config::RuntimeConfig;

/// The store that [`HostBuilder::key_value`](crate::HostBuilder::key_value) sets and
/// [`Host::key_value`](crate::Host::key_value) returns.
const DEFAULT_STORE: &str = "default";

/// A store that an instance has opened.
#[expect(unreachable_pub, reason = "the generated code re-exports it")]
pub struct OpenStore(pub(crate) Arc<Metered>);

/// The stores of a component.
#[derive(Clone, Default)]
pub(crate) struct Stores {
    /// The labels that the manifest lists.
    allowed: Vec<String>,
    /// The stores that exist, by label.
    existing: BTreeMap<String, Arc<Metered>>,
}

/// The reason why a store cannot be opened.
pub(crate) enum OpenError {
    NoSuchStore,
    AccessDenied,
    Other(String),
}

impl Stores {
    /// Opens the stores of a runtime configuration, for a component that may open those with the labels in `allowed`;
    /// and the `default` one, in whose place `default` may be given. A label without a store is an error.
    pub(crate) fn new(
        allowed: Vec<String>,
        default: Option<KeyValue>,
        runtime_config: Option<&Path>,
    ) -> Result<(KeyValue, Self)> {
        let mut config = match runtime_config {
            Some(path) => RuntimeConfig::load(path)?,
            None => RuntimeConfig::default(),
        };
        let default = match (default, config.key_value_stores.remove(DEFAULT_STORE)) {
            (Some(store), _) => store,
            (None, Some(configured)) => configured.open(DEFAULT_STORE)?,
            (None, None) => KeyValue::in_memory(),
        };
        let mut existing = BTreeMap::from([(DEFAULT_STORE.to_owned(), default.metered())]);
        for (label, configured) in &config.key_value_stores {
            existing.insert(label.clone(), configured.open(label)?.metered());
        }
        for label in &allowed {
            ensure!(
                existing.contains_key(label),
                "the manifest lists the key-value store `{label}`, which is not configured"
            );
        }
        Ok((default, Self { allowed, existing }))
    }

    pub(crate) async fn open(&self, label: &str) -> Result<OpenStore, OpenError> {
        if !self.allowed.iter().any(|allowed| allowed == label) {
            return Err(OpenError::AccessDenied);
        }
        let store = self.existing.get(label).ok_or(OpenError::NoSuchStore)?;
        match store.open().await {
            Ok(()) => Ok(OpenStore(Arc::clone(store))),
            Err(error) => Err(OpenError::Other(error.to_string())),
        }
    }
}

/// No value: swapping is refused, because it does not do on Spin's stores what it promises.
#[expect(unreachable_pub, reason = "the generated code re-exports it")]
pub enum Swap {}
