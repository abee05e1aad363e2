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
    /// Until when another fetch of stale keys is useless.
    stale_until: Duration,
    /// The last fetch for an unknown key, by any instance.
    search: Option<Search>,
    /// Why the last fetch failed.
    failure: Option<String>,
}

/// A fetch under way, by the monotonic time when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Flight(Duration);

/// A fetch for an unknown key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Search {
    /// When it began, by the wall clock.
    since: Duration,
    /// Whether it is known to have ended.
    over: bool,
}

/// Ends a flight, also if the request that made it is dropped.
struct Landing<'a>(&'a KeySource);

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        self.0.state().flight = None;
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
                let fetched = if let Some(_landing) = self.take_off(host) {
                    self.fetch(host, source, names).await.ok()
                } else {
                    // A renewal has begun meanwhile and is as good.
                    self.wait_for_flight(host).await;
                    self.usable(host.now()).filter(other)
                };
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
        self.state().stale_until = now.saturating_add(FETCH_INTERVAL);
        self.fetch(host, source, names).await.unwrap_or(held)
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
        loop {
            if let Some(shared) = self.adopt_shared(host, names, None).await {
                if shared.age(host.now()) == Age::Fresh {
                    return Ok(shared);
                }
                drop(landing);
                return Ok(self.renew(host, source, names, shared).await);
            }
            let now = host.now();
            let fetched = match lease::take(host, &names.first_lease, now, FETCH_TIMEOUT).await {
                Ok(Lease::Taken) => {
                    let fetched = self.fetch(host, source, names).await;
                    if fetched.is_err() {
                        self.share_failure(host, names, now).await;
                    }
                    fetched
                }
                Ok(Lease::Held { .. }) if self.others_failed(host, names, began).await => {
                    Err("another instance could not fetch the JWKS".to_owned())
                }
                Ok(Lease::Held { .. }) if now.saturating_sub(began) < FETCH_TIMEOUT => {
                    host.sleep(SHARED_POLL_INTERVAL).await;
                    continue;
                }
                Ok(Lease::Held { .. }) => Err("another instance still fetches the JWKS".to_owned()),
                // Without its store, an instance fetches for itself.
                Err(_) => self.fetch(host, source, names).await,
            };
            return fetched.map_err(|why| unavailable(Some(why)));
        }
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
    ) -> Result<Arc<KeySet>, String> {
        let fetched = match fetch(host, source).await {
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
        self.state().held = Some(Arc::clone(&shared));
        Some(shared)
    }

    /// When the last search began, if that is so recent that there must not be another one.
    fn last_search(&self, now: Duration) -> Option<Duration> {
        let search = self.state().search?;
        let age = now.checked_sub(search.since)?;
        (age < FETCH_INTERVAL).then_some(search.since)
    }

    /// Waits for the keys that another instance searches for since a given time, as long as it can still get them.
    async fn wait_for_other_instance(
        &self,
        host: &(impl Clock + Store),
        names: &StoreKeys,
        than: &KeySet,
        since: Duration,
    ) -> Option<Arc<KeySet>> {
        let over = |state: &State| state.search.is_some_and(|search| search.over);
        while than.fetched_at < since
            && host.now().saturating_sub(since) < FETCH_TIMEOUT
            && !over(&self.state())
        {
            host.sleep(SHARED_POLL_INTERVAL).await;
            let shared = self.adopt_shared(host, names, Some(than.fetched_at)).await;
            if shared.is_some() {
                return shared;
            }
        }
        // It may have ended while this slept.
        let held = self.usable(host.now())?;
        (held.fetched_at > than.fetched_at).then_some(held)
    }

    /// Waits until no fetch is under way in this instance.
    async fn wait_for_flight(&self, host: &impl Clock) {
        // A task cannot wake another one of its instance everywhere, so this looks again and again. The fetch has a
        // deadline; what is longer under way belongs to a request that is gone.
        loop {
            match self.state().flight {
                Some(Flight(began))
                    if host.monotonic().saturating_sub(began) < FETCH_TIMEOUT * 2 => {}
                _ => return,
            }
            host.sleep(POLL_INTERVAL).await;
        }
    }

    /// Begins a flight, unless there is one.
    fn take_off(&self, host: &impl Clock) -> Option<Landing<'_>> {
        let mut state = self.state();
        let now = host.monotonic();
        match state.flight {
            Some(Flight(began)) if now.saturating_sub(began) < FETCH_TIMEOUT * 2 => None,
            _ => {
                state.flight = Some(Flight(now));
                Some(Landing(self))
            }
        }
    }

    fn usable(&self, now: Duration) -> Option<Arc<KeySet>> {
        let held = self.state().held.clone()?;
        (held.age(now) != Age::Expired).then_some(held)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn fetch(host: &(impl Clock + Fetch), source: &JwksSource) -> Result<KeySet, String> {
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
    let answer = within(host, FETCH_TIMEOUT, host.fetch(&request, limits))
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
