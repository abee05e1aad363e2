//! `cargo xtask test`: all tests, those that run the component included.

use std::ffi::OsString;

use anyhow::Result;

use crate::build;
use crate::command::{become_program, cargo, root};

/// Builds the component, which the end-to-end tests run, and runs the tests of the whole workspace. `arguments` go to
/// `cargo test`.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    build::run()?;
    become_program(
        cargo()
            .args(["test", "--workspace"])
            .args(arguments)
            .current_dir(root()),
    )
}
