//! Hosts with their stores, and Stripe, in memory; the instances on them can be put off at every step.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use anyhow::anyhow;
use http::{HeaderMap, Method};
use portico::platform::{
    Clock, Counters, Fetch, FetchError, FetchLimits, NoRedis, Random, Store, Variables,
};
use portico::redis::RedisServer;

use crate::stripe::{Arrived, NOW, Stripe};

/// The secret that signs tokens.
pub(crate) const TOKEN_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The secret that signs events.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_1";

/// A pause of this length lets half a second pass.
const HALF_A_SECOND: Duration = Duration::from_millis(500);

/// The faults of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has no effect, and fails.
    Before,
    /// It has its effect, and fails.
    After,
}

/// The things that a host keeps.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    values: BTreeMap<String, Vec<u8>>,
    counters: BTreeMap<String, i64>,
}

/// The state that all instances share.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) stripe: Stripe,
    /// The things that the hosts keep, each for itself or both together.
    pub(crate) stores: Vec<Kept>,
    /// The fate of the next step, whoever takes it.
    pub(crate) fault: Option<Fault>,
    /// The name of the last step.
    pub(crate) last: String,
    /// True if it asked for the first page of a list of sessions, or for a session.
    pub(crate) looked: bool,
}

/// An instance's view of the world.
#[derive(Debug)]
pub(crate) struct Platform {
    world: Rc<RefCell<World>>,
    store: usize,
    /// True if the host's configuration is another one.
    differs: bool,
    random: Cell<u128>,
}

/// The instance waits for this `POST`.
struct Waiting {
    world: Rc<RefCell<World>>,
    id: usize,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Ok(mut world) = self.world.try_borrow_mut() {
            world.stripe.abandon(self.id);
        }
    }
}

impl Platform {
    pub(crate) fn new(
        world: &Rc<RefCell<World>>,
        store: usize,
        differs: bool,
        number: usize,
    ) -> Self {
        Self {
            world: Rc::clone(world),
            store,
            differs,
            random: Cell::new((number as u128) << 64),
        }
    }

    /// Waits until the instance is polled once more.
    async fn put_off(&self) {
        let mut put_off = false;
        poll_fn(|_| {
            if std::mem::replace(&mut put_off, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    async fn step<T>(
        &self,
        what: impl FnOnce() -> String,
        effect: impl FnOnce(&mut World) -> T,
    ) -> anyhow::Result<T> {
        self.put_off().await;
        let mut world = self.world.borrow_mut();
        world.last = what();
        match world.fault.take() {
            Some(Fault::Before) => Err(anyhow!("it failed")),
            Some(Fault::After) => {
                effect(&mut world);
                Err(anyhow!("it failed"))
            }
            None => Ok(effect(&mut world)),
        }
    }

    async fn in_store<T>(
        &self,
        what: impl FnOnce() -> String,
        effect: impl FnOnce(&mut Kept) -> T,
    ) -> anyhow::Result<T> {
        let store = self.store;
        self.step(what, |world| effect(&mut world.stores[store]))
            .await
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
        let at_work = self.world.borrow().stripe.at_work();
        self.put_off().await;
        if duration >= HALF_A_SECOND {
            self.world.borrow_mut().stripe.pause(&at_work);
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
            "stripe_max_retries" => "1",
            "checkout_prices" => "a=price_1,b=price_2",
            "checkout_trial_days" => "14",
            "checkout_promotion_codes" if self.differs => "true",
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
        self.in_store(
            || format!("get {key}"),
            |kept| kept.values.get(key).cloned(),
        )
        .await
    }

    async fn set(&self, key: &str, value: &[u8]) -> anyhow::Result<()> {
        let what = || format!("set {key} {}", String::from_utf8_lossy(value));
        self.in_store(what, |kept| {
            kept.values.insert(key.to_owned(), value.to_vec())
        })
        .await?;
        Ok(())
    }

    async fn delete(&self, key: &str) -> anyhow::Result<()> {
        self.in_store(|| format!("delete {key}"), |kept| kept.values.remove(key))
            .await?;
        Ok(())
    }
}

impl Counters for Platform {
    fn count_on(&self, _: &RedisServer) -> Result<(), NoRedis> {
        Err(NoRedis)
    }

    async fn increment(&self, key: &str, delta: i64) -> anyhow::Result<i64> {
        let count = |kept: &mut Kept| {
            let counter = kept.counters.entry(key.to_owned()).or_default();
            *counter += delta;
            *counter
        };
        self.in_store(|| format!("count {key} {delta}"), count)
            .await
    }

    async fn remove(&self, key: &str) -> anyhow::Result<()> {
        self.in_store(|| format!("remove {key}"), |kept| kept.counters.remove(key))
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
        let lost = |_| FetchError::BodyTruncated;
        let path = request.uri().path();
        let query = request.uri().query().unwrap_or_default();
        let looks = path == "/v1/checkout/sessions" && !query.contains("starting_after=");
        if request.method() == Method::GET {
            let read = |world: &mut World| {
                world.looked = looks;
                world.stripe.read(request)
            };
            let answer = self.step(|| format!("GET {path}"), read).await;
            let shown = answer
                .as_ref()
                .map(|answer| String::from_utf8_lossy(answer.body()).into_owned());
            let mut world = self.world.borrow_mut();
            world.last = format!("{} {}", world.last, shown.unwrap_or_default());
            return answer.map_err(lost);
        }
        let key = request.headers()["idempotency-key"].to_str().unwrap();
        let what = || {
            format!(
                "POST {path} {key} {}",
                String::from_utf8_lossy(request.body())
            )
        };
        let arrive = |world: &mut World| {
            world.looked = looks;
            world.stripe.arrive(request)
        };
        let arrived = self.step(what, arrive).await;
        let waiting = match arrived.map_err(lost)? {
            Arrived::Answered(answer) => {
                let told = format!(" {} at once", answer.status());
                self.world.borrow_mut().last.push_str(&told);
                return Ok(answer);
            }
            Arrived::AtWork(id) => Waiting {
                world: Rc::clone(&self.world),
                id,
            },
        };
        let finish = |world: &mut World| world.stripe.finish(waiting.id);
        let answer = self
            .step(|| format!("done {path} {key}"), finish)
            .await
            .map_err(lost)?;
        self.put_off().await;
        Ok(answer)
    }
}
