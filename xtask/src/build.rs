//! `cargo xtask build`: the component's Wasm, where `spin.toml` expects it; and with `--wide-arithmetic`, the Wasm for
//! hosts that know the proposal of this name, in a directory of its own.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, output, root, run as run_program};

pub(crate) const TARGET: &str = "wasm32-wasip1";

/// Where the Wasm lies below a target directory.
const WASM: &str = "wasm32-wasip1/release/portico.wasm";

/// Where cargo puts it below a target directory: under the name of the shell.
const BUILT: &str = "wasm32-wasip1/release/portico_spin.wasm";

/// The component starts cold at the edge, so its size is start-up time. It is refused above this many bytes.
const SIZE_LIMIT: u64 = 1280 * 1024;

/// Which Wasm to build.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Build {
    /// What every host runs.
    Default,
    /// The same code with the instructions of the wide-arithmetic proposal, which multiply two 64-bit numbers at once:
    /// public-key signatures are then checked in a fraction of the time. Hosts on Wasmtime 49 and later run it; earlier
    /// ones refuse to load it. So it never takes the default's place.
    WideArithmetic,
}

const USAGE: &str = "\
Usage: cargo xtask build [--wide-arithmetic]

Builds the component's Wasm, optimised: target/wasm32-wasip1/release/portico.wasm, where spin.toml expects it.

  --wide-arithmetic   builds another Wasm instead, in which public-key signatures are checked several times as fast, but
                      which only hosts on Wasmtime 49 and later load:
                      target/wide-arithmetic/wasm32-wasip1/release/portico.wasm
";

/// Builds what the arguments say.
pub(crate) fn command(arguments: &[OsString]) -> Result<()> {
    match arguments {
        [] => run(),
        [option] if option == "--wide-arithmetic" => Build::WideArithmetic.run(),
        [option] if option == "--help" || option == "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        _ => bail!("`build` takes `--wide-arithmetic` and no other arguments"),
    }
}

/// Builds the component.
pub(crate) fn run() -> Result<()> {
    Build::Default.run()
}

impl Build {
    /// Below the target directory, where cargo builds it.
    fn directory(self) -> &'static str {
        match self {
            Self::Default => "",
            Self::WideArithmetic => "wide-arithmetic",
        }
    }

    fn run(self) -> Result<()> {
        ensure_target()?;
        let target_directory = root().join("target").join(self.directory());
        let mut cargo = cargo();
        cargo
            .args(["build", "--release", "--target", TARGET])
            .args(["--package", "portico-spin"])
            // Always this one, whatever the environment and cargo's configuration say: `spin.toml` names it.
            .arg("--target-dir")
            .arg(&target_directory)
            .current_dir(root());
        if self == Self::WideArithmetic {
            // The feature is needed where the arithmetic is, in the dependencies. Flags of the environment stay.
            let mut flags = env::var_os("RUSTFLAGS").unwrap_or_default();
            flags.push(" -C target-feature=+wide-arithmetic");
            cargo.env("RUSTFLAGS", flags);
        }
        run_program(&mut cargo)?;
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
