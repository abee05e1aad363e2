//! `cargo xtask lint`: the checks of a change that do not run it.

use anyhow::Result;

use crate::build::{TARGET, ensure_target};
use crate::command::{cargo, cargo_program, root, run as run_program, step};

/// Packages that are no members of the workspace: each has a lock file of its own.
const OUTSIDE: [&str; 5] = [
    "tools/fuzz",
    "tools/bench",
    "tools/bench/contenders/axum",
    "tools/bench/contenders/floor",
    "tools/bench/contenders/plain",
];

/// Checks formatting, dependencies, and Clippy's lints natively and for the component's target.
pub(crate) fn run() -> Result<()> {
    ensure_target()?;
    check("fmt --all --check")?;
    for package in OUTSIDE {
        check(&format!(
            "fmt --all --check --manifest-path {package}/Cargo.toml"
        ))?;
    }
    // The advisories are left out: their database is fetched from a place of its own, and changes from day to day,
    // whatever the change that is checked.
    cargo_program("cargo-deny", "0.20.2")?;
    check("deny --workspace --locked check bans licenses sources")?;
    check("clippy --locked --workspace --all-targets -- -D warnings")?;
    check(&format!(
        "clippy --locked --package portico --package portico-spin --package portico-wasi --package portico-wasip3 \
         --target {TARGET} -- -D warnings"
    ))?;
    check(&format!(
        "clippy --locked --package portico-spin --no-default-features --target {TARGET} -- -D warnings"
    ))?;
    check("clippy --locked --package portico-host --no-default-features -- -D warnings")?;
    check("clippy --locked --manifest-path tools/fuzz/Cargo.toml -- -D warnings")?;
    check(
        "clippy --locked --manifest-path tools/bench/Cargo.toml --target-dir target/benches --all-targets -- -D warnings",
    )
}

fn check(arguments: &str) -> Result<()> {
    step(&format!("cargo {arguments}"));
    run_program(
        cargo()
            .args(arguments.split_whitespace())
            .current_dir(root()),
    )
}
