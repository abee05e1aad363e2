//! The platform that Portico runs on: clock, randomness, variables, store, counters and outbound HTTP.
//!
//! Everything that touches the world goes through these traits, so that all else can be tested without it. A shell
//! implements them for one kind of host (`shells/spin`); [`memory`] implements them for native tests.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use crate::redis::RedisServer;

pub mod instance_counters;
#[cfg(not(target_family = "wasm"))]
pub mod memory;

/// Time: the calendar for tokens and records, a monotonic clock for durations, and sleeping.
pub trait Clock {
    /// Wall-clock time since the Unix epoch. It can jump in both directions.
    fn now(&self) -> Duration;
    /// Time since an arbitrary moment; it never goes back.
    fn monotonic(&self) -> Duration;
    /// Waits until `duration` has passed.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;
}

/// Randomness fit for identifiers that must not be guessed.
pub trait Random {
    /// Sixteen bytes from a cryptographically secure source.
    fn random_bytes(&self) -> [u8; 16];
}

/// The application variables of `spin.toml`.
pub trait Variables {
    /// Returns the value of a variable, or `None` where it has none.
    ///
    /// # Errors
    /// The variables provider failed. The variable may have a value all the same.
    fn variable(&self, name: &str) -> impl Future<Output = anyhow::Result<Option<String>>>;
}

/// The key-value store labelled `default`.
pub trait Store {
    /// Opens the store and closes it again, to see that it is there.
    fn check(&self) -> impl Future<Output = anyhow::Result<()>>;
    /// Returns the value under `key`, or `None` where there is none. After an error there may be one all the same.
    fn get(&self, key: &str) -> impl Future<Output = anyhow::Result<Option<Vec<u8>>>>;
    /// Puts a value under `key`. After an error the value may be there all the same.
    fn set(&self, key: &str, value: &[u8]) -> impl Future<Output = anyhow::Result<()>>;
    /// Removes a value; it is no failure if there is none. After an error the value may be gone all the same.
    fn delete(&self, key: &str) -> impl Future<Output = anyhow::Result<()>>;
}

/// Counters: in the place that the configuration chooses, or else where the platform keeps them by itself.
pub trait Counters {
    /// Counts on this Redis server from now on, if the platform can reach one.
    fn count_on(&self, server: &RedisServer) -> Result<(), NoRedis>;
    /// Returns true if all instances count in the same place. Where each counts for itself, counts bound what one
    /// instance does, and tell nothing of the others.
    fn shared(&self) -> bool {
        true
    }
    /// Adds to the counter under `key`, which is zero before its first use, and returns its new value, in one step.
    /// Counters have keys of their own: their encoding is the store's, and [`Store::get`] does not read it. After an
    /// error the counter may have changed all the same.
    fn increment(&self, key: &str, delta: i64) -> impl Future<Output = anyhow::Result<i64>>;
    /// Adds as [`Counters::increment`] does, to a counter from which nothing is ever given back, and which is only
    /// changed by this. It costs less on hosts whose counters cannot go down.
    fn count_up(&self, key: &str, by: u32) -> impl Future<Output = anyhow::Result<i64>> {
        self.increment(key, by.into())
    }
    /// Returns true if counters can go away by themselves, so that [`Counters::count_up_for`] does what it says.
    fn expire(&self) -> bool {
        false
    }
    /// Adds as [`Counters::count_up`] does, to a counter that goes away by itself, so long after it began. Where
    /// counters do not, it stays.
    fn count_up_for(
        &self,
        key: &str,
        by: u32,
        _lifetime: Duration,
    ) -> impl Future<Output = anyhow::Result<i64>> {
        self.count_up(key, by)
    }
    /// Removes a counter; it is no failure if there is none. The next [`Counters::increment`] begins at zero.
    fn remove(&self, key: &str) -> impl Future<Output = anyhow::Result<()>>;
}

/// The platform cannot reach a Redis server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRedis;

/// Outbound calls over HTTP.
pub trait Fetch {
    /// Sends a request and returns the whole answer, of which at most `limits.max_body_bytes` are read. Redirects are
    /// not followed. `on_head` gets the answer's header fields as soon as they are there, also if the body never comes.
    fn fetch(
        &self,
        request: &http::Request<Vec<u8>>,
        limits: FetchLimits,
        on_head: impl FnOnce(&http::HeaderMap),
    ) -> impl Future<Output = Result<http::Response<Vec<u8>>, FetchError>>;
}

/// The name by which Portico introduces itself (RFC 9110, section 10.1.5).
pub const AGENT: &str = concat!("Portico/", env!("CARGO_PKG_VERSION"));

/// Waits for a future until a time has passed. Then the future is dropped, and `None` is returned.
pub async fn within<T>(
    clock: &impl Clock,
    timeout: Duration,
    awaited: impl Future<Output = T>,
) -> Option<T> {
    let mut awaited = pin!(awaited);
    let mut timer = pin!(clock.sleep(timeout));
    std::future::poll_fn(|context| {
        if let Poll::Ready(result) = awaited.as_mut().poll(context) {
            return Poll::Ready(Some(result));
        }
        timer.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// Waits as [`within`] does, for a future that is usually ready after one turn. It asks for its timer after that turn,
/// because a timer takes several calls to the host.
pub async fn soon_within<T>(
    clock: &impl Clock,
    timeout: Duration,
    awaited: impl Future<Output = T>,
) -> Option<T> {
    let mut awaited = pin!(awaited);
    let mut waited = false;
    let first_turn = std::future::poll_fn(|context| {
        let polled = awaited.as_mut().poll(context);
        if polled.is_ready() || mem::replace(&mut waited, true) {
            return Poll::Ready(polled);
        }
        context.waker().wake_by_ref();
        Poll::Pending
    });
    match first_turn.await {
        Poll::Ready(result) => Some(result),
        Poll::Pending => within(clock, timeout, awaited).await,
    }
}

/// Waits for several futures at the same time, and returns their results in the futures' order.
pub async fn side_by_side<F: Future>(awaited: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut awaited: Vec<_> = awaited
        .into_iter()
        .map(|future| (Box::pin(future), None))
        .collect();
    std::future::poll_fn(|context| {
        let mut all = true;
        for (future, output) in &mut awaited {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(ready) => *output = Some(ready),
                    Poll::Pending => all = false,
                }
            }
        }
        if all { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    awaited
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}

/// The longest that an operation of the store may take. Stores answer within milliseconds; one that stalls must not
/// hold a request, and with it a place in the instance, for ever.
pub const STORE_TIMEOUT: Duration = Duration::from_secs(5);

/// Waits for an operation of the store, for at most [`STORE_TIMEOUT`]. One that fails or takes too long may have an
/// effect all the same.
pub async fn bounded<T>(
    clock: &impl Clock,
    operation: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    within(clock, STORE_TIMEOUT, operation)
        .await
        .unwrap_or_else(|| Err(anyhow::anyhow!("the store did not answer within 5 seconds")))
}

/// Reads an answer whose body is longer than the limit. One that reports success is a failure. One that reports a
/// failure is returned without its body, often a page of HTML, since its status says enough.
pub fn too_long(
    mut answer: http::Response<Vec<u8>>,
) -> Result<http::Response<Vec<u8>>, FetchError> {
    if answer.status().is_success() {
        return Err(FetchError::BodyTooLong);
    }
    answer.body_mut().clear();
    Ok(answer)
}

/// A platform: all of the traits above.
pub trait Platform: Clock + Random + Variables + Store + Counters + Fetch {}

impl<T: Clock + Random + Variables + Store + Counters + Fetch> Platform for T {}

/// The body of an inbound request, read only once the caller has a right to be served.
pub trait RequestBody {
    /// Reads the body to its end, and at most `limit` bytes of it.
    fn read(self, limit: usize) -> impl Future<Output = Result<Vec<u8>, BodyError>>;
}

/// The reason why an inbound body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    TooLong,
    /// The connection broke before its end.
    Broken,
    /// The body did not end in time.
    TooSlow,
}

/// Bounds for one outbound call.
#[derive(Clone, Copy, Debug)]
pub struct FetchLimits {
    /// The longest that connecting may take.
    pub connect_timeout: Duration,
    /// The longest that the first byte and each pause between bytes may take. The caller races a timer of its own
    /// against the whole call, because hosts have no bound on that.
    pub timeout: Duration,
    /// The most bytes of the answer's body that are read.
    pub max_body_bytes: usize,
}

/// The reason why an outbound call has no whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// The host does not allow the call: the address is not in `allowed_outbound_hosts`.
    Denied,
    Timeout,
    /// The body is longer than the limit.
    BodyTooLong,
    /// The body ended before its announced length.
    BodyTruncated,
    /// Anything else on the way: name look-up, connection, TLS, protocol. The text is for the log and names no address.
    Connection(String),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => {
                f.write_str("the host does not allow this address (allowed_outbound_hosts)")
            }
            Self::Timeout => f.write_str("timed out"),
            Self::BodyTooLong => f.write_str("the answer is too long"),
            Self::BodyTruncated => f.write_str("the answer ended early"),
            Self::Connection(what) => write!(f, "the connection failed: {what}"),
        }
    }
}

impl std::error::Error for FetchError {}

#[cfg(test)]
mod tests;
