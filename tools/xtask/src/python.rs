//! Programs of others from `PyPI` that tests run, each in an environment of its own.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, anyhow};

use crate::command::{root, run};
use crate::setup::is_on_path;

/// The programs, by the names of their packages. `tests/e2e/conformance/scripts/<name>-requirements.txt` lists the
/// packages to install, and the tests read the same file.
pub(crate) const PROGRAMS: [&str; 3] = ["Authlib", "localstripe", "schemathesis"];

/// Installs a program in a directory that has its version in its name, unless it is there or there is no Python.
pub(crate) fn install(name: &str) -> Result<()> {
    let requirements = root().join(format!(
        "tests/e2e/conformance/scripts/{name}-requirements.txt"
    ));
    let listed =
        fs::read_to_string(&requirements).with_context(|| requirements.display().to_string())?;
    let version = listed
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix("=="))
        .ok_or_else(|| anyhow!("{} does not list {name}", requirements.display()))?;
    let directory = root().join(format!("target/conformance/{name}-{version}"));
    let programs = directory.join("bin");
    let installed = directory.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|there| there == listed) || !is_on_path("python3") {
        return Ok(());
    }
    eprintln!("installing {name} {version}");
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&directory))?;
    // Nothing is built on this machine, and nothing is looked for beyond the list.
    run(Command::new(programs.join("python"))
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(["--only-binary", ":all:", "--no-deps", "--requirement"])
        .arg(requirements))?;
    // This comes last, so that an interrupted installation is done again.
    fs::write(installed, listed)?;
    Ok(())
}
