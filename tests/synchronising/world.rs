//! A store and Stripe in memory, shared by instances whose every step can be put off.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use anyhow::anyhow;
use http::HeaderMap;
use portico::platform::{
    Clock, Counters, Fetch, FetchError, FetchLimits, NoRedis, Random, Store, Variables,
};
use portico::redis::RedisServer;

use crate::stripe::Stripe;

/// What time it is.
pub(crate) const NOW: u64 = 1_764_000_000;

/// The secret that signs events.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_1";

/// The secret that signs tokens.
pub(crate) const TOKEN_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// What all instances share.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) values: BTreeMap<String, Vec<u8>>,
    pub(crate) counters: BTreeMap<String, i64>,
    pub(crate) stripe: Stripe,
    /// What becomes of the next step, whoever takes it.
    pub(crate) fault: Option<Fault>,
    /// What the last step was.
    pub(crate) step: String,
}

/// What can go wrong with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has no effect, and fails.
    Before,
    /// It has its effect, and fails.
    After,
}

/// An instance's view of the world. Each step waits to be polled once more before it has its effect, so whoever polls
/// decides which instance's step comes next.
#[derive(Debug, Default)]
pub(crate) struct Platform {
    pub(crate) world: Rc<RefCell<World>>,
    /// Whether the instance does not see that tickets have moved, to show that it has to.
    pub(crate) blind: bool,
    held: RefCell<BTreeMap<String, i64>>,
    random: Cell<u128>,
}

impl Platform {
    pub(crate) fn new(world: &Rc<RefCell<World>>, blind: bool) -> Self {
        Self {
            world: Rc::clone(world),
            blind,
            ..Self::default()
        }
    }

    async fn step<T>(
        &self,
        what: String,
        effect: impl FnOnce(&mut World) -> T,
    ) -> anyhow::Result<T> {
        let mut put_off = false;
        poll_fn(|_| {
            if std::mem::replace(&mut put_off, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        let mut world = self.world.borrow_mut();
        world.step = what;
        match world.fault.take() {
            Some(Fault::Before) => Err(anyhow!("it failed")),
            Some(Fault::After) => {
                effect(&mut world);
                Err(anyhow!("it failed"))
            }
            None => Ok(effect(&mut world)),
        }
    }
}

impl Clock for Platform {
    fn now(&self) -> Duration {
        Duration::from_secs(NOW)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, duration: Duration) {
        // Deadlines are never reached here; the pauses between tries are short.
        if duration > Duration::from_secs(2) {
            pending::<()>().await;
        }
    }
}

impl Random for Platform {
    fn random_bytes(&self) -> [u8; 16] {
        self.random.set(self.random.get() + 1);
        self.random.get().to_be_bytes()
    }
}

impl Variables for Platform {
    async fn variable(&self, name: &str) -> anyhow::Result<Option<String>> {
        let value = match name {
            "stripe_api_key" => "sk_test_1",
            "frontend_url" => "https://app.example.com",
            "jwt_issuer" => "issuer",
            "jwt_audience" => "audience",
            "jwt_hs256_secret" => TOKEN_SECRET,
            "rate_limits" => "off",
            "stripe_webhook_secrets" => WEBHOOK_SECRET,
            "stripe_max_retries" => "0",
            _ => return Ok(None),
        };
        Ok(Some(value.to_owned()))
    }
}

impl Store for Platform {
    async fn check(&self) -> anyhow::Result<()> {
        Ok(())
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<Vec<u8>>> {
        self.step(format!("get {key}"), |world| world.values.get(key).cloned())
            .await
    }

    async fn set(&self, key: &str, value: &[u8]) -> anyhow::Result<()> {
        self.step(
            format!("set {key} {}", String::from_utf8_lossy(value)),
            |world| world.values.insert(key.to_owned(), value.to_vec()),
        )
        .await?;
        Ok(())
    }

    async fn delete(&self, key: &str) -> anyhow::Result<()> {
        self.step(format!("delete {key}"), |world| world.values.remove(key))
            .await?;
        Ok(())
    }
}

impl Counters for Platform {
    fn count_on(&self, _: &RedisServer) -> Result<(), NoRedis> {
        Err(NoRedis)
    }

    async fn increment(&self, key: &str, delta: i64) -> anyhow::Result<i64> {
        let value = self
            .step(format!("count {key} {delta}"), |world| {
                let counter = world.counters.entry(key.to_owned()).or_default();
                *counter += delta;
                *counter
            })
            .await?;
        let mut held = self.held.borrow_mut();
        if self.blind && delta == 0 {
            return Ok(held[key]);
        }
        held.insert(key.to_owned(), value);
        Ok(value)
    }

    async fn remove(&self, key: &str) -> anyhow::Result<()> {
        self.step(format!("remove {key}"), |world| world.counters.remove(key))
            .await?;
        Ok(())
    }
}

impl Fetch for Platform {
    async fn fetch(
        &self,
        request: &http::Request<Vec<u8>>,
        _: FetchLimits,
        _: impl FnOnce(&HeaderMap),
    ) -> Result<http::Response<Vec<u8>>, FetchError> {
        let path = request.uri().path();
        self.step(format!("read {path}"), |world| world.stripe.answer(path))
            .await
            .map_err(|_| FetchError::BodyTruncated)
    }
}
