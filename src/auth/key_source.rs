//! The identity provider's keys: kept in the instance, shared through the store, fetched when they must be.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Request;
use http::header::{ACCEPT, USER_AGENT};

use super::jwks::{Age, KeySet, MAX_DOCUMENT_BYTES, StoreKeys};
use crate::config::JwksSource;
use crate::host::{AGENT, Clock, Fetch, FetchError, FetchLimits, Store, within};
use crate::lease::{self, Lease};

/// How long a fetch may take, with everything.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// How long nobody fetches again after a fetch: for an unknown key, however many tokens name one; and for stale keys,
/// while the provider is down.
const FETCH_INTERVAL: Duration = Duration::from_secs(30);

/// How long an instance does not ask again for the first keys after it could not have them.
const FAILURE_INTERVAL: Duration = Duration::from_millis(500);

/// How often a request looks whether another one of its instance has fetched.
const POLL_INTERVAL: Duration = Duration::from_millis(25);

/// How often it looks whether another instance has. Each look is a read of the store.
const SHARED_POLL_INTERVAL: Duration = Duration::from_millis(100);

/// No key is held, and none could be fetched; the text says why, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeysUnavailable(pub(super) String);

/// The keys of the identity provider, as this instance knows them.
#[derive(Debug, Default)]
pub(super) struct KeySource {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Arc<KeySet>>,
    /// The fetch that is under way in this instance.
    flight: Option<Flight>,
    /// How many there have been.
    flights: u64,
    /// When the first keys could not be had, by the wall clock.
    failed_at: Option<Duration>,
    /// Until when another fetch of stale keys is useless.
    stale_until: Duration,
    /// The last fetch for an unknown key, by any instance.
    search: Option<Search>,
    /// Why the last fetch failed.
    failure: Option<String>,
}

/// A fetch under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Flight {
    number: u64,
    /// When it began, by the monotonic clock.
    began: Duration,
}

/// A fetch for an unknown key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Search {
    /// When it began, by the wall clock.
    since: Duration,
    /// Whether it is known to have ended.
    over: bool,
}

/// Ends a flight, also if the request that made it is dropped.
struct Landing<'a> {
    source: &'a KeySource,
    flight: Flight,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        let mut state = self.source.state();
        if state.flight == Some(self.flight) {
            state.flight = None;
        }
    }
}

impl KeySource {
    /// The keys to verify a token with, fetched if none are held or those that are held are stale.
    ///
    /// # Errors
    /// There are none.
    pub(super) async fn current(
        &self,
        host: &(impl Clock + Store + Fetch),
        source: &JwksSource,
        names: &StoreKeys,
    ) -> Result<Arc<KeySet>, KeysUnavailable> {
        let now = host.now();
        if let Some(held) = self.usable(now) {
            if held.age(now) == Age::Fresh || now < self.state().stale_until {
                return Ok(held);
            }
            return Ok(self.renew(host, source, names, held).await);
        }
        self.first(host, source, names).await
    }

    /// Keys that are newer than those with which a token's key could not be found, if there are any to be had.
    pub(super) async fn newer(
        &self,
        host: &(impl Clock + Store + Fetch),
        source: &JwksSource,
        names: &StoreKeys,
        than: &Arc<KeySet>,
    ) -> Option<Arc<KeySet>> {
        self.wait_for_flight(host).await;
        let now = host.now();
        let other = |held: &Arc<KeySet>| !Arc::ptr_eq(held, than);
        if let Some(held) = self.usable(now).filter(other) {
            return Some(held);
        }
        if let Some(since) = self.last_search(now) {
            return self.wait_for_other_instance(host, names, than, since).await;
        }
        if let Some(shared) = self.adopt_shared(host, names, Some(than.fetched_at)).await {
            return Some(shared);
        }
        match lease::take(host, &names.unknown_lease, now, FETCH_INTERVAL).await {
            Ok(Lease::Held { since }) => {
                self.state().search = Some(Search { since, over: false });
                self.wait_for_other_instance(host, names, than, since).await
            }
            // Without its store, an instance can still hold back by itself.
            Ok(Lease::Taken) | Err(_) => {
                self.state().search = Some(Search {
                    since: now,
                    over: false,
                });
                // Others of this instance may wait for another one to fetch, not knowing that it is this one. They must
                // not keep it from doing so.
                let _landing = self.take_off(host);
                let fetched = self.fetch(host, source, names, FETCH_TIMEOUT).await.ok();
                self.state().search = Some(Search {
                    since: now,
                    over: true,
                });
                fetched
            }
        }
    }

    /// Why the keys that are held could not be renewed, if so.
    pub(super) fn failure(&self) -> Option<String> {
        self.state().failure.clone()
    }

    /// Renews stale keys. One request does so, the others go on with the stale ones.
    async fn renew(
        &self,
        host: &(impl Clock + Store + Fetch),
        source: &JwksSource,
        names: &StoreKeys,
        held: Arc<KeySet>,
    ) -> Arc<KeySet> {
        let Some(_landing) = self.take_off(host) else {
            return held;
        };
        let now = host.now();
        let shared = self.adopt_shared(host, names, Some(held.fetched_at)).await;
        let held = shared.unwrap_or(held);
        if held.age(now) == Age::Fresh {
            return held;
        }
        let lease = lease::take(host, &names.stale_lease, now, FETCH_INTERVAL).await;
        if let Ok(Lease::Held { since }) = lease {
            // Another instance is at it; its keys are looked for again in a moment.
            self.state().stale_until = now
                .saturating_add(Duration::from_secs(1))
                .min(since.saturating_add(FETCH_INTERVAL));
            return held;
        }
        let fetched = self.fetch(host, source, names, FETCH_TIMEOUT).await;
        self.state().stale_until = now.saturating_add(FETCH_INTERVAL);
        fetched.unwrap_or(held)
    }

    /// Gets keys where there are none that can be used. Of all requests that need them one fetches, and the others
    /// wait for what it gets.
    async fn first(
        &self,
        host: &(impl Clock + Store + Fetch),
        source: &JwksSource,
        names: &StoreKeys,
    ) -> Result<Arc<KeySet>, KeysUnavailable> {
        let unavailable = |why: Option<String>| {
            let why = why.unwrap_or_else(|| "the JWKS is still being fetched".to_owned());
            KeysUnavailable(format!("no key is held: {why}"))
        };
        let Some(landing) = self.take_off(host) else {
            self.wait_for_flight(host).await;
            return self
                .usable(host.now())
                .ok_or_else(|| unavailable(self.failure()));
        };
        let began = host.now();
        if self.has_just_failed(began) {
            return Err(unavailable(self.failure()));
        }
        loop {
            if let Some(shared) = self.adopt_shared(host, names, None).await {
                if shared.age(host.now()) == Age::Fresh {
                    return Ok(shared);
                }
                drop(landing);
                return Ok(self.renew(host, source, names, shared).await);
            }
            let now = host.now();
            let left = FETCH_TIMEOUT.saturating_sub(now.saturating_sub(began));
            let fetched = match lease::take(host, &names.first_lease, now, FETCH_TIMEOUT).await {
                Ok(Lease::Taken) => {
                    let fetched = self.fetch(host, source, names, left).await;
                    if fetched.is_err() {
                        self.share_failure(host, names, now).await;
                    }
                    fetched
                }
                Ok(Lease::Held { .. }) if self.others_failed(host, names, began).await => {
                    Err("another instance could not fetch the JWKS".to_owned())
                }
                Ok(Lease::Held { .. }) if !left.is_zero() => {
                    host.sleep(SHARED_POLL_INTERVAL).await;
                    continue;
                }
                Ok(Lease::Held { .. }) => Err("another instance still fetches the JWKS".to_owned()),
                // Without its store, an instance fetches for itself.
                Err(_) => self.fetch(host, source, names, left).await,
            };
            return fetched.map_err(|why| {
                self.state().failed_at = Some(host.now());
                unavailable(Some(why))
            });
        }
    }

    /// Whether the first keys could not be had a moment ago. Anybody can send a token, so without this anybody could
    /// make an ailing provider work.
    fn has_just_failed(&self, now: Duration) -> bool {
        let failed_at = self.state().failed_at;
        failed_at.is_some_and(|failed_at| now.abs_diff(failed_at) < FAILURE_INTERVAL)
    }

    /// Tells the other instances that the keys could not be fetched, so that those that wait need not wait longer, and
    /// lets the next one try.
    async fn share_failure(
        &self,
        host: &(impl Clock + Store),
        names: &StoreKeys,
        lease_taken: Duration,
    ) {
        let now = host.now().as_millis().to_string();
        // If this cannot be told, those that wait do so until their time is up.
        let _ = host.set(&names.failure, now.as_bytes()).await;
        let _ = lease::release(host, &names.first_lease, lease_taken, FETCH_TIMEOUT).await;
    }

    /// Whether another instance has failed to fetch the keys since a given time.
    async fn others_failed(&self, host: &impl Store, names: &StoreKeys, since: Duration) -> bool {
        let failure = host
            .get(&names.failure)
            .await
            .ok()
            .flatten()
            .unwrap_or_default();
        let failed_at = std::str::from_utf8(&failure)
            .ok()
            .and_then(|text| text.parse().ok());
        failed_at.is_some_and(|millis| Duration::from_millis(millis) >= since)
    }

    /// Fetches the keys and shares them.
    async fn fetch(
        &self,
        host: &(impl Clock + Store + Fetch),
        source: &JwksSource,
        names: &StoreKeys,
        timeout: Duration,
    ) -> Result<Arc<KeySet>, String> {
        let fetched = match fetch(host, source, timeout).await {
            Ok(fetched) => Arc::new(fetched),
            Err(why) => {
                self.state().failure = Some(why.clone());
                return Err(why);
            }
        };
        {
            let mut state = self.state();
            state.held = Some(Arc::clone(&fetched));
            state.failure = None;
        }
        // If they cannot be shared, the other instances fetch for themselves.
        let _ = host.set(&names.record, &fetched.to_record()).await;
        Ok(fetched)
    }

    /// Takes over the keys that another instance shared, if they are usable and newer than those at hand.
    async fn adopt_shared(
        &self,
        host: &(impl Clock + Store),
        names: &StoreKeys,
        newer_than: Option<Duration>,
    ) -> Option<Arc<KeySet>> {
        let record = host.get(&names.record).await.ok()??;
        let shared = Arc::new(KeySet::from_record(&record)?);
        let newer = newer_than.is_none_or(|time| shared.fetched_at > time);
        if !newer || shared.age(host.now()) == Age::Expired {
            return None;
        }
        let mut state = self.state();
        // A fetch may have ended while the store was read.
        let newest = state
            .held
            .take_if(|held| held.fetched_at >= shared.fetched_at)
            .unwrap_or(shared);
        state.held = Some(Arc::clone(&newest));
        Some(newest)
    }

    /// When the last search began, if that is so recent that there must not be another one.
    fn last_search(&self, now: Duration) -> Option<Duration> {
        let search = self.state().search?;
        let age = now.checked_sub(search.since)?;
        (age < FETCH_INTERVAL).then_some(search.since)
    }

    /// Waits for the keys that another instance searches for since a given time, as long as it can still get them. One
    /// request of this instance looks for them in the store, the others wait for what it finds.
    async fn wait_for_other_instance(
        &self,
        host: &(impl Clock + Store),
        names: &StoreKeys,
        than: &KeySet,
        since: Duration,
    ) -> Option<Arc<KeySet>> {
        let newer = |held: &Arc<KeySet>| held.fetched_at > than.fetched_at;
        let is_over = |state: &State| state.search.is_some_and(|search| search.over);
        if than.fetched_at >= since || is_over(&self.state()) {
            return self.usable(host.now()).filter(newer);
        }
        let Some(_landing) = self.take_off(host) else {
            self.wait_for_flight(host).await;
            return self.usable(host.now()).filter(newer);
        };
        while host.now().saturating_sub(since) < FETCH_TIMEOUT {
            host.sleep(SHARED_POLL_INTERVAL).await;
            let held = self.usable(host.now()).filter(newer);
            if held.is_some() || is_over(&self.state()) {
                return held;
            }
            let shared = self.adopt_shared(host, names, Some(than.fetched_at)).await;
            if shared.is_some() {
                return shared;
            }
        }
        self.state().search = Some(Search { since, over: true });
        None
    }

    /// Waits until the fetch that is under way in this instance has ended, if there is one.
    async fn wait_for_flight(&self, host: &impl Clock) {
        let flight = self.state().flight;
        // A task cannot wake another one of its instance everywhere, so this looks again and again.
        while flight.is_some() && self.state().flight == flight && !is_lost(flight, host) {
            host.sleep(POLL_INTERVAL).await;
        }
    }

    /// Begins a flight, unless there is one.
    fn take_off(&self, host: &impl Clock) -> Option<Landing<'_>> {
        let mut state = self.state();
        if state.flight.is_some() && !is_lost(state.flight, host) {
            return None;
        }
        state.flights += 1;
        let flight = Flight {
            number: state.flights,
            began: host.monotonic(),
        };
        state.flight = Some(flight);
        Some(Landing {
            source: self,
            flight,
        })
    }

    fn usable(&self, now: Duration) -> Option<Arc<KeySet>> {
        let held = self.state().held.clone()?;
        (held.age(now) != Age::Expired).then_some(held)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a fetch is under way for longer than fetches are. Its request is gone, and nobody ended it.
fn is_lost(flight: Option<Flight>, host: &impl Clock) -> bool {
    flight.is_some_and(|flight| {
        host.monotonic().saturating_sub(flight.began) >= FETCH_TIMEOUT.saturating_mul(2)
    })
}

async fn fetch(
    host: &(impl Clock + Fetch),
    source: &JwksSource,
    timeout: Duration,
) -> Result<KeySet, String> {
    let request = Request::get(format!("{}{}", source.origin, source.path))
        .header(ACCEPT, "application/jwk-set+json, application/json")
        .header(USER_AGENT, AGENT)
        .body(Vec::new())
        .map_err(|_| "the JWKS address is not a URL".to_owned())?;
    let limits = FetchLimits {
        connect_timeout: timeout,
        timeout,
        max_body_bytes: MAX_DOCUMENT_BYTES,
    };
    let answer = within(host, timeout, host.fetch(&request, limits))
        .await
        .unwrap_or(Err(FetchError::Timeout))
        .map_err(|error| format!("the JWKS could not be fetched: {error}"))?;
    if answer.status() != http::StatusCode::OK {
        return Err(format!(
            "the JWKS was answered with status {}",
            answer.status().as_u16()
        ));
    }
    KeySet::parse(answer.body(), host.now()).map_err(str::to_owned)
}
