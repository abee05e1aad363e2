//! `cargo xtask bench`: Portico, beside components that do nothing but open sessions and beside services that
//! do the same, measured on this machine.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::command::{become_program, cargo, root, run as run_program};
use crate::{build, npm};

/// The program that measures.
const BENCH: &str = "tools/bench/Cargo.toml";
/// The service that is written in Node.
const NODE: &str = "tools/bench/contenders/node";
/// The components that open sessions and do nothing else, which show what the platform costs: their names, and the
/// variables that tell the benchmark their paths.
const BARE: [(&str, &str); 2] = [
    ("floor", "PORTICO_BENCH_FLOOR"),
    ("plain", "PORTICO_BENCH_PLAIN"),
];
/// The service in native Rust, by its manifest.
const AXUM: &str = "tools/bench/contenders/axum/Cargo.toml";

/// Builds, optimised, everything that is measured, and runs the benchmark. `arguments` go to it; `cargo xtask bench
/// --help` lists them.
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
    build::spin(build::Profile::Release)?;
    // Without Node.js, the benchmark says that it is left out.
    npm::install(NODE)?;
    bench.env("PORTICO_BENCH_HOST", host()?);
    for (name, variable) in BARE {
        bench.env(variable, bare(name)?);
    }
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

/// Builds a component that does nothing else, for the target that Portico is built for.
fn bare(name: &str) -> Result<PathBuf> {
    let manifest = format!("tools/bench/contenders/{name}/Cargo.toml");
    let target = contender(name, &manifest, &["--target", build::TARGET])?;
    let wasm = format!("release/portico_{name}_contender.wasm");
    Ok(target.join(build::TARGET).join(wasm))
}

/// Builds the native service, and returns the path of its program.
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
