//! The programs of others that some tests need, installed where the tests look for them.
//!
//! Installing does not fail: where a program cannot be installed, its tests say that they are skipped, or fail if they
//! must not be.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use crate::build::target_directory;
use crate::command::{output, root, run};
use crate::scripts;

/// The version of `stripe-mock`, which the tests read as well.
const STRIPE_MOCK_VERSION: &str = include_str!("../../tests/conformance/stripe-mock-version.txt");

/// With this variable set to `1`, what is missing is an error.
const REQUIRE: &str = "PORTICO_REQUIRE_ALL";

/// Programs that tests run, by the names under which they may be on the path, with Debian's packages for them.
const PROGRAMS: [(&[&str], &str); 5] = [
    (&["node"], "nodejs"),
    (&["npm"], "npm"),
    (&["go"], "golang-go"),
    (&["redis-server"], "redis-server"),
    (
        &["chromium", "chromium-browser", "google-chrome"],
        "chromium",
    ),
];

/// Installs what is missing and can be installed.
pub(crate) fn install() {
    if let Err(error) = programs() {
        eprintln!("some programs cannot be installed: {error:#}");
    }
    let packages = ["tests/conformance"].into_iter().chain(scripts::PACKAGES);
    let packages = packages.map(|package| (package, npm_packages(package)));
    for (what, installed) in packages.chain([("stripe-mock", stripe_mock())]) {
        if let Err(error) = installed {
            eprintln!("what {what} needs cannot be installed: {error:#}");
        }
    }
}

/// Says that tests are skipped for want of a program, or fails if nothing may be skipped.
pub(crate) fn skip(tests: &str, program: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        std::env::var_os(REQUIRE).is_none_or(|value| value != "1"),
        "{program} is missing, which {tests} need"
    );
    eprintln!("{tests} are skipped: {program} is missing");
    Ok(())
}

/// Installs programs from Debian's packages. This changes the system, so it is done where root itself asks for it, as in
/// a container; others are told what is missing.
fn programs() -> anyhow::Result<()> {
    let missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(names, _)| !names.iter().any(|name| exists(name, "--version")))
        .map(|&(_, package)| package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing_names = missing.join(" ");
    if !exists("apt-get", "--version") || output(Command::new("id").arg("-u"))?.trim() != "0" {
        eprintln!("not there, and some tests need it (as Debian names it): {missing_names}");
        return Ok(());
    }
    eprintln!("apt-get install {missing_names}");
    run(Command::new("apt-get").args(["update", "-qq"]))?;
    run(Command::new("apt-get")
        .args(["install", "-qq", "--yes", "--no-install-recommends"])
        .args(missing)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Installs what the `package-lock.json` of a package says, unless that has been done since it last changed.
pub(crate) fn npm_packages(package: &str) -> anyhow::Result<()> {
    let directory = root().join(package);
    let locked = modified(&directory.join("package-lock.json"));
    // npm writes this file last.
    let installed = modified(&directory.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= locked {
        return Ok(());
    }
    if !exists("npm", "--version") {
        return Ok(());
    }
    eprintln!("installing the npm packages of {package}");
    run(Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(directory))
}

/// Builds `stripe-mock` into a directory below the target directory, under its version.
fn stripe_mock() -> anyhow::Result<()> {
    let version = STRIPE_MOCK_VERSION.trim();
    let directory = target_directory()?
        .join("conformance")
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
pub(crate) fn exists(program: &str, version: &str) -> bool {
    let error = output(Command::new(program).arg(version)).err();
    !error.is_some_and(|error| {
        let io = error.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == ErrorKind::NotFound)
    })
}
