//! Portico on a Spin, beside the stand-in and for as long as it runs.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use portico_stand_in::cli;

/// The pause between two looks at whether Spin still runs.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// A Spin that runs Portico.
pub(crate) struct Spin(Child);

impl Spin {
    /// Starts Spin with the variables and records of a development run.
    pub(crate) fn start(
        program: &Path,
        manifest: &Path,
        listen: &str,
        variables: &[(String, String)],
        records: &[(String, String)],
    ) -> Result<Self> {
        let mut command = Command::new(program);
        command
            .arg("up")
            .arg("--from")
            .arg(manifest)
            .args(["--listen", listen]);
        for (name, value) in variables {
            command.env(format!("SPIN_VARIABLE_{name}"), value);
        }
        for (key, value) in records {
            command.args(["--key-value", &format!("{key}={value}")]);
        }
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self(child))
    }

    /// Waits until Spin ends, or until this process is asked to, and then ends Spin.
    pub(crate) async fn until_interrupted(mut self) -> Result<()> {
        let ended = async {
            loop {
                if let Some(status) = self.0.try_wait()? {
                    return std::io::Result::Ok(status);
                }
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
        };
        let status: Option<ExitStatus> = tokio::select! {
            status = ended => Some(status?),
            interrupted = cli::interrupted() => {
                interrupted?;
                None
            }
        };
        if let Some(status) = status {
            ensure!(status.success(), "spin has ended: {status}");
        }
        Ok(())
    }
}

impl Drop for Spin {
    fn drop(&mut self) {
        // Either may fail only because it has ended already, as by Ctrl-C, which reaches both.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

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
    pub(crate) manifest: PathBuf,

    /// Where Spin listens
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:3000",
        requires = "spin"
    )]
    pub(crate) portico: std::net::SocketAddr,
}
