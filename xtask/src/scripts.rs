//! The tests that are written in JavaScript: of the client, and of what a person sees in a browser.

use std::env::consts::EXE_EXTENSION;
use std::process::Command;

use anyhow::Result;

use crate::build::target_directory;
use crate::command::{root, run};
use crate::conformance;

/// Each is an npm package whose `npm test` runs all of its tests.
pub(crate) const PACKAGES: [&str; 2] = ["sdk/js", "tests/browser"];

/// Runs them. Without Node.js they are skipped, unless nothing may be.
pub(crate) fn test() -> Result<()> {
    if !conformance::exists("npm", "--version") {
        return conformance::skip("the tests of sdk/js and tests/browser", "npm");
    }
    // Cargo's target directory may be elsewhere, where the scripts would not look.
    let host = target_directory()?
        .join("debug/portico-host")
        .with_extension(EXE_EXTENSION);
    for package in PACKAGES {
        eprintln!("npm test in {package}");
        run(Command::new("npm")
            .args(["test", "--silent"])
            .env("PORTICO_HOST", &host)
            .current_dir(root().join(package)))?;
    }
    Ok(())
}
