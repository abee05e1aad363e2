//! The state that instances share, and that each has for itself.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::ResourceTable;
use wasmtime::{StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::clock::Clock;
use crate::fuel::FuelGauge;
use crate::logs::Logs;
use crate::lost::Lost;
use crate::outbound::{Outbound, OutboundHooks};
use crate::stores::Stores;
use crate::variables::Variables;

/// The state that all instances of a running component share.
pub(crate) struct App {
    pub(crate) variables: Variables,
    pub(crate) stores: Stores,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) logs: Logs,
    pub(crate) clock: Clock,
    pub(crate) fuel: FuelGauge,
    pub(crate) limits: Limits,
}

/// The limits on a component's use of the machine.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// The longest that a request may take.
    pub(crate) request_timeout: Duration,
    /// The most linear memory that an instance may have, in bytes.
    pub(crate) max_memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_mins(1),
            max_memory: 128 << 20,
        }
    }
}

/// The host's side of an instance.
pub(crate) struct InstanceState {
    pub(crate) table: ResourceTable,
    app: Arc<App>,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: OutboundHooks,
    memory: StoreLimits,
}

impl InstanceState {
    pub(crate) fn new(app: Arc<App>, lost: Lost) -> Self {
        let mut wasi = WasiCtx::builder();
        wasi.stdout(app.logs.stream())
            .stderr(app.logs.stream())
            .wall_clock(app.clock.clone());
        Self {
            table: ResourceTable::new(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            hooks: OutboundHooks::new(Arc::clone(&app.outbound), lost),
            memory: StoreLimitsBuilder::new()
                .memory_size(app.limits.max_memory)
                .build(),
            app,
        }
    }

    /// Returns the limits that bound the instance's memory.
    pub(crate) fn memory(&mut self) -> &mut StoreLimits {
        &mut self.memory
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, UNIX_EPOCH};

    use wasmtime_wasi::clocks::WasiClocksView as _;
    use wasmtime_wasi::p3::bindings::clocks::system_clock::Host as _;

    use super::{App, InstanceState, Limits};
    use crate::allowed_hosts::AllowedHosts;
    use crate::clock::Clock;
    use crate::fuel::FuelGauge;
    use crate::logs::{LogSink, Logs};
    use crate::lost::Lost;
    use crate::outbound::Outbound;
    use crate::stores::Stores;
    use crate::variables::Variables;

    #[test]
    fn all_instances_are_told_the_time_of_the_clock_that_a_test_sets() {
        let clock = Clock::default();
        let logs = Logs::new(LogSink::Memory);
        let app = Arc::new(App {
            variables: Variables::default(),
            stores: Stores::default(),
            outbound: Arc::new(
                Outbound::new(Ok(AllowedHosts::default()), &[], logs.clone()).unwrap(),
            ),
            logs,
            clock: clock.clone(),
            fuel: FuelGauge::default(),
            limits: Limits::default(),
        });
        let mut instances = [(); 2].map(|()| InstanceState::new(Arc::clone(&app), Lost::default()));
        clock.stop();
        clock.set(UNIX_EPOCH + Duration::from_secs(1_000_000_000));
        clock.advance(Duration::from_mins(10));
        for instance in &mut instances {
            let now = instance.clocks().now().unwrap();
            assert_eq!(now.seconds, 1_000_000_600);
        }
    }
}
