//! The engine that compiles and runs Wasm, in its variants.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use anyhow::Result;
use wasmtime::{Config, Engine, OptLevel, ProfilingStrategy, RegallocAlgorithm};

/// The engine's abilities beyond running Wasm as Spin does. By default, it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EngineOptions {
    /// Counts the fuel that instances use, which is about the number of instructions, for
    /// [`Host::fuel`](crate::Host::fuel). The code that counts makes everything slower, so this is not for measuring
    /// time.
    pub fuel: bool,
    /// Tells `perf`, in `/tmp/perf-<pid>.map`, which machine code belongs to which function of the Wasm.
    pub perf_map: bool,
}

impl EngineOptions {
    /// Returns the engine of these options. All programs of a process share it.
    pub(crate) fn engine(self) -> Result<Engine> {
        static ENGINES: LazyLock<Mutex<HashMap<EngineOptions, Engine>>> =
            LazyLock::new(Mutex::default);

        let mut engines = ENGINES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = engines.get(&self) {
            return Ok(engine.clone());
        }
        let engine = self.new_engine()?;
        engines.insert(self, engine.clone());
        Ok(engine)
    }

    /// Makes an engine. Memories are allocated on demand rather than from a pool: an instance serves many requests, so
    /// that making one is rare, and a pool would bound how many hosts a test binary may run at a time.
    fn new_engine(self) -> Result<Engine> {
        let mut config = Config::new();
        config
            .wasm_component_model_async(true)
            .consume_fuel(self.fuel);
        // In a host that is built for development, the compiler itself is not optimised, and the machine code is often
        // run for a few seconds: it has to be ready soon rather than to be good.
        if cfg!(debug_assertions) {
            config
                .cranelift_opt_level(OptLevel::None)
                .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
        }
        if self.perf_map {
            config.profiler(ProfilingStrategy::PerfMap);
        }
        Ok(Engine::new(&config)?)
    }
}
