//! One instance of the component, from its making to its end.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut};
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};

use crate::closing::closed;
use crate::fuel::Tank;
use crate::lost::Lost;
use crate::program::Program;
use crate::state::{App, InstanceState};

/// The requests that an instance serves before it is replaced, as on Spin.
const MAX_REQUESTS: usize = 128;
/// The requests that an instance serves at a time, as on Spin.
const MAX_CONCURRENT_REQUESTS: usize = 16;
/// The time that an instance waits for its next request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// Makes instances as requests need them.
pub(crate) struct Instances {
    pub(crate) program: Program,
    pub(crate) app: Arc<App>,
    /// True when the host is closing: an instance without requests then goes at once.
    pub(crate) closing: watch::Receiver<bool>,
}

impl HandlerState for Instances {
    type StoreData = InstanceState;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<InstanceState, Expiration, Worker>> {
        let lost = Lost::default();
        let state = InstanceState::new(Arc::clone(&self.app), lost.clone());
        let mut store = Store::new(self.program.engine(), state);
        store.limiter(|state| state.memory());
        let tank = self.app.fuel.fill(&mut store);
        let service = self.program.instantiate(&mut store).await?;
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: InstanceState::http,
            expiration: Expiration::new(self.app.limits.request_timeout, self.closing.clone()),
            state: Worker {
                app: Arc::clone(&self.app),
                lost,
                tank,
                closing: self.closing.clone(),
            },
        })
    }
}

/// The place in which a request learns which instance serves it.
pub(crate) type Assignment = Arc<OnceLock<Lost>>;

/// Decides which requests an instance takes on.
pub(crate) struct Worker {
    app: Arc<App>,
    lost: Lost,
    /// The tank from which fuel is counted.
    tank: Option<Tank>,
    closing: watch::Receiver<bool>,
}

impl WorkerState for Worker {
    type StoreData = InstanceState;
    type RequestData = Assignment;

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= MAX_REQUESTS {
            ShouldAccept::Never
        } else if concurrent >= MAX_CONCURRENT_REQUESTS {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        store: StoreContextMut<'_, InstanceState>,
        assignment: Assignment,
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        if let Some(tank) = &self.tank {
            tank.begin(store);
        }
        // A request is assigned once.
        let _ = assignment.set(self.lost.clone());
        Box::pin(tokio::time::sleep(self.app.limits.request_timeout))
    }

    fn drop(&self, store: Store<InstanceState>, result: Result<(), wasmtime::Error>) {
        if let Some(tank) = &self.tank {
            tank.end(&store);
        }
        if let Err(error) = result {
            self.lost.set();
            // A host that is closing gives its instances up; that is not worth a line.
            if !*self.closing.borrow() {
                self.app
                    .logs
                    .tell(format!("an instance is lost: {error:?}"));
            }
        }
        drop(store);
    }
}

/// Decides when an instance goes.
pub(crate) struct Expiration {
    request_timeout: Duration,
    sleep: Pin<Box<Sleep>>,
    closing: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
    is_closing: bool,
}

impl Expiration {
    fn new(request_timeout: Duration, closing: watch::Receiver<bool>) -> Self {
        Self {
            request_timeout,
            sleep: Box::pin(tokio::time::sleep(IDLE_TIMEOUT)),
            closing: Box::pin(closed(closing)),
            is_closing: false,
        }
    }
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        start: Instant,
    ) -> Poll<()> {
        self.is_closing = self.is_closing || self.closing.as_mut().poll(cx).is_ready();
        let timeout = match status {
            WorkerStatus::Idle if self.is_closing => return Poll::Ready(()),
            WorkerStatus::Idle => IDLE_TIMEOUT,
            // A request that is late expires by itself; this is for an instance that no longer gets to notice.
            WorkerStatus::Requests | WorkerStatus::PostReturn => {
                self.request_timeout + Duration::from_secs(1)
            }
        };
        let deadline = tokio::time::Instant::from_std(start + timeout);
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
        }
        self.sleep.as_mut().poll(cx)
    }
}
