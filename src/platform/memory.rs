//! A platform in memory, for native tests, property tests and fuzzing: its clock stands still unless somebody sleeps, its
//! randomness counts, and what it fetches was scripted.

use std::collections::{BTreeMap, VecDeque};
use std::future::{pending, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::anyhow;
use http::HeaderMap;

use super::{
    BodyError, Clock, Counters, Fetch, FetchError, FetchLimits, NoRedis, Random, RequestBody,
    Store, Variables,
};
use crate::redis::RedisServer;

/// A platform in memory. All of it can be set and looked at while it is in use.
#[derive(Debug, Default)]
pub struct MemoryPlatform {
    state: Mutex<State>,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something that a test can set by itself"
)]
#[derive(Debug, Default)]
struct State {
    now: Duration,
    slept: Duration,
    random: u128,
    variables: BTreeMap<String, String>,
    store: Option<BTreeMap<String, Vec<u8>>>,
    counters: BTreeMap<String, i64>,
    increments: u64,
    has_no_redis: bool,
    lifetimes: Option<Vec<Duration>>,
    counts_alone: bool,
    fails_every_other_increment: bool,
    answers_deltas: bool,
    loses_next_count: bool,
    before_increment: Option<Interruption>,
    answers: VecDeque<Scripted>,
    fetched: Vec<http::Request<Vec<u8>>>,
}

/// Work of another instance in between.
struct Interruption(Box<dyn FnOnce(&MemoryPlatform) + Send>);

impl std::fmt::Debug for Interruption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Interruption")
    }
}

/// The result of an outbound call.
#[derive(Debug)]
pub enum Scripted {
    Answer(http::Response<Vec<u8>>),
    /// An answer's header fields, and then a failure.
    HeadThen(HeaderMap, FetchError),
    /// A failure instead of an answer.
    Failure(FetchError),
    Silence,
}

impl MemoryPlatform {
    /// Makes a platform at a given time, with an empty store.
    #[must_use]
    pub fn at(now: Duration) -> Self {
        let platform = Self::default();
        {
            let mut state = platform.state();
            state.now = now;
            state.store = Some(BTreeMap::new());
        }
        platform
    }

    /// Gives the platform an empty store.
    pub fn set_up_store(&self) {
        self.state().store = Some(BTreeMap::new());
    }

    pub fn set_variable(&self, name: &str, value: &str) {
        self.state()
            .variables
            .insert(name.to_owned(), value.to_owned());
    }

    pub fn put(&self, key: &str, value: &[u8]) {
        let mut state = self.state();
        state
            .store
            .get_or_insert_default()
            .insert(key.to_owned(), value.to_vec());
    }

    /// Takes the store away: from now on every use of it fails.
    pub fn break_store(&self) {
        self.state().store = None;
    }

    /// Lets another instance do something right before the next change of a counter.
    pub fn before_next_increment(&self, does: impl FnOnce(&Self) + Send + 'static) {
        self.state().before_increment = Some(Interruption(Box::new(does)));
    }

    /// Makes every other increment fail without an effect, as stores do that refuse one under contention.
    pub fn fail_every_other_increment(&self) {
        self.state().fails_every_other_increment = true;
    }

    /// Makes increments answer the delta instead of the sum, as one store does under contention.
    pub fn answer_deltas(&self) {
        self.state().answers_deltas = true;
    }

    /// Makes the next increment count, and lose its answer.
    pub fn lose_next_count(&self) {
        self.state().loses_next_count = true;
    }

    /// Makes the platform one that cannot reach a Redis server.
    pub fn take_redis_away(&self) {
        self.state().has_no_redis = true;
    }

    /// Makes the platform one whose instances count each for itself, unless they count on a Redis server.
    pub fn count_alone(&self) {
        self.state().counts_alone = true;
    }

    /// Makes counters go away by themselves; the time is only noted.
    pub fn let_counters_expire(&self) {
        self.state().lifetimes = Some(Vec::new());
    }

    /// Returns the lifetimes that counts have been given so far.
    #[must_use]
    pub fn lifetimes(&self) -> Vec<Duration> {
        self.state().lifetimes.clone().unwrap_or_default()
    }

    /// Returns the number of increments so far, failed ones included.
    #[must_use]
    pub fn increments(&self) -> u64 {
        self.state().increments
    }

    /// Returns the number of values and counters.
    #[must_use]
    pub fn keys(&self) -> usize {
        let state = self.state();
        state.counters.len() + state.store.as_ref().map_or(0, BTreeMap::len)
    }

    /// Sets the wall clock, forward or back.
    pub fn set_clock(&self, now: Duration) {
        let mut state = self.state();
        state.now = now;
        state.slept = Duration::ZERO;
    }

    pub fn advance(&self, duration: Duration) {
        self.state().slept += duration;
    }

    /// Scripts the result of the next outbound call.
    pub fn script(&self, next: Scripted) {
        self.state().answers.push_back(next);
    }

    /// Returns the outbound calls so far.
    #[must_use]
    pub fn fetched(&self) -> Vec<http::Request<Vec<u8>>> {
        self.state().fetched.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for MemoryPlatform {
    fn now(&self) -> Duration {
        let state = self.state();
        state.now + state.slept
    }

    fn monotonic(&self) -> Duration {
        self.state().slept
    }

    async fn sleep(&self, duration: Duration) {
        self.state().slept += duration;
    }
}

impl Random for MemoryPlatform {
    fn random_bytes(&self) -> [u8; 16] {
        let mut state = self.state();
        state.random += 1;
        state.random.to_be_bytes()
    }
}

impl Variables for MemoryPlatform {
    async fn variable(&self, name: &str) -> anyhow::Result<Option<String>> {
        Ok(self.state().variables.get(name).cloned())
    }
}

impl Store for MemoryPlatform {
    async fn check(&self) -> anyhow::Result<()> {
        match &self.state().store {
            Some(_) => Ok(()),
            None => Err(anyhow!("the store is broken")),
        }
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<Vec<u8>>> {
        match &self.state().store {
            Some(store) => Ok(store.get(key).cloned()),
            None => Err(anyhow!("the store is broken")),
        }
    }

    async fn set(&self, key: &str, value: &[u8]) -> anyhow::Result<()> {
        match &mut self.state().store {
            Some(store) => {
                store.insert(key.to_owned(), value.to_vec());
                Ok(())
            }
            None => Err(anyhow!("the store is broken")),
        }
    }

    async fn delete(&self, key: &str) -> anyhow::Result<()> {
        match &mut self.state().store {
            Some(store) => {
                store.remove(key);
                Ok(())
            }
            None => Err(anyhow!("the store is broken")),
        }
    }
}

impl Counters for MemoryPlatform {
    /// Counts in the same memory, which stands for Redis.
    fn count_on(&self, _: &RedisServer) -> Result<(), NoRedis> {
        let mut state = self.state();
        if state.has_no_redis {
            return Err(NoRedis);
        }
        state.counts_alone = false;
        Ok(())
    }

    fn shared(&self) -> bool {
        !self.state().counts_alone
    }

    fn expire(&self) -> bool {
        self.state().lifetimes.is_some()
    }

    async fn count_up_for(&self, key: &str, by: u32, lifetime: Duration) -> anyhow::Result<i64> {
        self.state()
            .lifetimes
            .get_or_insert_default()
            .push(lifetime);
        self.count_up(key, by).await
    }

    async fn increment(&self, key: &str, delta: i64) -> anyhow::Result<i64> {
        let interruption = self.state().before_increment.take();
        if let Some(Interruption(does)) = interruption {
            does(self);
        }
        let mut state = self.state();
        if state.store.is_none() {
            return Err(anyhow!("the store is broken"));
        }
        state.increments += 1;
        if state.fails_every_other_increment && state.increments % 2 == 1 {
            return Err(anyhow!("the counter is busy"));
        }
        let answers_deltas = state.answers_deltas;
        let lost = std::mem::take(&mut state.loses_next_count);
        let counter = state.counters.entry(key.to_owned()).or_default();
        *counter += delta;
        if lost {
            return Err(anyhow!("the answer was lost"));
        }
        Ok(if answers_deltas { delta } else { *counter })
    }

    async fn remove(&self, key: &str) -> anyhow::Result<()> {
        let mut state = self.state();
        if state.store.is_none() {
            return Err(anyhow!("the store is broken"));
        }
        state.counters.remove(key);
        Ok(())
    }
}

impl Fetch for MemoryPlatform {
    async fn fetch(
        &self,
        request: &http::Request<Vec<u8>>,
        limits: FetchLimits,
        on_head: impl FnOnce(&HeaderMap),
    ) -> Result<http::Response<Vec<u8>>, FetchError> {
        let next = {
            let mut state = self.state();
            state.fetched.push(request.clone());
            state.answers.pop_front()
        };
        match &next {
            Some(Scripted::Answer(answer)) => on_head(answer.headers()),
            Some(Scripted::HeadThen(headers, _)) => on_head(headers),
            _ => {}
        }
        match next {
            Some(Scripted::Answer(answer)) if answer.body().len() > limits.max_body_bytes => {
                super::too_long(answer)
            }
            Some(Scripted::Answer(answer)) => ready(Ok(answer)).await,
            Some(Scripted::HeadThen(_, error) | Scripted::Failure(error)) => Err(error),
            Some(Scripted::Silence) => pending().await,
            None => Err(FetchError::Denied),
        }
    }
}

/// Reads a body in memory.
impl RequestBody for &[u8] {
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyError> {
        if self.len() > limit {
            return Err(BodyError::TooLong);
        }
        Ok(self.to_vec())
    }
}
