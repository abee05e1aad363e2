//! `cargo xtask build`: the component's Wasm, where `spin.toml` expects it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, output, root, run as run_program};

pub(crate) const TARGET: &str = "wasm32-wasip1";

/// Where the Wasm lies below the target directory.
const WASM: &str = "wasm32-wasip1/release/portico.wasm";

/// Where cargo puts it below the target directory: under the name of the shell.
const BUILT: &str = "wasm32-wasip1/release/portico_spin.wasm";

/// The component starts cold at the edge, so its size is start-up time. It is refused above this many bytes.
const SIZE_LIMIT: u64 = 1280 * 1024;

const USAGE: &str = "\
Usage: cargo xtask build

Builds the component's Wasm, optimised: target/wasm32-wasip1/release/portico.wasm, where spin.toml expects it.
";

/// Builds what the arguments say.
pub(crate) fn command(arguments: &[OsString]) -> Result<()> {
    match arguments {
        [] => run(),
        [option] if option == "--help" || option == "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        _ => bail!("`build` takes no arguments"),
    }
}

/// Builds the component.
pub(crate) fn run() -> Result<()> {
    ensure_target()?;
    let target_directory = root().join("target");
    run_program(
        cargo()
            .args(["build", "--release", "--target", TARGET])
            .args(["--package", "portico-spin"])
            // Always this one, whatever the environment and cargo's configuration say: `spin.toml` names it.
            .arg("--target-dir")
            .arg(&target_directory)
            .current_dir(root()),
    )?;
    let built = target_directory.join(BUILT);
    let wasm = target_directory.join(WASM);
    let size =
        fs::copy(&built, &wasm).with_context(|| format!("cannot copy {}", built.display()))?;
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
