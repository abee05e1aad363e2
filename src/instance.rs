//! An instance of the component, with everything that it keeps from one request to the next.

use std::sync::OnceLock;

use crate::auth::Authenticator;
use crate::base_path::BasePath;
use crate::config::{Config, ConfigError, VARIABLES};
use crate::platform::{Platform, Random};
use crate::rate_limit::LocalCounts;
use crate::spending::SpendingMemory;

/// An instance of the component on its platform. It lives for a hundred or so requests, many of them at a time.
pub struct Instance<P> {
    pub platform: P,
    /// The keys and tokens that authentication remembers.
    pub authenticator: Authenticator,
    /// The requests that this instance has itself counted.
    pub requests: LocalCounts,
    /// The users' spending, as this instance last saw it.
    pub spending: SpendingMemory,
    config: OnceLock<Config>,
    base_path: OnceLock<BasePath>,
}

impl<P> Instance<P> {
    /// Makes an instance that has read nothing yet.
    pub fn new(platform: P) -> Self {
        Self {
            platform,
            authenticator: Authenticator::default(),
            requests: LocalCounts::default(),
            spending: SpendingMemory::default(),
            config: OnceLock::new(),
            base_path: OnceLock::new(),
        }
    }
}

impl<P: Platform> Instance<P> {
    /// Returns the configuration, which is read from the variables once. A configuration with problems is read again
    /// for the next request, so that a variables provider that was away for a moment does no lasting harm.
    pub async fn config(&self) -> Result<&Config, ConfigError> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let mut values = Vec::with_capacity(VARIABLES.len());
        let mut unreadable = Vec::new();
        for variable in VARIABLES {
            // A provider that fails has not said that there is no value, so the default must not take its place. Spin
            // reports a required variable without a value in this way, too.
            match self.platform.variable(variable.name).await {
                Ok(value) => values.push((variable.name, value)),
                Err(_) => unreadable.push(variable.name),
            }
        }
        let config = Config::from_variables(|name| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            value.clone()
        });
        let config = if unreadable.is_empty() {
            config?
        } else {
            return Err(ConfigError::unreadable(unreadable, config.err()));
        };
        config.place_counters(&self.platform)?;
        // Requests that came meanwhile may have read it as well; the first reading stays.
        Ok(self.config.get_or_init(|| config))
    }

    /// Returns the path that all paths lie below, which is read from its variable once.
    pub async fn base_path(&self) -> Result<&BasePath, ConfigError> {
        const NAME: &str = "base_path";
        if let Some(base_path) = self.base_path.get() {
            return Ok(base_path);
        }
        let value = self.platform.variable(NAME).await;
        let value = value.map_err(|_| ConfigError::unreadable(vec![NAME], None))?;
        let base_path = Config::base_path(value)?;
        Ok(self.base_path.get_or_init(|| base_path))
    }

    /// Makes a random identifier (RFC 9562, version 4).
    pub fn new_uuid(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(Random::random_bytes(&self.platform)).into_uuid()
    }
}
