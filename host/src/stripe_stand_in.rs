//! A stand-in for Stripe: a small HTTP server that creates Customer Portal sessions as Stripe does, checks requests
//! as Stripe does, and fails on demand in the ways that networks and servers fail.
//!
//! It knows one API endpoint, `POST /v1/billing_portal/sessions`, and serves the page that a session's URL leads to
//! when it is told to (see [`Builder::portal_here`]). Shapes and messages follow Stripe's documentation and answers
//! seen in the wild.
//!
//! Two kinds of fault can be scripted with [`Reply`]. Some *replace* Stripe's answer (a 500, a 429, a redirect):
//! nothing is created then, and nothing is stored under the idempotency key. Others spoil the *delivery* (a reset, a
//! stall, a body cut short): there the session is created and its answer stored first, as it would be at Stripe, so
//! that a retry with the same key is answered with that very session. The usual ones have names (see [`FAULTS`]), by
//! which they can be chosen over HTTP while a stand-in runs that was built with [`Builder::controls`].
//!
//! # Identifiers with a meaning
//!
//! - A customer exists when it was registered with [`StripeStandIn::add_customer`], or, after
//!   [`Builder::any_customer`], when it looks like `cus_…`.
//! - Any subscription, item, price, coupon, promotion code or account exists when it has its prefix.
//! - Whatever has `missing` right after its prefix (`cus_missing1`, `sub_missing`) never exists.
//! - API keys `sk_test_…` and `rk_test_…` are keys of the test mode, `sk_live_…` and `rk_live_…` of the live mode.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use portico_host::stripe_stand_in::{Reply, StripeStandIn};
//!
//! let stripe = StripeStandIn::start("127.0.0.1:0").await?;
//! stripe.add_customer("cus_123", false);
//! stripe.script("cus_123", [Reply::ResetBeforeHeaders]);
//! // … call `stripe.origin()` twice with one idempotency key …
//! assert_eq!(stripe.requests().len(), 2);
//! assert_eq!(stripe.sessions_created(), 1);
//! # Ok(())
//! # }
//! ```

mod api;
mod connection;
mod control;
mod delivery;
mod error;
mod faults;
mod page;
mod parameters;
mod recorded;
mod reply;
mod session;
mod state;
mod wire;

#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

pub use self::faults::{FAULTS, Fault};
pub use self::recorded::{RecordedRequest, decode_form};
pub use self::reply::Reply;
use self::state::{Shared, Standing, Whom};

/// The host of the session URLs that Stripe itself hands out.
const STRIPE_PORTAL_ORIGIN: &str = "https://billing.stripe.com";

/// How a stand-in is set up before it starts.
#[derive(Debug, Clone, Default)]
pub struct Builder {
    any_customer: bool,
    controls: bool,
    portal: Portal,
}

/// Where session URLs lead.
#[derive(Debug, Clone, Default)]
enum Portal {
    #[default]
    Stripe,
    Here,
    Elsewhere(String),
}

impl Builder {
    /// Takes every `cus_…` for a customer of the mode that the API key asks in, beside those that are registered.
    #[must_use]
    pub fn any_customer(mut self) -> Self {
        self.any_customer = true;
        self
    }

    /// Lets programs on this machine choose a fault by its name (see [`FAULTS`]), with `PUT /stand-in/faults/<name>`.
    ///
    /// Every portal session is answered with it until `DELETE /stand-in/faults`. With `?customer=cus_…` it concerns
    /// one customer, for whom it goes before a fault for all; with `?times=n` it ends after `n` attempts.
    /// `GET /stand-in/faults` lists the names and what is in force. What [`StripeStandIn::script`] says goes first.
    #[must_use]
    pub fn controls(mut self) -> Self {
        self.controls = true;
        self
    }

    /// Makes session URLs lead to the stand-in itself, which serves a small page there.
    #[must_use]
    pub fn portal_here(mut self) -> Self {
        self.portal = Portal::Here;
        self
    }

    /// Makes session URLs lead to `origin` (scheme, host and port, without a trailing slash) instead of
    /// `https://billing.stripe.com`.
    #[must_use]
    pub fn portal_origin(mut self, origin: impl Into<String>) -> Self {
        self.portal = Portal::Elsewhere(origin.into());
        self
    }

    /// Binds `addr` (port 0 takes a free one) and starts to serve in the background of the current Tokio runtime.
    ///
    /// Fails when the address cannot be bound.
    pub async fn start(self, addr: impl ToSocketAddrs) -> io::Result<StripeStandIn> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let portal_origin = match self.portal {
            Portal::Stripe => STRIPE_PORTAL_ORIGIN.to_owned(),
            Portal::Here => format!("http://{addr}"),
            Portal::Elsewhere(origin) => origin,
        };
        let shared = Arc::new(Shared::new(self.any_customer, self.controls, portal_origin));
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(listener, Arc::clone(&shared), stopped));
        Ok(StripeStandIn {
            addr,
            shared,
            stop: Some(stop),
            server: Some(server),
        })
    }
}

/// A running stand-in. Dropping it closes its port and cuts its connections, as [`StripeStandIn::shutdown`] does
/// without waiting.
#[derive(Debug)]
pub struct StripeStandIn {
    addr: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl StripeStandIn {
    /// Starts a stand-in that knows no customer yet; see [`Builder::start`].
    pub async fn start(addr: impl ToSocketAddrs) -> io::Result<Self> {
        Self::builder().start(addr).await
    }

    /// A stand-in to be set up differently.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The address that it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The origin to use as Stripe's API base, such as `http://127.0.0.1:12111`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Registers a customer of the live or the test mode.
    pub fn add_customer(&self, id: impl Into<String>, livemode: bool) {
        self.shared.lock().customers.insert(id.into(), livemode);
    }

    /// Forgets a registered customer, as if it had been deleted.
    pub fn remove_customer(&self, id: &str) {
        self.shared.lock().customers.remove(id);
    }

    /// Registers a portal configuration (`bpc_…`) that sessions may name. Each mode has a default one besides.
    pub fn add_configuration(&self, id: impl Into<String>, livemode: bool) {
        self.shared
            .lock()
            .configurations
            .insert(id.into(), livemode);
    }

    /// Says whether a mode has a default portal configuration; it has one unless told otherwise.
    pub fn set_default_configuration(&self, livemode: bool, exists: bool) {
        let mut state = self.shared.lock();
        let mode = if livemode {
            &mut state.live
        } else {
            &mut state.test
        };
        mode.default_configuration = exists;
    }

    /// Sets the next replies for `customer`, one an attempt; then it is served as usual again. Replaces what is left
    /// of an earlier script.
    pub fn script(&self, customer: impl Into<String>, replies: impl IntoIterator<Item = Reply>) {
        let replies = replies.into_iter().collect();
        self.shared.lock().scripts.insert(customer.into(), replies);
    }

    /// Sets the reply for every attempt of `customer` that [`StripeStandIn::script`] says nothing about, until
    /// [`StripeStandIn::clear`] or [`Reply::Normal`].
    pub fn script_always(&self, customer: impl Into<String>, reply: Reply) {
        let whom = Whom::Customer(customer.into());
        let standing = Standing { reply, left: None };
        self.shared.lock().standing.insert(whom, standing);
    }

    /// All requests that were received whole, in the order of their arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.lock().requests.clone()
    }

    /// How many sessions exist: replayed answers and refused requests create none.
    #[must_use]
    pub fn sessions_created(&self) -> usize {
        self.shared.lock().sessions.len()
    }

    /// Forgets requests, sessions, idempotency keys and scripts; customers and configurations stay.
    pub fn clear(&self) {
        let mut state = self.shared.lock();
        state.requests.clear();
        state.sessions.clear();
        state.answers.clear();
        state.scripts.clear();
        state.standing.clear();
    }

    /// Closes the port, cuts all connections, and returns when that is done.
    pub async fn shutdown(mut self) {
        // The receiver is gone only when the server has ended already.
        let _ = self.stop.take().map(|stop| stop.send(()));
        if let Some(server) = self.server.take() {
            let _ = server.await;
        }
    }
}

impl Drop for StripeStandIn {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

/// Accepts connections until it is told to stop or is aborted; either way, its connections end with it.
async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            // A finished connection is taken out at once, so that a long run does not collect them.
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                // A failed accept concerns one client that is gone, or a limit that will pass.
                let Ok((stream, _)) = accepted else {
                    tokio::task::yield_now().await;
                    continue;
                };
                number += 1;
                connections.spawn(connection::serve(stream, number, Arc::clone(&shared)));
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
}
