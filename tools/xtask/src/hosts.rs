//! Hosts that others wrote, on which the end-to-end tests run as well.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{root, run};
use crate::setup::is_on_path;

/// The hosts to install, each with its version and the digests of its files. The tests read the same file.
const REQUIRED: &str = "tests/e2e/conformance/scripts/hosts.txt";

/// The directory in which they are installed.
const DIRECTORY: &str = "target/conformance/hosts";

/// Wasmtime's program below the directory.
const WASMTIME: &str = "wasmtime_cli/wasmtime";

/// The programs below the directory. A wheel does not keep the permission to run them.
const PROGRAMS: [&str; 2] = [WASMTIME, "wash_cli/wash"];

/// Returns the path of Wasmtime's program, once it is installed.
pub(crate) fn wasmtime() -> PathBuf {
    root().join(DIRECTORY).join(WASMTIME)
}

/// Installs the hosts, unless they are there in these versions, or there is no Python to install them with.
pub(crate) fn install() -> Result<()> {
    let required = root().join(REQUIRED);
    let directory = root().join(DIRECTORY);
    let installed = directory.join("installed.txt");
    let wanted = fs::read_to_string(&required).context(REQUIRED)?;
    if fs::read_to_string(&installed).is_ok_and(|there| there == wanted) || !is_on_path("python3") {
        return Ok(());
    }
    eprintln!("installing the hosts of {REQUIRED}");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    let wheels = directory.join("wheels");
    fs::create_dir_all(&wheels)?;
    run(Command::new("python3")
        .args(["-m", "pip", "download", "--quiet", "--no-deps"])
        .args(["--only-binary=:all:", "--require-hashes"])
        .arg("--requirement")
        .arg(&required)
        .arg("--dest")
        .arg(&wheels))?;
    for wheel in files(&wheels)? {
        // A wheel is a ZIP archive, and Python's own library unpacks it.
        run(Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .arg(wheel)
            .arg(&directory))?;
    }
    for program in PROGRAMS {
        make_executable(&directory.join(program))?;
    }
    fs::remove_dir_all(&wheels)?;
    // This comes last, so that an interrupted installation is done again.
    fs::write(&installed, wanted)?;
    Ok(())
}

fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory)?;
    Ok(entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?)
}

#[cfg(unix)]
fn make_executable(program: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755))
        .with_context(|| program.display().to_string())
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> Result<()> {
    Ok(())
}
