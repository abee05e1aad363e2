//! `cargo xtask build`: the component's Wasm, where `spin.toml` expects it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, output, root, run as run_program};
use crate::edge_manifest;

pub(crate) const TARGET: &str = "wasm32-wasip1";

/// The component starts cold at the edge, so its size is start-up time. It is refused above this many bytes.
const SIZE_LIMIT: u64 = 1280 * 1024;

/// The Wasm to build.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// For Spin, also on Kubernetes: a core module, which Spin wraps itself.
    Spin,
    /// For Akamai Functions, whose store does not count.
    Edge,
    /// For Wasmtime and wasmCloud: a component.
    Wasi,
}

/// The way in which it is optimised.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For deployment: small and fast, which takes long.
    Release,
    /// For trying it during development; it is built several times as fast.
    Development,
}

const USAGE: &str = "\
Usage: cargo xtask build [--development | --edge | --wasi | --all]

Builds the component's Wasm, optimised: target/wasm32-wasip1/release/portico.wasm, where spin.toml expects it.

  --development       builds it faster and optimises it less, as `cargo xtask dev` runs it:
                      target/wasm32-wasip1/wasm-dev/portico.wasm
  --edge              builds the one for Akamai Functions instead, target/wasm32-wasip1/release/portico-edge.wasm,
                      and makes spin.edge.toml of spin.toml, which names it
  --wasi              builds the component for Wasmtime and wasmCloud instead:
                      target/wasm32-wasip1/release/portico-wasi.wasm
  --all               builds all three

Flags for the compiler (RUSTFLAGS) do not count, so that everybody builds the same Wasm.
";

/// Builds the Wasm that the arguments name.
pub(crate) fn command(arguments: &[OsString]) -> Result<()> {
    match arguments {
        [] => spin(Profile::Release).map(drop),
        [option] if option == "--development" => spin(Profile::Development).map(drop),
        [option] if option == "--edge" => build(Kind::Edge, Profile::Release).map(drop),
        [option] if option == "--wasi" => build(Kind::Wasi, Profile::Release).map(drop),
        [option] if option == "--all" => all(Profile::Release),
        [option] if option == "--help" || option == "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        _ => bail!("`build` takes one option at the most\n\n{USAGE}"),
    }
}

/// Builds the component for Spin, and returns its path.
pub(crate) fn spin(profile: Profile) -> Result<PathBuf> {
    build(Kind::Spin, profile)
}

/// Builds the component for every kind of host.
pub(crate) fn all(profile: Profile) -> Result<()> {
    for kind in [Kind::Spin, Kind::Edge, Kind::Wasi] {
        build(kind, profile)?;
    }
    Ok(())
}

/// Returns the path of the component for Spin, once it is built.
pub(crate) fn spin_wasm(profile: Profile) -> PathBuf {
    profile.directory().join("portico.wasm")
}

impl Kind {
    /// Returns the package of its shell.
    fn package(self) -> &'static str {
        match self {
            Self::Spin | Self::Edge => "portico-spin",
            Self::Wasi => "portico-wasi",
        }
    }

    /// Returns its name among the files that are built.
    fn name(self) -> &'static str {
        match self {
            Self::Spin => "portico",
            Self::Edge => "portico-edge",
            Self::Wasi => "portico-wasi",
        }
    }
}

impl Profile {
    /// Returns its name in `Cargo.toml`, and that of its directory.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Development => "wasm-dev",
        }
    }

    fn directory(self) -> PathBuf {
        root().join("target").join(TARGET).join(self.name())
    }
}

fn build(kind: Kind, profile: Profile) -> Result<PathBuf> {
    ensure_target()?;
    let mut cargo = cargo();
    cargo
        .args(["build", "--locked", "--profile", profile.name()])
        .args(["--target", TARGET, "--package", kind.package()])
        // Always this one, whatever the environment and cargo's configuration say: `spin.toml` names it.
        .arg("--target-dir")
        .arg(root().join("target"))
        .current_dir(root());
    if profile == Profile::Release {
        // These take the place of all others. They are separated by this character, because paths may have blanks.
        cargo.env("CARGO_ENCODED_RUSTFLAGS", path_flags().join("\x1f"));
    }
    if kind == Kind::Edge {
        // The shell leaves out the features that that host lacks.
        cargo.arg("--no-default-features");
        let manifest = fs::read_to_string(root().join("spin.toml")).context("spin.toml")?;
        fs::write(
            root().join("spin.edge.toml"),
            edge_manifest::from(&manifest)?,
        )?;
    }
    run_program(&mut cargo)?;
    let directory = profile.directory();
    // Cargo puts it there under the name of the shell.
    let built = directory.join(format!("{}.wasm", kind.package().replace('-', "_")));
    let wasm = directory.join(format!("{}.wasm", kind.name()));
    if kind == Kind::Wasi {
        componentize(&built, &wasm)?;
    } else {
        fs::copy(&built, &wasm).with_context(|| format!("cannot copy {}", built.display()))?;
    }
    let size = fs::metadata(&wasm)?.len();
    let shown = wasm.strip_prefix(root()).unwrap_or(&wasm).display();
    eprintln!("{shown}: {size} bytes");
    if profile == Profile::Release && size > SIZE_LIMIT {
        bail!("the component is larger than {SIZE_LIMIT} bytes");
    }
    Ok(wasm)
}

/// Returns the compiler's flags by which the Wasm does not tell where it was built, and is the same wherever the same
/// toolchain builds it: panic messages name files of sources. Of several flags that fit a path, the last one counts.
fn path_flags() -> [String; 3] {
    let home = env::var_os("CARGO_HOME").filter(|home| !home.is_empty());
    let home = home.map_or_else(
        || env::home_dir().unwrap_or_default().join(".cargo"),
        |home| root().join(home),
    );
    let crates = home.join("registry/src");
    [
        (root(), "/portico"),
        (home.as_path(), "/cargo"),
        (crates.as_path(), "/crates"),
    ]
    .map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()))
}

/// Wraps a core module as a component. A separate program does it, so that only `--wasi` waits for it.
fn componentize(module: &Path, component: &Path) -> Result<()> {
    run_program(
        cargo()
            .args(["run", "--quiet", "--locked", "--package"])
            .args(["portico-componentize", "--"])
            .arg(module)
            .arg(component)
            .current_dir(root()),
    )
}

/// Adds the Wasm target to the toolchain if it is missing.
pub(crate) fn ensure_target() -> Result<()> {
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

/// Returns true if the standard library for the target is there. This asks the compiler, which also works without
/// rustup.
fn has_target() -> Result<bool> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let libraries = output(
        rustc
            .args(["--print", "target-libdir", "--target", TARGET])
            .current_dir(root()),
    )?;
    Ok(Path::new(libraries.trim()).is_dir())
}
