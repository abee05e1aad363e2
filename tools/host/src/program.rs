//! From a Wasm file to a component that can be instantiated.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use anyhow::{Context, Result};
use portico_componentize::{ADAPTER, componentize};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};
use wasmtime_wasi_http::p3::bindings::{Service, ServicePre};

use crate::compiled::Compiled;
use crate::engine::EngineOptions;
use crate::interfaces;
use crate::state::InstanceState;

/// A compiled component, ready to be instantiated by any number of hosts. Clones are cheap.
#[derive(Clone)]
pub struct Program(Arc<ServicePre<InstanceState>>);

/// The state of a file when it was compiled, and the engine for which it was.
type Version = (PathBuf, Option<SystemTime>, u64, EngineOptions);

impl Program {
    /// Compiles a Wasm file, which is a component, or a core module of WASI 0.1 as `rustc` writes it.
    ///
    /// A file that has not changed since this process last compiled it is not compiled again; and where the running
    /// program is in Cargo's target directory, compiled code is kept there for the next process, too. This blocks for
    /// as long as the compiler takes, some seconds.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or as [`Program::new`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::load_with(path, EngineOptions::default())
    }

    /// Compiles a file as [`Program::load`] does, for an engine with options.
    pub fn load_with(path: impl AsRef<Path>, options: EngineOptions) -> Result<Self> {
        static COMPILED: LazyLock<Mutex<HashMap<Version, Program>>> = LazyLock::new(Mutex::default);

        let path = path.as_ref();
        let context = || format!("cannot load {}", path.display());
        let metadata = std::fs::metadata(path).with_context(context)?;
        let version = (
            path.canonicalize().with_context(context)?,
            metadata.modified().ok(),
            metadata.len(),
            options,
        );
        // The lock is held while a program is compiled, so that many tests that start at once compile it once.
        let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(program) = compiled.get(&version) {
            return Ok(program.clone());
        }
        let bytes = std::fs::read(path).with_context(context)?;
        let program = Self::new_with(&bytes, options).with_context(context)?;
        compiled.insert(version, program.clone());
        Ok(program)
    }

    /// Compiles Wasm, which is a component, or a core module of WASI 0.1.
    ///
    /// # Errors
    ///
    /// When the bytes are no Wasm, when they import what this host does not offer, or when they do not export
    /// `wasi:http/handler@0.3`.
    pub fn new(wasm: &[u8]) -> Result<Self> {
        Self::new_with(wasm, EngineOptions::default())
    }

    /// Compiles Wasm as [`Program::new`] does, for an engine with options.
    pub fn new_with(wasm: &[u8], options: EngineOptions) -> Result<Self> {
        let engine = &options.engine()?;
        let component = compile(engine, wasm)?;

        let mut linker = Linker::new(engine);
        interfaces::add_to_linker(&mut linker)?;
        let pre = linker
            .instantiate_pre(&component)
            .map_err(anyhow::Error::from)
            .context("the component imports what this host does not offer")?;
        let pre = ServicePre::new(pre)
            .map_err(anyhow::Error::from)
            .context("the component does not export `wasi:http/handler`")?;
        Ok(Self(Arc::new(pre)))
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.0.engine()
    }

    pub(crate) async fn instantiate(
        &self,
        store: &mut Store<InstanceState>,
    ) -> wasmtime::Result<Service> {
        self.0.instantiate_async(store).await
    }
}

/// Compiles Wasm to a component, unless an earlier process has kept the result.
fn compile(engine: &Engine, wasm: &[u8]) -> Result<Component> {
    let compile = || {
        Component::new(engine, componentize(wasm)?)
            .map_err(anyhow::Error::from)
            .context("cannot compile the component")
    };
    match Compiled::in_target_directory() {
        Some(compiled) => compiled.component(engine, &[wasm, ADAPTER], compile),
        None => compile(),
    }
}
