//! `cargo xtask import`: existing Stripe customers, into a running Portico.

use std::ffi::OsString;

use anyhow::Result;

use crate::command::{become_program, cargo, root};

/// The program that does it, which is built without the host.
const IMPORT: &str = "portico-import";

/// Runs the program in the folder where the command was called, where it keeps its progress. `arguments` go to it.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    become_program(
        cargo()
            .args(["run", "--quiet", "--locked", "--package", IMPORT])
            .arg("--manifest-path")
            .arg(root().join("Cargo.toml"))
            .arg("--")
            .args(arguments),
    )
}
