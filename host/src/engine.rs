//! What compiles and runs Wasm, in its variants.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use anyhow::Result;
use wasmtime::{Config, Engine, ProfilingStrategy};

/// What an engine does beyond running Wasm as Spin does. By default, nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EngineOptions {
    /// Counts the fuel that instances use, which is about the number of instructions, for
    /// [`Host::fuel`](crate::Host::fuel). The code that counts makes everything slower, so this is not for measuring
    /// time.
    pub fuel: bool,
    /// Accepts Wasm with the instructions of the wide-arithmetic proposal, as hosts on Wasmtime 49 and later do and
    /// earlier ones do not.
    pub wide_arithmetic: bool,
    /// Tells `perf`, in `/tmp/perf-<pid>.map`, which machine code belongs to which function of the Wasm.
    pub perf_map: bool,
}

impl EngineOptions {
    /// The engine of these options. All programs of a process share it.
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

    /// Memories are allocated on demand rather than from a pool: an instance serves many requests, so that making one
    /// is rare, and a pool would bound how many hosts a test binary may run at a time.
    fn new_engine(self) -> Result<Engine> {
        let mut config = Config::new();
        config
            .wasm_component_model_async(true)
            .wasm_wide_arithmetic(self.wide_arithmetic)
            .consume_fuel(self.fuel);
        if self.perf_map {
            config.profiler(ProfilingStrategy::PerfMap);
        }
        Ok(Engine::new(&config)?)
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::Module;

    use super::EngineOptions;

    /// A function that multiplies two 64-bit numbers by `i64.mul_wide_u`, whose result has 128.
    const WIDE: &[u8] = b"\0asm\x01\0\0\0\
        \x01\x08\x01\x60\x02\x7e\x7e\x02\x7e\x7e\
        \x03\x02\x01\x00\
        \x0a\x0a\x01\x08\x00\x20\x00\x20\x01\xfc\x16\x0b";

    #[test]
    fn wide_arithmetic_is_refused_unless_it_is_asked_for() {
        let default = EngineOptions::default();
        let wide = EngineOptions {
            wide_arithmetic: true,
            ..default
        };
        let error = Module::validate(&default.engine().unwrap(), WIDE).unwrap_err();
        assert!(
            format!("{error:?}").contains("wide arithmetic"),
            "{error:?}"
        );
        Module::validate(&wide.engine().unwrap(), WIDE).unwrap();
    }
}
