//! `cargo xtask dev`: the component on this machine, beside a stand-in for Stripe.

use std::env::{self, consts::EXE_EXTENSION};
use std::ffi::OsString;
use std::io;
use std::process::{Command, Output, Stdio};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, bail};

use crate::command::{become_program, cargo, root, run as run_program};

const HOST: &str = "portico-host";

/// Builds the component and runs it in the native host until it is interrupted. `arguments` go to `portico-host dev`.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let only_help = arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h");
    if !only_help {
        build()?;
    }
    // Cargo in turn hands its process over to the host on Unix, so that an interrupt reaches the host alone and
    // nothing is left behind. The manifest is named because the command may run in any directory of the project.
    become_program(
        cargo()
            .args(["run", "--quiet", "--package", HOST, "--", "dev"])
            .arg("--manifest")
            .arg(root().join("spin.toml"))
            .args(arguments),
    )
}

/// Builds the component and the host at a time: each has steps in which it keeps a single core busy.
fn build() -> Result<()> {
    let host = root()
        .join("target/debug")
        .join(HOST)
        .with_extension(EXE_EXTENSION);
    if !host.exists() {
        eprintln!(
            "Building the component, and the host that runs it, most of which is Wasmtime. The first time, this takes \
             about four minutes on two cores. Later, it takes seconds."
        );
    }
    let component = Background::start()?;
    let host = run_program(
        cargo()
            .args(["build", "--package", HOST])
            .current_dir(root()),
    );
    // Nothing is left behind that still builds.
    let component = component.finish();
    host.and(component)
}

/// `cargo xtask build`, which says nothing unless it fails: two progress bars would write over each other.
struct Background(JoinHandle<io::Result<Output>>);

impl Background {
    fn start() -> Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.arg("build").stdin(Stdio::null());
        Ok(Self(thread::spawn(move || command.output())))
    }

    fn finish(self) -> Result<()> {
        if !self.0.is_finished() {
            eprintln!("The host is built. The component will be in a moment.");
        }
        let output = self.0.join();
        let output = output
            .ok()
            .context("the build of the component was given up")??;
        // The last line says where the Wasm is, and how large.
        let told = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("the component was not built:\n{told}");
        }
        eprintln!("{}", told.trim_end().lines().last().unwrap_or_default());
        Ok(())
    }
}
