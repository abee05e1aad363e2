//! `cargo xtask test`: all tests, those that run the component included.

use std::ffi::OsString;

use anyhow::Result;

use crate::build;
use crate::command::{become_program, cargo, root};
use crate::peers;

/// Builds the component, which the end-to-end tests run, installs the programs that some of them test it against, and
/// runs the tests of the whole workspace. `arguments` go to `cargo test`.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    build::run()?;
    peers::install();
    become_program(
        cargo()
            .args(["test", "--workspace"])
            .args(arguments)
            .current_dir(root()),
    )
}
