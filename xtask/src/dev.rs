//! `cargo xtask dev`: the component on this machine, beside a stand-in for Stripe.

use std::ffi::OsString;

use anyhow::Result;

use crate::build;
use crate::command::{become_program, cargo, root};

/// Builds the component and runs it in the native host until it is interrupted. `arguments` go to `portico-host dev`.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    build::run()?;
    // Cargo in turn hands its process over to the host on Unix, so that an interrupt reaches the host alone and
    // nothing is left behind. The manifest is named because the command may run in any directory of the project.
    become_program(
        cargo()
            .args([
                "run",
                "--package",
                "portico-host",
                "--",
                "dev",
                "--manifest",
            ])
            .arg(root().join("spin.toml"))
            .args(arguments),
    )
}
