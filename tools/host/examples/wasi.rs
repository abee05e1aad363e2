//! Runs a WASI program and ends as it ends: `cargo run --package portico-host --example wasi -- PROGRAM.wasm ARGUMENTS`.
//!
//! Cargo runs tests that are compiled for `wasm32-wasip1` with it; `.cargo/config.toml` says so.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, Result};
use wasi_preview1_component_adapter_provider as preview1;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::bindings::sync::Command;
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxView, WasiView};
use wit_component::ComponentEncoder;

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let program = PathBuf::from(arguments.first().context("which program?")?);
    let module = fs::read(&program).with_context(|| program.display().to_string())?;
    let component = ComponentEncoder::default()
        .module(&module)?
        .adapter(
            preview1::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            preview1::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        )?
        .encode()?;

    let engine = Engine::new(Config::new().wasm_component_model_async(true))?;
    let component = Component::new(&engine, component)?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;

    let wasi = WasiCtx::builder()
        .inherit_stdout()
        .inherit_stderr()
        .args(&arguments)
        .build();
    let table = ResourceTable::new();
    let mut store = Store::new(&engine, State { wasi, table });
    let command = Command::instantiate(&mut store, &component, &linker)?;
    match command.wasi_cli_run().call_run(&mut store) {
        Ok(Ok(())) => Ok(ExitCode::SUCCESS),
        Ok(Err(())) => Ok(ExitCode::FAILURE),
        // A program that says how it ends does so by a trap.
        Err(trap) => match trap.downcast_ref::<I32Exit>() {
            Some(I32Exit(0)) => Ok(ExitCode::SUCCESS),
            Some(I32Exit(_)) => Ok(ExitCode::FAILURE),
            None => Err(trap.into()),
        },
    }
}
