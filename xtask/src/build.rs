//! `cargo xtask build`: the component's Wasm, where `spin.toml` expects it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, output, root, run as run_program};

const TARGET: &str = "wasm32-wasip1";

/// Where the Wasm lies below a target directory.
const WASM: &str = "wasm32-wasip1/release/portico.wasm";

/// The component starts cold at the edge, so its size is start-up time. It is refused above this many bytes.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// Builds the component.
pub(crate) fn run() -> Result<()> {
    ensure_target()?;
    // The package is also an rlib, for native tests. Naming the one crate type lets cargo optimise across crates.
    run_program(
        cargo()
            .args(["rustc", "--release", "--target", TARGET])
            .args(["--package", "portico", "--lib", "--crate-type", "cdylib"])
            .current_dir(root()),
    )?;
    let wasm = place(&target_directory()?.join(WASM))?;
    let size = fs::metadata(&wasm)?.len();
    let shown = wasm.strip_prefix(root()).unwrap_or(&wasm).display();
    eprintln!("{shown}: {size} bytes");
    if size > SIZE_LIMIT {
        bail!("the component is larger than {SIZE_LIMIT} bytes");
    }
    Ok(())
}

/// Adds the Wasm target to the toolchain if it is missing.
fn ensure_target() -> Result<()> {
    if has_target()? {
        return Ok(());
    }
    eprintln!("the target {TARGET} is missing: adding it");
    let added = run_program(
        Command::new("rustup")
            .args(["target", "add", TARGET])
            .current_dir(root()),
    );
    added.with_context(|| {
        format!(
            "the Rust toolchain has no {TARGET}, and rustup could not add it. Install it with `rustup target add \
             {TARGET}`, or, without rustup, with the package of your system that has Rust's standard library for it"
        )
    })
}

/// Whether the standard library for the target is there. This asks the compiler, which also works without rustup.
fn has_target() -> Result<bool> {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let libraries = output(
        rustc
            .args(["--print", "target-libdir", "--target", TARGET])
            .current_dir(root()),
    )?;
    Ok(Path::new(libraries.trim()).is_dir())
}

/// The directory that cargo builds into, which the environment and cargo's configuration may move.
pub(crate) fn target_directory() -> Result<PathBuf> {
    let metadata = output(
        cargo()
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .current_dir(root()),
    )?;
    // This one member is not worth a JSON parser; a path's backslashes are all that JSON escapes in practice.
    let (_, rest) = metadata
        .split_once("\"target_directory\":\"")
        .context("cargo metadata names no target directory")?;
    let (directory, _) = rest
        .split_once('"')
        .context("cargo metadata is cut short")?;
    Ok(PathBuf::from(directory.replace("\\\\", "\\")))
}

/// Makes sure that the Wasm is where `spin.toml` expects it, and returns that place.
fn place(built: &Path) -> Result<PathBuf> {
    let built = fs::canonicalize(built)
        .with_context(|| format!("cargo has built no {}", built.display()))?;
    let expected = root().join("target").join(WASM);
    // The two may be one file by different names, and copying a file onto itself would empty it.
    if fs::canonicalize(&expected).ok().as_ref() != Some(&built) {
        let directory = expected.parent().unwrap_or(root());
        fs::create_dir_all(directory)?;
        fs::copy(&built, &expected).with_context(|| format!("cannot copy {}", built.display()))?;
    }
    Ok(expected)
}
