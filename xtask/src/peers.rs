//! The programs of others that some end-to-end tests need, installed where the tests look for them.
//!
//! Nothing here fails: where a program cannot be installed, its tests say that they are skipped, or fail if they must
//! not be.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use crate::build::target_directory;
use crate::command::{output, root, run};

/// The version of `stripe-mock`, which the tests read as well.
const STRIPE_MOCK_VERSION: &str = include_str!("../../tests/peers/stripe-mock-version.txt");

/// Installs what is missing and can be installed.
pub(crate) fn install() {
    for (what, installed) in [
        ("the npm packages of tests/peers", npm_packages()),
        ("stripe-mock", stripe_mock()),
    ] {
        if let Err(error) = installed {
            eprintln!("{what} cannot be installed: {error:#}");
        }
    }
}

/// Installs what `tests/peers/package-lock.json` says, unless that has been done since it last changed.
fn npm_packages() -> anyhow::Result<()> {
    let directory = root().join("tests/peers");
    let locked = modified(&directory.join("package-lock.json"));
    // npm writes this file last.
    let installed = modified(&directory.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= locked {
        return Ok(());
    }
    if !exists("npm", "--version") {
        return Ok(());
    }
    eprintln!("installing the npm packages of tests/peers");
    run(Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(directory))
}

/// Builds `stripe-mock` into a directory below the target directory, under its version.
fn stripe_mock() -> anyhow::Result<()> {
    let version = STRIPE_MOCK_VERSION.trim();
    let directory = target_directory()?
        .join("peers")
        .join(format!("stripe-mock-{version}"));
    let program = directory
        .join("stripe-mock")
        .with_extension(std::env::consts::EXE_EXTENSION);
    if program.exists() || !exists("go", "version") {
        return Ok(());
    }
    eprintln!("installing stripe-mock {version}");
    // Go itself checks what it downloads against its public checksum database.
    run(Command::new("go")
        .arg("install")
        .arg(format!("github.com/stripe/stripe-mock@{version}"))
        .env("GOBIN", directory)
        // Elsewhere than in this project, so that a workspace or a module around it does not matter.
        .current_dir(std::env::temp_dir()))
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

/// Whether a program is on the path.
fn exists(program: &str, version: &str) -> bool {
    let error = output(Command::new(program).arg(version)).err();
    !error.is_some_and(|error| {
        let io = error.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == ErrorKind::NotFound)
    })
}
