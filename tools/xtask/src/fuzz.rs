//! `cargo xtask fuzz`: a moment of fuzzing, the same for everybody.

use std::fs;

use anyhow::{Context, Result};

use crate::command::{cargo, cargo_program, root, run as run_program, step};

/// Runs each target from its seeds alone, and with a seed for its choices, so that a run differs from the last one by the
/// change only. `tools/fuzz/README.md` tells of longer runs.
pub(crate) fn run() -> Result<()> {
    // The fuzzer is built by the toolchain of rust-toolchain.toml: without a sanitizer, it needs no nightly one.
    cargo_program("cargo-fuzz", "0.13.2")?;
    let mut targets = Vec::new();
    for entry in fs::read_dir(root().join("tools/fuzz/seeds"))? {
        targets.push(entry?.path());
    }
    targets.sort();
    for seeds in targets {
        let target = seeds.file_name().context("a target")?;
        step(&format!("cargo fuzz run {}", target.display()));
        let corpus = root().join("target/fuzz").join(target);
        if corpus.exists() {
            fs::remove_dir_all(&corpus)?;
        }
        fs::create_dir_all(&corpus)?;
        run_program(
            cargo()
                .args([
                    "fuzz",
                    "run",
                    "--fuzz-dir",
                    "tools/fuzz",
                    "--sanitizer",
                    "none",
                ])
                .arg(target)
                .args([&corpus, &seeds])
                .args([
                    "--",
                    "-runs=20000",
                    "-seed=1",
                    "-timeout=10",
                    "-verbosity=0",
                ])
                .args(["-print_funcs=0", "-print_final_stats=1"])
                .current_dir(root()),
        )?;
    }
    Ok(())
}
