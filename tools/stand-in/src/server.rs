//! The server: its set-up, and the handle by which a test steers it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::{JoinHandle, JoinSet};

use crate::call;
use crate::connection;
use crate::faults::script::Scripts;
use crate::faults::{Gate, Reply};
use crate::idempotency::StoredAnswers;
use crate::recorded::RecordedRequest;
use crate::resources::{customer, portal_configuration, portal_session};
use crate::state::{Settings, Shared};
use crate::webhook::delivery;

mod documents;
mod events;
mod objects;

/// The set-up of a stand-in that has not started yet.
#[derive(Clone, Default)]
pub struct Builder {
    settings: Settings,
    portal_here: bool,
}

impl Builder {
    /// Takes this API key alone; any that is of the form of one if it is not called.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.settings.api_key = Some(key.into());
        self
    }

    /// Tells the time by `now`, for a test that sets it; by the system's clock if it is not called.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.settings.clock = Some(Arc::new(now));
        self
    }

    /// Lets programs on this machine steer it by requests below `/stand-in/`: choose a fault, deliver events, and change
    /// subscriptions. Replies of [`StripeStandIn::script`] go before a fault that is chosen so.
    #[must_use]
    pub fn controls(mut self) -> Self {
        self.settings.controls = true;
        self
    }

    /// Makes the URLs of portal sessions, checkout sessions, invoices and charges lead to the stand-in itself, which
    /// serves small pages there.
    #[must_use]
    pub fn portal_here(mut self) -> Self {
        self.portal_here = true;
        self
    }

    /// Binds `addr` (port 0 takes a free one) and starts to serve in the background of the current Tokio runtime.
    ///
    /// Fails when the address cannot be bound.
    pub async fn start(self, addr: impl ToSocketAddrs) -> io::Result<StripeStandIn> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let mut settings = self.settings;
        settings.here = self.portal_here.then(|| format!("http://{addr}"));
        let shared = Arc::new(Shared {
            settings,
            state: Mutex::default(),
        });
        for live in [false, true] {
            portal_configuration::set_default(&mut shared.lock().objects, live, true);
        }
        let (jobs, taken) = mpsc::unbounded_channel();
        shared.lock().webhook.jobs = Some(jobs);
        let server = tokio::spawn(serve(listener, Arc::clone(&shared), taken));
        Ok(StripeStandIn {
            addr,
            shared,
            server,
        })
    }
}

/// A running stand-in. Dropping it closes its port and cuts its connections, as [`StripeStandIn::shutdown`] does
/// without waiting.
pub struct StripeStandIn {
    addr: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl StripeStandIn {
    /// Starts a stand-in that knows no customer yet; see [`Builder::start`].
    pub async fn start(addr: impl ToSocketAddrs) -> io::Result<Self> {
        Self::builder().start(addr).await
    }

    /// Sets up a stand-in.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the origin to use as Stripe's API base, such as `http://127.0.0.1:12111`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Registers a customer of the live or the test mode.
    pub fn add_customer(&self, id: impl AsRef<str>, livemode: bool) {
        let customer = customer::new(id.as_ref(), livemode, self.shared.settings.now());
        self.shared.lock().objects.insert(livemode, customer);
    }

    /// Deletes a customer, whose subscriptions are canceled by that.
    pub fn remove_customer(&self, id: &str) {
        let found = self.shared.lock().objects.any(customer::KIND, id);
        if let Some((live, customer)) = found {
            call::act(&self.shared, live, |call| customer::remove(call, &customer));
        }
    }

    /// Registers a portal configuration (`bpc_…`) that sessions may name. Each mode has a default one besides.
    pub fn add_configuration(&self, id: impl AsRef<str>, livemode: bool) {
        let configuration = portal_configuration::new(id.as_ref(), livemode, false);
        self.shared.lock().objects.insert(livemode, configuration);
    }

    /// Says whether a mode has a default portal configuration; it has one unless told otherwise.
    pub fn set_default_configuration(&self, livemode: bool, exists: bool) {
        portal_configuration::set_default(&mut self.shared.lock().objects, livemode, exists);
    }

    /// Sets the next replies for `customer`, one an attempt; then it is served as usual again. Replaces what is left
    /// of an earlier script.
    pub fn script(&self, customer: impl Into<String>, replies: impl IntoIterator<Item = Reply>) {
        let replies = replies.into_iter().collect();
        let mut state = self.shared.lock();
        state.scripts.next.insert(customer.into(), replies);
    }

    /// Sets the next replies for calls with this method and path (`GET`, `/v1/customers/cus_1`), one a call, before those
    /// for customers. Replaces what is left of an earlier script of these calls.
    pub fn script_call(&self, method: &str, path: &str, replies: impl IntoIterator<Item = Reply>) {
        let call = (method.to_owned(), path.to_owned());
        let replies = replies.into_iter().collect();
        self.shared.lock().scripts.calls.insert(call, replies);
    }

    /// Holds the answer to the next call with this method and path back, after those that are held already.
    #[must_use]
    pub fn hold_call(&self, method: &str, path: &str) -> Gate {
        let gate = Gate::new();
        let call = (method.to_owned(), path.to_owned());
        let mut state = self.shared.lock();
        let script = state.scripts.calls.entry(call).or_default();
        script.push_back(Reply::Held(gate.clone()));
        gate
    }

    /// Returns all requests that were received whole, in the order of their arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.lock().requests.clone()
    }

    /// Returns the number of sessions that exist: replayed answers and refused requests create none.
    #[must_use]
    pub fn sessions_created(&self) -> usize {
        let state = self.shared.lock();
        state.objects.count(portal_session::KIND)
    }

    /// Forgets requests, portal sessions, idempotency keys, scripts, events and deliveries; all other objects stay.
    pub fn clear(&self) {
        let mut state = self.shared.lock();
        state.requests.clear();
        state.objects.clear(portal_session::KIND);
        state.answers = StoredAnswers::default();
        state.scripts = Scripts::default();
        state.events.clear();
        state.webhook.deliveries.clear();
    }

    /// Closes the port, cuts all connections, and returns when that is done.
    pub async fn shutdown(mut self) {
        self.server.abort();
        // It ends by being aborted, which is an error of the task.
        let _ = (&mut self.server).await;
    }
}

impl Drop for StripeStandIn {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Accepts connections, and delivers the events that come in, until it is aborted; connections and deliveries end with
/// it. Deliveries are made all at a time, as Stripe does: the order in which they arrive is not that of the events.
async fn serve(listener: TcpListener, shared: Arc<Shared>, mut events: UnboundedReceiver<String>) {
    let mut tasks = JoinSet::new();
    let mut number = 0;
    loop {
        let shared = Arc::clone(&shared);
        tokio::select! {
            // A finished task is taken out at once, so that a long run does not collect them.
            Some(_) = tasks.join_next() => {}
            Some(event) = events.recv() => {
                tasks.spawn(async move { delivery::carry(&shared, &event).await });
            }
            // A failed accept concerns one client that is gone, or a limit that will pass.
            accepted = listener.accept() => if let Ok((socket, _)) = accepted {
                number += 1;
                tasks.spawn(async move {
                    // The client of a connection sees for itself what breaks it.
                    let _ = connection::serve(socket, number, &shared).await;
                });
            } else {
                tokio::task::yield_now().await;
            }
        }
    }
}
