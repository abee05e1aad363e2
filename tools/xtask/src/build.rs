//! `cargo xtask build`: the component's Wasm, where `spin.toml` expects it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, output, root, run as run_program};

pub(crate) const TARGET: &str = "wasm32-wasip1";

/// The component starts cold at the edge, so its size is start-up time. It is refused above this many bytes.
const SIZE_LIMIT: u64 = 1280 * 1024;

/// Which Wasm to build.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Build {
    /// For Spin, also on Kubernetes: a core module, which Spin wraps itself.
    Default,
    /// For Akamai Functions, whose store does not count.
    Edge,
    /// For Wasmtime and wasmCloud: a component.
    Wasi,
}

const USAGE: &str = "\
Usage: cargo xtask build [--edge | --wasi]

Builds the component's Wasm, optimised: target/wasm32-wasip1/release/portico.wasm, where spin.toml expects it.

  --edge              builds the one for Akamai Functions instead, where spin.edge.toml expects it:
                      target/wasm32-wasip1/release/portico-edge.wasm
  --wasi              builds the component for Wasmtime and wasmCloud instead:
                      target/wasm32-wasip1/release/portico-wasi.wasm
";

/// Builds what the arguments say.
pub(crate) fn command(arguments: &[OsString]) -> Result<()> {
    match arguments {
        [] => run(),
        [option] if option == "--edge" => Build::Edge.run(),
        [option] if option == "--wasi" => Build::Wasi.run(),
        [option] if option == "--help" || option == "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        _ => bail!("`build` takes one option at the most\n\n{USAGE}"),
    }
}

/// Builds the component for Spin.
pub(crate) fn run() -> Result<()> {
    Build::Default.run()
}

/// Builds the component for Wasmtime and wasmCloud.
pub(crate) fn wasi() -> Result<()> {
    Build::Wasi.run()
}

/// Builds the component for every kind of host.
pub(crate) fn all() -> Result<()> {
    Build::Default.run()?;
    Build::Edge.run()?;
    Build::Wasi.run()
}

impl Build {
    /// The package of its shell.
    fn package(self) -> &'static str {
        match self {
            Self::Default | Self::Edge => "portico-spin",
            Self::Wasi => "portico-wasi",
        }
    }

    /// Its name among the files that are built.
    fn name(self) -> &'static str {
        match self {
            Self::Default => "portico",
            Self::Edge => "portico-edge",
            Self::Wasi => "portico-wasi",
        }
    }

    fn run(self) -> Result<()> {
        ensure_target()?;
        let target_directory = root().join("target");
        let mut cargo = cargo();
        cargo
            .args(["build", "--release", "--target", TARGET])
            .args(["--package", self.package()])
            // Always this one, whatever the environment and cargo's configuration say: `spin.toml` names it.
            .arg("--target-dir")
            .arg(&target_directory)
            .current_dir(root());
        if self == Self::Edge {
            // The shell without what that host lacks.
            cargo.arg("--no-default-features");
        }
        run_program(&mut cargo)?;
        let release = target_directory.join(TARGET).join("release");
        // Cargo puts it there under the name of the shell.
        let built = release.join(format!("{}.wasm", self.package().replace('-', "_")));
        let wasm = release.join(format!("{}.wasm", self.name()));
        if self == Self::Wasi {
            componentize(&built, &wasm)?;
        } else {
            fs::copy(&built, &wasm).with_context(|| format!("cannot copy {}", built.display()))?;
        }
        let size = fs::metadata(&wasm)?.len();
        let shown = wasm.strip_prefix(root()).unwrap_or(&wasm).display();
        eprintln!("{shown}: {size} bytes");
        if size > SIZE_LIMIT {
            bail!("the component is larger than {SIZE_LIMIT} bytes");
        }
        Ok(())
    }
}

/// Wraps a core module as a component. A program of its own does it, for which nobody waits who only wants this one.
fn componentize(module: &Path, component: &Path) -> Result<()> {
    run_program(
        cargo()
            .args(["run", "--quiet", "--package", "portico-componentize", "--"])
            .arg(module)
            .arg(component)
            .current_dir(root()),
    )
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
