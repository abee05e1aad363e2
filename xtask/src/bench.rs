//! `cargo xtask bench`: Portico beside services that do the same, measured on this machine.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::command::{become_program, cargo, root, run as run_program};
use crate::{build, npm};

/// The program that measures.
const BENCH: &str = "benches/Cargo.toml";
/// The service in Node.
const NODE: &str = "benches/contenders/node";
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
    build::command(&["--wide-arithmetic".into()])?;
    // Without Node.js, the benchmark says that it is left out.
    npm::install(NODE)?;
    bench.env("PORTICO_BENCH_HOST", host()?);
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

/// Builds the native service, in a directory of its own below the target directory.
fn axum() -> Result<PathBuf> {
    let target = root().join("target/contenders/axum");
    run_program(
        cargo()
            .args(["build", "--release", "--locked", "--manifest-path"])
            .arg(root().join(AXUM))
            .arg("--target-dir")
            .arg(&target),
    )?;
    Ok(target.join("release/portico-axum-contender"))
}
