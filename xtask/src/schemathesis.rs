//! Schemathesis, which makes requests of the description of the interface and judges the answers by it.

use std::process::Command;

use anyhow::{Result, anyhow};

use crate::command::{root, run};
use crate::setup::is_on_path;

/// The packages that are installed, which the tests read as well.
const REQUIREMENTS: &str = "tests/conformance/schemathesis-requirements.txt";

/// Installs it into an environment of its own, in a directory that has its version in its name, unless it is there or
/// there is no Python.
pub(crate) fn install() -> Result<()> {
    let requirements = root().join(REQUIREMENTS);
    let listed = std::fs::read_to_string(&requirements)?;
    let version = listed
        .lines()
        .find_map(|line| line.strip_prefix("schemathesis=="))
        .ok_or_else(|| anyhow!("{REQUIREMENTS} has no schemathesis"))?;
    let directory = root().join(format!("target/conformance/schemathesis-{version}"));
    let programs = directory.join("bin");
    // pip writes the program last.
    if programs.join("schemathesis").exists() || !is_on_path("python3") {
        return Ok(());
    }
    eprintln!("installing Schemathesis {version}");
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
        .arg(requirements))
}
