//! The identity provider's keys: kept in the instance, shared through the store, and fetched as [`key_policy`] decides.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::header::{ACCEPT, USER_AGENT};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::jwks::{KeySet, MAX_DOCUMENT_BYTES, StoreKeys};
use super::key_policy::{self, Attempt, Attempts, FETCH_TIMEOUT, Step, Want};
use super::settings::JwksSource;
use crate::platform::{AGENT, Clock, Counters, Fetch, FetchError, FetchLimits, Store, within};
use crate::strict_json;

/// The pause after which a request looks again whether another request of its instance has fetched.
const POLL_INTERVAL: Duration = Duration::from_millis(25);

/// The pause after which it looks again whether another instance has. Each look is a read of the store.
const SHARED_POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The reason why a request has no keys that it can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoKeys {
    /// The provider has no newer ones.
    NoneNewer,
    /// A fetch failed; the text says why, for the log.
    Unavailable(String),
}

/// Keys, and the reason why they could not be renewed if they are stale.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) set: Arc<KeySet>,
    pub(super) stale: Option<String>,
}

/// The keys of the identity provider, as this instance knows them.
#[derive(Debug, Default)]
pub(super) struct KeySource(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    held: Option<Arc<KeySet>>,
    attempts: Attempts,
    /// The reason why the last fetch failed.
    failure: Option<String>,
    /// The request that looks and fetches for all others of this instance: its number, and when it began, by the
    /// monotonic clock.
    turn: Option<(u64, Duration)>,
    turns: u64,
}

/// The turn of one request. It also ends if the request is dropped.
struct Turn<'a> {
    source: &'a KeySource,
    number: u64,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.source.state();
        if state.turn.is_some_and(|(number, _)| number == self.number) {
            state.turn = None;
        }
    }
}

impl KeySource {
    /// Returns the keys that a request needs, and fetches them if it must.
    pub(super) async fn keys(
        &self,
        platform: &(impl Clock + Store + Counters + Fetch),
        source: &JwksSource,
        names: &StoreKeys,
        want: Want,
    ) -> Result<Keys, NoKeys> {
        let asked_at = platform.monotonic();
        loop {
            match self.step(want, platform.now()) {
                Step::Use => return self.held(platform.now()),
                Step::UseAndRenew => {
                    if let Some(_turn) = self.take_turn(platform) {
                        self.look(platform, names).await;
                        if self.step(want, platform.now()) == Step::UseAndRenew {
                            self.fetch_for_all(platform, source, names, want).await;
                        }
                    }
                    return self.held(platform.now());
                }
                Step::Fetch => match self.take_turn(platform) {
                    Some(_turn) => {
                        self.look(platform, names).await;
                        if self.step(want, platform.now()) == Step::Fetch {
                            self.fetch_for_all(platform, source, names, want).await;
                        }
                    }
                    None => platform.sleep(POLL_INTERVAL).await,
                },
                Step::Wait => match self.take_turn(platform) {
                    Some(_turn) => {
                        platform.sleep(SHARED_POLL_INTERVAL).await;
                        self.look(platform, names).await;
                    }
                    None => platform.sleep(POLL_INTERVAL).await,
                },
                Step::NoneNewer => return Err(NoKeys::NoneNewer),
                Step::Unavailable => return Err(self.unavailable()),
            }
            // Another request's fetch may be followed by yet another one's, so the wait as a whole is bounded too.
            if platform.monotonic().saturating_sub(asked_at) > FETCH_TIMEOUT * 2 {
                return Err(self.unavailable());
            }
        }
    }

    fn step(&self, want: Want, now: Duration) -> Step {
        let state = self.state();
        let held = state.held.as_ref().map(|held| held.fetched_at);
        key_policy::step(want, held, &state.attempts, now)
    }

    fn held(&self, now: Duration) -> Result<Keys, NoKeys> {
        let state = self.state();
        let Some(held) = &state.held else {
            drop(state);
            return Err(self.unavailable());
        };
        let fresh = held.is_fresh(now);
        Ok(Keys {
            set: Arc::clone(held),
            stale: state.failure.clone().filter(|_| !fresh),
        })
    }

    fn unavailable(&self) -> NoKeys {
        let failure = self.state().failure.clone();
        let why = failure.unwrap_or_else(|| "the JWKS could not be fetched".to_owned());
        NoKeys::Unavailable(why)
    }

    /// Reads what the other instances have fetched and tried.
    async fn look(&self, platform: &(impl Clock + Store), names: &StoreKeys) {
        let record = platform.get(&names.record).await.ok().flatten();
        if let Some(shared) = record.and_then(|record| KeySet::from_record(&record)) {
            self.hold(shared, platform.now());
        }
        let attempts = platform.get(&names.attempts).await.ok().flatten();
        if let Some(attempts) = attempts.and_then(|attempts| parse_attempts(&attempts)) {
            let mut state = self.state();
            state.attempts.learn(attempts);
            if state.attempts.last.is_some_and(|last| last.failed) {
                let other = "another instance could not fetch the JWKS";
                state.failure.get_or_insert_with(|| other.to_owned());
            }
        }
    }

    /// Fetches keys for all instances, unless another one is about to. Where the store cannot count, an instance fetches
    /// for itself.
    async fn fetch_for_all(
        &self,
        platform: &(impl Clock + Store + Counters + Fetch),
        source: &JwksSource,
        names: &StoreKeys,
        want: Want,
    ) {
        let now = platform.now();
        let held = self.state().held.as_ref().map(|held| held.fetched_at);
        let claim = names.claim(held, now);
        match platform.count_up(&claim, 1).await {
            Ok(1) => {
                // Another instance may have ended, and its claim with it, between the look and this claim.
                let step = self.step(want, now);
                self.look(platform, names).await;
                if self.step(want, platform.now()) == step {
                    self.fetch(platform, source, names, want).await;
                }
                // A claim that stays is in nobody's way: the next one has another name.
                let _ = platform.remove(&claim).await;
            }
            Ok(_) => self.state().attempts.begin(now),
            Err(_) => self.fetch(platform, source, names, want).await,
        }
    }

    /// Fetches keys, and tells the other instances the result.
    async fn fetch(
        &self,
        platform: &(impl Clock + Store + Fetch),
        source: &JwksSource,
        names: &StoreKeys,
        want: Want,
    ) {
        let began = platform.now();
        let tell = async || {
            let attempts = self.state().attempts;
            let _ = platform
                .set(&names.attempts, &attempts_record(&attempts))
                .await;
        };
        self.state().attempts.begin(began);
        tell().await;
        match fetch(platform, source).await {
            Ok(fetched) => {
                let record = fetched.to_record();
                {
                    let mut state = self.state();
                    state.attempts.succeed(want, began);
                    state.held = Some(Arc::new(fetched));
                    state.failure = None;
                }
                let _ = platform.set(&names.record, &record).await;
            }
            Err(why) => {
                let mut state = self.state();
                state.attempts.fail(platform.now());
                state.failure = Some(why);
            }
        }
        tell().await;
    }

    /// Holds keys that another instance fetched, unless those that are held are newer.
    fn hold(&self, shared: KeySet, now: Duration) {
        let mut state = self.state();
        let held = state.held.as_ref().map(|held| held.fetched_at);
        if held.is_none_or(|held| held < shared.fetched_at) && shared.is_usable(now) {
            if shared.is_fresh(now) {
                state.failure = None;
            }
            state.held = Some(Arc::new(shared));
        }
    }

    /// Takes the turn to look and fetch, unless another request of this instance has it.
    fn take_turn(&self, platform: &impl Clock) -> Option<Turn<'_>> {
        let now = platform.monotonic();
        let mut state = self.state();
        // A request that has the turn for longer than anything takes is gone, and nobody ended it.
        let lost = |began: Duration| now.saturating_sub(began) >= FETCH_TIMEOUT * 2;
        if state.turn.is_some_and(|(_, began)| !lost(began)) {
            return None;
        }
        state.turns = state.turns.wrapping_add(1);
        let number = state.turns;
        state.turn = Some((number, now));
        Some(Turn {
            source: self,
            number,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the attempts as a record for the other instances.
fn attempts_record(attempts: &Attempts) -> Vec<u8> {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    json!({
        "at_ms": attempts.last.map(|last| millis(last.at)),
        "failed": attempts.last.is_some_and(|last| last.failed),
        "searched_at_ms": attempts.searched_at.map(millis),
    })
    .to_string()
    .into_bytes()
}

fn parse_attempts(record: &[u8]) -> Option<Attempts> {
    let record = strict_json::parse(record).ok()?;
    let time = |name| {
        let millis = record.get(name).and_then(Value::as_u64)?;
        Some(Duration::from_millis(millis))
    };
    let failed = record.get("failed").and_then(Value::as_bool)?;
    Some(Attempts {
        last: time("at_ms").map(|at| Attempt { at, failed }),
        searched_at: time("searched_at_ms"),
    })
}

async fn fetch(platform: &(impl Clock + Fetch), source: &JwksSource) -> Result<KeySet, String> {
    let request = Request::get(format!("{}{}", source.origin, source.path))
        .header(ACCEPT, "application/jwk-set+json, application/json")
        .header(USER_AGENT, AGENT)
        .body(Vec::new())
        .map_err(|_| "the JWKS address is not a URL".to_owned())?;
    let limits = FetchLimits {
        connect_timeout: FETCH_TIMEOUT,
        timeout: FETCH_TIMEOUT,
        max_body_bytes: MAX_DOCUMENT_BYTES,
    };
    let answer = within(
        platform,
        FETCH_TIMEOUT,
        platform.fetch(&request, limits, |_| ()),
    )
    .await
    .unwrap_or(Err(FetchError::Timeout))
    .map_err(|error| format!("the JWKS could not be fetched: {error}"))?;
    if answer.status() != StatusCode::OK {
        let status = answer.status().as_u16();
        return Err(format!("the JWKS was answered with status {status}"));
    }
    let fetched = KeySet::parse(answer.body(), platform.now()).map_err(str::to_owned)?;
    if fetched.keys.is_empty() {
        // Tokens that good keys would verify must not be refused because the provider answers nonsense for a while.
        return Err(format!("the JWKS has no usable key{}", fetched.passed_over));
    }
    Ok(fetched)
}
