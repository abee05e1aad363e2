//! `cargo xtask test`: all tests, those that run the component included.

use std::ffi::OsString;

use anyhow::Result;

use crate::build;
use crate::command::{cargo, root, run as run_program};
use crate::{conformance, scripts};

/// Builds the component, which the end-to-end tests run, installs the programs that some of them test it against, and
/// runs all tests. `arguments` go to `cargo test`; with any, only its tests are run.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    build::run()?;
    conformance::install();
    run_program(
        cargo()
            .args(["test", "--workspace"])
            .args(arguments)
            .current_dir(root()),
    )?;
    // The tests in the browser run the host's program, which cargo has built for its own tests.
    if arguments.is_empty() {
        scripts::test()?;
    }
    Ok(())
}
