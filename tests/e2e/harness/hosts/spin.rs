//! A real Spin. It comes from no package registry, so whoever has one names it: `PORTICO_SPIN=/path/to/spin`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::process::{Kind, Process, Start};
use crate::conformance::Missing;

/// The variable that names the program.
const VARIABLE: &str = "PORTICO_SPIN";

struct Spin {
    program: PathBuf,
    /// The place where Spin keeps its store and the component's log.
    directory: PathBuf,
}

/// The program, version 4.1 or later.
pub(super) fn program() -> Result<PathBuf, Missing> {
    let program = std::env::var_os(VARIABLE).map(PathBuf::from);
    program
        .filter(|program| program.is_file())
        .ok_or_else(|| Missing {
            what: "Spin".to_owned(),
            remedy: "set PORTICO_SPIN to the path of a `spin`, version 4.1 or later",
        })
}

pub(super) fn start(start: Start) -> Process {
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let directory = format!("portico-spin-{}-{number}", std::process::id());
    let spin = Spin {
        program: program().unwrap_or_else(|missing| panic!("{}", missing.remedy)),
        directory: std::env::temp_dir().join(directory),
    };
    Process::start(spin, start)
}

impl Kind for Spin {
    fn command(&self, start: &Start, addr: SocketAddr) -> Command {
        std::fs::create_dir_all(&self.directory).unwrap();
        let mut command = Command::new(&self.program);
        command
            .args(["up", "--from"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml"))
            .args(["--listen", &addr.to_string()])
            .arg("--state-dir")
            .arg(self.directory.join("state"))
            .arg("--log-dir")
            .arg(self.directory.join("logs"));
        for (name, value) in &start.variables {
            command.env(format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
        }
        for (key, value) in &start.records {
            let value = std::str::from_utf8(value).unwrap();
            command.args(["--key-value", &format!("{key}={value}")]);
        }
        command
    }

    fn log_file(&self) -> Option<PathBuf> {
        Some(self.directory.join("logs/portico_stderr.txt"))
    }

    /// Puts no record: Spin does so when it starts. Records that are in the store already stay there.
    fn set<'a>(&'a self, _: &'a str, _: &'a [u8]) -> BoxFuture<'a, bool> {
        async { false }.boxed()
    }
}

impl Drop for Spin {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
