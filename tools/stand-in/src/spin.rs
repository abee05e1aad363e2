//! Portico on a Spin, beside the stand-in and for as long as it runs.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use portico_stand_in::cli;
use tokio::process::Command;

/// The options that concern Spin.
pub(crate) struct Options {
    pub(crate) program: PathBuf,
    pub(crate) manifest: PathBuf,
    pub(crate) portico: SocketAddr,
}

/// Runs Spin with the variables and records of a development run, until this process is asked to end.
///
/// Fails when Spin cannot be started, or fails by itself.
pub(crate) async fn run(
    options: &Options,
    variables: &[(String, String)],
    records: &[(String, String)],
) -> Result<()> {
    let program = &options.program;
    let listen = options.portico.to_string();
    let mut command = Command::new(program);
    command.arg("up").arg("--from").arg(&options.manifest);
    command.args(["--listen", &listen]).kill_on_drop(true);
    for (name, value) in variables {
        command.env(format!("SPIN_VARIABLE_{name}"), value);
    }
    for (key, value) in records {
        command.args(["--key-value", &format!("{key}={value}")]);
    }
    let spawned = command.spawn();
    let mut spin = spawned.with_context(|| format!("cannot start {}", program.display()))?;
    tokio::select! {
        ended = spin.wait() => {
            let status = ended?;
            ensure!(status.success(), "spin has ended: {status}");
        }
        interrupted = cli::interrupted() => {
            interrupted?;
            // It may have ended already, as by Ctrl-C, which reaches both.
            let _ = spin.kill().await;
        }
    }
    Ok(())
}
