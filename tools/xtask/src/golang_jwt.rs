//! An issuer with `golang-jwt`, whose tokens and keys tests read.

use std::env::consts::EXE_SUFFIX;
use std::process::Command;

use anyhow::{Result, anyhow};

use crate::command::{root, run};
use crate::setup::is_on_path;

/// The issuer's module, which names one version of each package that it is built of; the tests read the same file.
const MODULE: &str = include_str!("../../../tests/e2e/conformance/scripts/golang-jwt/go.mod");

/// Builds the issuer into a directory that has the version of `golang-jwt` in its name, unless there is no Go. Go keeps
/// its builds.
pub(crate) fn install() -> Result<()> {
    if !is_on_path("go") {
        return Ok(());
    }
    let (_, version) = MODULE
        .rsplit_once(' ')
        .ok_or_else(|| anyhow!("the module names no version of golang-jwt"))?;
    let program = format!(
        "target/conformance/golang-jwt-{}/golang-jwt{EXE_SUFFIX}",
        version.trim()
    );
    // Go itself checks what it downloads against `go.sum`.
    run(Command::new("go")
        .args(["build", "-o"])
        .arg(root().join(program))
        .arg(".")
        .current_dir(root().join("tests/e2e/conformance/scripts/golang-jwt")))
}
