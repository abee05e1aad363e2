//! `cargo xtask dist`: all files of a release, in `dist/`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::build::{self, Profile};
use crate::command::{cargo, output, root, run as run_program};
use crate::npm;

/// The Wasm files of a release.
const WASM: [&str; 3] = ["portico.wasm", "portico-edge.wasm", "portico-wasi.wasm"];

/// The npm packages of a release.
const PACKAGES: [&str; 2] = ["sdk/js", "cli"];

const USAGE: &str = "\
Usage: cargo xtask dist [--url <address> | --check]

Gathers everything that a release consists of in dist/: the Wasm for each kind of host, manifests that name the Wasm beside
them, runtime-config.toml, openapi.yaml, the npm packages, a template for `spin new`, a bill of materials (CycloneDX), notes
from CHANGELOG.md, and SHA256SUMS.

  --url <address>     the manifests and the template take the Wasm from this address, by its digest
  --check             does so from a clean clone in another directory as well, and compares the two to the byte
";

/// Makes `dist/`, or checks that it is the same elsewhere.
pub(crate) fn command(arguments: &[OsString]) -> Result<()> {
    let arguments: Vec<_> = arguments.iter().map(|one| one.to_str()).collect();
    match arguments.as_slice() {
        [] => dist(None),
        [Some("--url"), Some(url)] => dist(Some(url)),
        [Some("--check")] => check(),
        [Some("--help" | "-h")] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => bail!("these are no arguments of `dist`\n\n{USAGE}"),
    }
}

fn dist(url: Option<&str>) -> Result<()> {
    build::all(Profile::Release)?;
    let directory = root().join("dist");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir(&directory)?;
    for wasm in WASM {
        let built = root()
            .join("target")
            .join(build::TARGET)
            .join("release")
            .join(wasm);
        fs::copy(&built, directory.join(wasm)).with_context(|| built.display().to_string())?;
    }
    for package in PACKAGES {
        npm::pack(package, &directory)?;
    }
    let mut gather = cargo();
    gather
        .args([
            "run",
            "--quiet",
            "--locked",
            "--package",
            "portico-dist",
            "--",
        ])
        .arg(root())
        .arg(&directory)
        .args(url)
        .current_dir(root());
    run_program(&mut gather)?;
    eprintln!("{}", directory.display());
    Ok(())
}

/// Makes a release here and in a clean clone of the last commit, and compares them.
fn check() -> Result<()> {
    let changed = output(
        Command::new("git")
            .args(["status", "--porcelain"])
            .current_dir(root()),
    )?;
    ensure!(
        changed.is_empty(),
        "commit first: a clone would not have these changes\n{changed}"
    );
    dist(None)?;
    let elsewhere = env::temp_dir().join(format!("portico-dist-{}", std::process::id()));
    let outcome = compare_with_clone(&elsewhere);
    let removed = fs::remove_dir_all(&elsewhere);
    outcome?;
    removed?;
    eprintln!("a clean clone in another directory makes the same release");
    Ok(())
}

fn compare_with_clone(elsewhere: &Path) -> Result<()> {
    run_program(
        Command::new("git")
            .args(["clone", "--quiet"])
            .arg(root())
            .arg(elsewhere),
    )?;
    let mut there = cargo();
    there.args(["xtask", "dist"]).current_dir(elsewhere);
    run_program(&mut there)?;
    let sums = |project: &Path| fs::read_to_string(project.join("dist/SHA256SUMS"));
    let (here, there) = (sums(root())?, sums(elsewhere)?);
    ensure!(
        here == there,
        "a clean clone makes another release:\n--- here\n{here}--- in the clone\n{there}"
    );
    Ok(())
}
