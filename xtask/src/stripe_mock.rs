//! Stripe's own stand-in, which some tests ask for its opinion.

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::process::Command;

use anyhow::Result;

use crate::command::{root, run};
use crate::setup::is_on_path;

/// Its version, which the tests read as well.
const VERSION: &str = include_str!("../../tests/conformance/stripe-mock-version.txt");

/// Builds `stripe-mock` into a directory that has its version in its name, unless it is there or there is no Go.
pub(crate) fn install() -> Result<()> {
    let version = VERSION.trim();
    let directory = root().join(format!("target/conformance/stripe-mock-{version}"));
    let program = directory.join(format!("stripe-mock{EXE_SUFFIX}"));
    if program.exists() || !is_on_path("go") {
        return Ok(());
    }
    eprintln!("installing stripe-mock {version}");
    // Go itself checks what it downloads against its public checksum database.
    run(Command::new("go")
        .arg("install")
        .arg(format!("github.com/stripe/stripe-mock@{version}"))
        .env("GOBIN", directory)
        // Elsewhere than in this project, so that a workspace or a module around it does not matter.
        .current_dir(env::temp_dir()))
}
