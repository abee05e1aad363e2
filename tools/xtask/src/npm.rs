//! The project's npm packages: the installation of their dependencies, and the tests that are written in JavaScript.

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::Result;

use crate::command::{root, run};
use crate::setup::is_on_path;

/// The packages whose `npm test` runs all of their tests.
pub(crate) const TESTED: [&str; 4] = ["cli", "sdk/js", "tests/packages", "tests/browser"];

/// Installs the dependencies that the `package-lock.json` of a package lists, unless that has been done since it last
/// changed, or there is no npm.
pub(crate) fn install(package: &str) -> Result<()> {
    let directory = root().join(package);
    let locked = modified(&directory.join("package-lock.json"));
    // npm writes this file last.
    let installed = modified(&directory.join("node_modules/.package-lock.json"));
    let is_current = installed.is_some() && installed >= locked;
    if is_current || !is_on_path("npm") {
        return Ok(());
    }
    eprintln!("installing the npm packages of {package}");
    run(Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(directory))
}

/// Runs the tests of a package.
pub(crate) fn test(package: &str) -> Result<()> {
    eprintln!("npm test in {package}");
    // Cargo's target directory may be elsewhere, where the scripts would not look. Wherever it is, this program is
    // beside the host, because cargo builds both by the same profile.
    let host = env::current_exe()?.with_file_name(format!("portico-host{EXE_SUFFIX}"));
    run(Command::new("npm")
        .args(["test", "--silent"])
        .env("PORTICO_HOST", host)
        .current_dir(root().join(package)))
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

/// Writes the package as `npm publish` would publish it into a directory.
pub(crate) fn pack(package: &str, directory: &Path) -> Result<()> {
    run(Command::new("npm")
        .args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
        .arg(directory)
        .current_dir(root().join(package)))
}
