//! Stock `wasmtime serve`, by its command line alone. Its store is in memory, and each handle to it is a fresh copy of
//! what the command line says; so a record that is written later needs a new process, and counts last as long as an
//! instance.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::process::{self, Kind, Process, Start};

/// The place where it is installed.
pub(crate) const PROGRAM: &str = "wasmtime_cli/wasmtime";

struct Wasmtime;

pub(super) fn start(start: Start) -> Process {
    Process::start(Wasmtime, start)
}

impl Kind for Wasmtime {
    fn command(&self, start: &Start, addr: SocketAddr) -> Command {
        let mut command = Command::new(program());
        command
            .args(["serve", "--allow-precompiled", "--no-logging-prefix"])
            .args(["-S", "cli", "-S", "config", "-S", "keyvalue"])
            .args(["--addr", &addr.to_string()])
            .env_remove("RUST_BACKTRACE");
        for (name, value) in &start.variables {
            // Of the environment, what is named here is handed on.
            let name = format!("PORTICO_{}", name.to_uppercase());
            command.args(["--env", &name]).env(&name, value);
        }
        for (key, value) in &start.records {
            let value = std::str::from_utf8(value).unwrap();
            assert!(
                !value.contains(','),
                "Wasmtime's command line takes no record with a comma, so this test belongs in NOT_ON_WASMTIME"
            );
            command.args(["-S", &format!("keyvalue-in-memory-data={key}={value}")]);
        }
        command.arg(&*COMPILED);
        command
    }

    fn set<'a>(&'a self, _: &'a str, _: &'a [u8]) -> BoxFuture<'a, bool> {
        async { false }.boxed()
    }
}

fn program() -> PathBuf {
    process::installed(PROGRAM).unwrap_or_else(|missing| panic!("{} is missing", missing.what))
}

/// The component as machine code, which this process has compiled once for all tests.
static COMPILED: LazyLock<PathBuf> = LazyLock::new(|| {
    let name = format!("portico-wasi-{}.cwasm", std::process::id());
    let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // Those of earlier processes. One that still runs has loaded its own.
    let earlier = std::fs::read_dir(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for file in earlier.map_while(Result::ok).map(|entry| entry.path()) {
        if file
            .extension()
            .is_some_and(|extension| extension == "cwasm")
        {
            let _ = std::fs::remove_file(file);
        }
    }
    let status = Command::new(program())
        .arg("compile")
        .arg(process::wasi_component())
        .arg("-o")
        .arg(&compiled)
        .status()
        .unwrap();
    assert!(status.success(), "wasmtime compile: {status}");
    compiled
});
