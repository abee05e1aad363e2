//! A running application.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::key_value::KeyValue;
use crate::state::App;

/// The time that [`Host::shutdown`] gives requests in flight.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// An application that serves HTTP. Dropping it ends it at once; see [`Host::shutdown`].
pub struct Host {
    pub(crate) address: SocketAddr,
    pub(crate) app: Arc<App>,
    pub(crate) key_value: KeyValue,
    pub(crate) closing: watch::Sender<bool>,
    pub(crate) server: JoinHandle<()>,
}

impl Host {
    /// Returns the address that it listens on, with the real port where any port was asked for.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns the `default` store.
    #[must_use]
    pub fn key_value(&self) -> &KeyValue {
        &self.key_value
    }

    /// Returns the wall clock of the component's instances. It runs with the system's until it is set.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.app.clock
    }

    /// Returns the lines that the component has written so far, where they are kept: [`LogSink::Memory`].
    #[must_use]
    pub fn logs(&self) -> Vec<String> {
        self.app.logs.component()
    }

    /// Returns the host's own lines about the component so far: traps, time-outs, denied calls. They are also on this
    /// process's standard error.
    #[must_use]
    pub fn host_logs(&self) -> Vec<String> {
        self.app.logs.host()
    }

    /// Returns the number of outbound calls that the component has made and that were allowed.
    #[must_use]
    pub fn outbound_calls(&self) -> u64 {
        self.app.outbound.sent()
    }

    /// Returns the number of outbound calls that the component has made and that were not allowed.
    #[must_use]
    pub fn denied_outbound_calls(&self) -> u64 {
        self.app.outbound.denied()
    }

    /// Returns the fuel that each request has used, in the order in which they began, where the engine counts it:
    /// [`EngineOptions::fuel`]. A request is charged until the next one of its instance begins, or the instance goes;
    /// before that, it has `None`. So these figures are of use where requests come one after the other. The first one
    /// of an instance also pays for making it.
    #[must_use]
    pub fn fuel(&self) -> Vec<Option<u64>> {
        self.app.fuel.requests()
    }

    /// Stops accepting connections, lets the requests in flight finish for up to ten seconds, and ends.
    pub async fn shutdown(mut self) {
        self.closing.send_replace(true);
        // The server has ended by itself, or it ends when `self` is dropped and aborts it.
        let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, &mut self.server).await;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.closing.send_replace(true);
        self.server.abort();
    }
}
