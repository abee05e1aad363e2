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

/// The time at this moment.
pub(crate) const NOW: u64 = 1_764_000_000;

/// The secret that signs events.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_1";

/// The secret that signs tokens.
pub(crate) const TOKEN_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The variables of every instance.
pub(crate) fn variable(name: &str) -> Option<String> {
    let value = match name {
        "stripe_api_key" => "sk_test_1",
        "frontend_url" => "https://app.example.com",
        "jwt_issuer" => "issuer",
        "jwt_audience" => "audience",
        "jwt_hs256_secret" => TOKEN_SECRET,
        "rate_limits" => "off",
        "stripe_webhook_secrets" => WEBHOOK_SECRET,
        "stripe_max_retries" => "0",
        "trust_client_reference_id" => "true",
        _ => return None,
    };
    Some(value.to_owned())
}

/// Everything that instances share.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) values: BTreeMap<String, Vec<u8>>,
    pub(crate) counters: BTreeMap<String, i64>,
    pub(crate) stripe: Stripe,
    /// The fate of the next step, whoever takes it.
    pub(crate) fault: Option<Fault>,
    /// True if a value was changed since somebody last looked.
    pub(crate) changed: bool,
    /// Every step so far, where somebody wants to read it.
    pub(crate) trace: Option<Vec<String>>,
    pub(crate) granted: Option<u64>,
    pub(crate) steps: u64,
}

impl World {
    pub(crate) fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(what());
        }
    }
}

/// The faults that a step can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has no effect, and fails.
    Before,
    /// It has its effect, and fails.
    After,
}

/// The steps that an instance waits to take. Several of them wait side by side where it does not matter which comes
/// first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting(Rc<RefCell<Vec<(u64, String)>>>);

impl Waiting {
    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Returns true if a step begins with this text.
    pub(crate) fn find(&self, beginning: &str) -> Option<usize> {
        let waiting = self.0.borrow();
        waiting
            .iter()
            .position(|(_, what)| what.starts_with(beginning))
    }

    /// Lets one of the steps be taken when the instance is polled next.
    pub(crate) fn grant(&self, index: usize, world: &RefCell<World>) {
        let (id, what) = self.0.borrow_mut().remove(index);
        let mut world = world.borrow_mut();
        world.granted = Some(id);
        world.note(|| format!("    {what}"));
    }
}

/// An instance's view of the world. A step waits until it is granted, so whoever grants decides which step comes next.
#[derive(Debug, Default)]
pub(crate) struct Platform {
    world: Rc<RefCell<World>>,
    waiting: Waiting,
    /// The instance's own counters, where instances do not share any.
    alone: Option<RefCell<BTreeMap<String, i64>>>,
    /// The numbers that the instance has counted up to, where it does not see those of others.
    blind: Option<RefCell<BTreeMap<String, i64>>>,
    random: Cell<u128>,
}

/// The ways in which instances see each other's counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counting {
    /// All count in the same place.
    Shared,
    /// Each counts for itself, and knows that.
    Alone,
    /// All count in the same place, and none sees that a number has moved: to show that it has to.
    Blind,
}

impl Platform {
    pub(crate) fn new(world: &Rc<RefCell<World>>, counting: Counting, waiting: &Waiting) -> Self {
        Self {
            world: Rc::clone(world),
            waiting: waiting.clone(),
            alone: (counting == Counting::Alone).then(RefCell::default),
            blind: (counting == Counting::Blind).then(RefCell::default),
            random: Cell::default(),
        }
    }

    async fn step<T>(
        &self,
        what: String,
        effect: impl FnOnce(&mut World) -> T,
    ) -> anyhow::Result<T> {
        let id = {
            let mut world = self.world.borrow_mut();
            world.steps += 1;
            world.steps
        };
        self.waiting.0.borrow_mut().push((id, what));
        poll_fn(|_| {
            let mut world = self.world.borrow_mut();
            if world.granted == Some(id) {
                world.granted = None;
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        let mut world = self.world.borrow_mut();
        let fault = world.fault.take();
        if let Some(fault) = fault {
            world.note(|| format!("        fails, {fault:?}"));
        }
        match fault {
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
        Ok(variable(name))
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
        self.step(format!("set {key}"), |world| {
            world.note(|| format!("        {}", String::from_utf8_lossy(value)));
            world.values.insert(key.to_owned(), value.to_vec());
            world.changed = true;
        })
        .await
    }

    async fn delete(&self, key: &str) -> anyhow::Result<()> {
        self.step(format!("delete {key}"), |world| {
            world.values.remove(key);
            world.changed = true;
        })
        .await
    }
}

impl Counters for Platform {
    fn count_on(&self, _: &RedisServer) -> Result<(), NoRedis> {
        Err(NoRedis)
    }

    fn shared(&self) -> bool {
        self.alone.is_none()
    }

    async fn increment(&self, key: &str, delta: i64) -> anyhow::Result<i64> {
        let count = |counters: &mut BTreeMap<String, i64>| {
            let counter = counters.entry(key.to_owned()).or_default();
            *counter += delta;
            *counter
        };
        if let Some(own) = &self.alone {
            return Ok(count(&mut own.borrow_mut()));
        }
        let what = format!("count {key} {delta}");
        let counted = self.step(what, |world| count(&mut world.counters)).await?;
        let Some(blind) = &self.blind else {
            return Ok(counted);
        };
        let mut own = blind.borrow_mut();
        if delta == 0 {
            return Ok(own[key]);
        }
        own.insert(key.to_owned(), counted);
        Ok(counted)
    }

    async fn remove(&self, key: &str) -> anyhow::Result<()> {
        match &self.alone {
            Some(own) => {
                own.borrow_mut().remove(key);
            }
            None => {
                self.step(format!("remove {key}"), |world| world.counters.remove(key))
                    .await?;
            }
        }
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
