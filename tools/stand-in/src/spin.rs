//! Portico on a Spin, beside the stand-in and for as long as it runs.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use portico_stand_in::cli;
use tokio::process::Command;

/// The options that concern Spin.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Runs Portico as well, on this Spin (4.1 or later)
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) spin: Option<PathBuf>,

    /// The manifest that Spin runs
    #[arg(
        long,
        value_name = "FILE",
        default_value = "spin.toml",
        requires = "spin"
    )]
    manifest: PathBuf,

    /// Where Spin listens
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:3000",
        requires = "spin"
    )]
    pub(crate) portico: SocketAddr,
}

/// Runs Spin, if there is one, with the variables and records of a development run, until this process is asked to end.
///
/// Fails when Spin cannot be started, or fails by itself.
pub(crate) async fn run(
    options: &Options,
    variables: &[(String, String)],
    records: &[(String, String)],
) -> Result<()> {
    let Some(program) = &options.spin else {
        return cli::interrupted().await;
    };
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
