//! The start of other programs.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Returns the root of the workspace.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.ancestors().nth(2).unwrap_or(xtask)
}

/// Returns the cargo that runs this program, or else the one on the path.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Says what comes next, among much that other programs say.
pub(crate) fn step(what: &str) {
    eprintln!("\n== {what}");
}

/// Installs one of cargo's own programs, unless it is there in this version.
pub(crate) fn cargo_program(name: &str, version: &str) -> Result<()> {
    let subcommand = name.trim_start_matches("cargo-");
    let installed = output(cargo().args([subcommand, "--version"]));
    if installed.is_ok_and(|installed| installed.trim() == format!("{name} {version}")) {
        return Ok(());
    }
    step(&format!("cargo install {name} {version}"));
    run(cargo().args(["install", name, "--locked", "--force", "--version", version]))
}

/// Runs a program to its end, with this program's input and output.
///
/// Fails when it cannot be started, and when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| starting(command))?;
    if !status.success() {
        bail!("{} failed: {status}", shown(command));
    }
    Ok(())
}

/// Runs a program and returns its output.
///
/// Fails when it cannot be started, when it fails, and when the output is not UTF-8.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| starting(command))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed: {}\n{reason}", shown(command), output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Hands this process over to another program, which then gets the signals and sets the exit code.
///
/// Returns only when the program cannot be started.
#[cfg(unix)]
pub(crate) fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec()).with_context(|| starting(command))
}

/// Runs a program in place of this one, as far as the system allows.
#[cfg(not(unix))]
pub(crate) fn become_program(command: &mut Command) -> Result<()> {
    run(command)
}

fn starting(command: &Command) -> String {
    format!("cannot start {}", command.get_program().display())
}

/// Returns a command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut shown = program
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        shown.push(' ');
        shown.push_str(&argument.to_string_lossy());
    }
    shown
}
