//! One instance of the component: its state, what it may use of the machine, and how long it lives.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::Sleep;
use wasmtime::component::{GuestTaskId, ResourceTable};
use wasmtime::{Store, StoreContextMut, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::fuel::{FuelGauge, Tank};
use crate::interfaces::Stores;
use crate::logs::Logs;
use crate::outbound::{Outbound, OutboundHooks};
use crate::program::Program;
use crate::server;
use crate::variables::Variables;

/// How many requests an instance serves before it is replaced, as on Spin.
const MAX_REQUESTS: usize = 128;
/// How many requests an instance serves at a time, as on Spin.
const MAX_CONCURRENT_REQUESTS: usize = 16;
/// How long an instance waits for its next request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// What all instances of a running component share.
pub(crate) struct App {
    pub(crate) variables: Variables,
    pub(crate) stores: Stores,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) logs: Logs,
    pub(crate) fuel: FuelGauge,
    /// The longest that a request may take.
    pub(crate) request_timeout: Duration,
    /// The most linear memory that an instance may have, in bytes.
    pub(crate) max_memory: usize,
}

/// Becomes true when an instance is lost to a trap or a time-out, so that bodies that it was still writing end with an
/// error: without a `Content-Length`, the place where it stopped looks like an end.
#[derive(Clone, Default)]
pub(crate) struct Lost(Arc<AtomicBool>);

impl Lost {
    pub(crate) fn is_lost(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// The host's side of an instance.
pub(crate) struct InstanceState {
    pub(crate) table: ResourceTable,
    app: Arc<App>,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: OutboundHooks,
    limits: StoreLimits,
}

impl InstanceState {
    fn new(app: Arc<App>, lost: Lost) -> Self {
        let mut wasi = WasiCtx::builder();
        wasi.stdout(app.logs.stream()).stderr(app.logs.stream());
        Self {
            table: ResourceTable::new(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            hooks: OutboundHooks::new(Arc::clone(&app.outbound), lost),
            limits: StoreLimitsBuilder::new()
                .memory_size(app.max_memory)
                .build(),
            app,
        }
    }

    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }
}

impl WasiView for InstanceState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for InstanceState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.hooks,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

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
        store.limiter(|state| &mut state.limits);
        let tank = self.app.fuel.fill(&mut store);
        let service = self.program.instantiate(&mut store).await?;
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: InstanceState::http,
            expiration: Expiration::new(self.app.request_timeout, self.closing.clone()),
            state: Worker {
                app: Arc::clone(&self.app),
                lost,
                tank,
                closing: self.closing.clone(),
            },
        })
    }
}

/// Where a request learns which instance serves it.
pub(crate) type Assignment = Arc<OnceLock<Lost>>;

/// Says what an instance takes on.
pub(crate) struct Worker {
    app: Arc<App>,
    lost: Lost,
    /// Where fuel is counted.
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
        Box::pin(tokio::time::sleep(self.app.request_timeout))
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

/// Says when an instance goes.
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
            closing: Box::pin(server::closed(closing)),
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
