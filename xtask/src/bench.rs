//! `cargo xtask bench`: Portico beside the least that its platform costs, and beside services that do the same, measured
//! on this machine.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::command::{become_program, cargo, root, run as run_program};
use crate::{build, hosts, npm};

/// The program that measures.
const BENCH: &str = "benches/Cargo.toml";
/// The service in Node.
const NODE: &str = "benches/contenders/node";
/// The least component, which shows what the platform costs.
const FLOOR: &str = "benches/contenders/floor/Cargo.toml";
/// The service in native Rust.
const AXUM: &str = "benches/contenders/axum/Cargo.toml";

/// Builds all that is measured, optimised, and runs the benchmark. `arguments` go to it; `cargo xtask bench --help`
/// lists them.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let only_help = arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h");
    let mut bench = cargo();
    bench
        .args(["run", "--quiet", "--release", "--locked"])
        .arg("--manifest-path")
        .arg(root().join(BENCH))
        .arg("--target-dir")
        .arg(root().join("target/benches"))
        .arg("--")
        .args(arguments);
    if only_help {
        return become_program(&mut bench);
    }
    ensure!(
        cfg!(target_os = "linux"),
        "what processes use is read from /proc, so this is for Linux"
    );
    build::run()?;
    build::wasi()?;
    // Without Python, the benchmark says that it is left out.
    hosts::install()?;
    let wasmtime = hosts::wasmtime();
    if wasmtime.exists() {
        bench.env("PORTICO_BENCH_WASMTIME", wasmtime);
    }
    // Without Node.js, the benchmark says that it is left out.
    npm::install(NODE)?;
    bench.env("PORTICO_BENCH_HOST", host()?);
    bench.env("PORTICO_BENCH_FLOOR", floor()?);
    bench.env("PORTICO_BENCH_AXUM", axum()?);
    become_program(&mut bench)
}

/// Builds Portico's host as hosts are built.
fn host() -> Result<PathBuf> {
    let target = root().join("target");
    run_program(
        cargo()
            .args(["build", "--profile", "host", "--locked"])
            .args(["--package", "portico-host", "--bin", "portico-host"])
            .arg("--target-dir")
            .arg(&target)
            .current_dir(root()),
    )?;
    Ok(target.join("host/portico-host"))
}

/// Builds the least component, for the target that Portico is built for.
fn floor() -> Result<PathBuf> {
    let target = contender("floor", FLOOR, &["--target", build::TARGET])?;
    Ok(target
        .join(build::TARGET)
        .join("release/portico_floor_contender.wasm"))
}

/// Builds the native service.
fn axum() -> Result<PathBuf> {
    Ok(contender("axum", AXUM, &[])?.join("release/portico-axum-contender"))
}

/// Builds a contender in a directory of its own below the target directory, which is returned.
fn contender(name: &str, manifest: &str, more: &[&str]) -> Result<PathBuf> {
    let target = root().join("target/contenders").join(name);
    run_program(
        cargo()
            .args(["build", "--release", "--locked"])
            .args(more)
            .arg("--manifest-path")
            .arg(root().join(manifest))
            .arg("--target-dir")
            .arg(&target),
    )?;
    Ok(target)
}
