//! Portico and programs that others wrote: where both are right, they understand each other.
//!
//! The stand-ins of the other tests were written by those who wrote Portico, and share its misunderstandings. These
//! programs do not. `cargo xtask test` installs them where there are an `npm`, a `go` and a `python3` to install them with,
//! and `cargo xtask setup` installs these three.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::harness::API_KEY;

mod events;
mod issuers;
mod jose;
mod localstripe;
mod openssl;
mod schemathesis;
mod stripe_mock;
mod stripe_node;

/// With this variable set to `1`, a test whose program is missing fails instead of being skipped.
const REQUIRE: &str = "PORTICO_REQUIRE_ALL";

/// The scripts that use packages from npm, and these packages.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/scripts");

/// The oldest Node.js that the packages run on; `engines` in `tests/e2e/conformance/scripts/package.json` says the same.
const OLDEST_NODE: u32 = 20;

/// A program of others is not there.
pub(crate) struct Missing {
    pub(crate) what: String,
    pub(crate) remedy: &'static str,
}

impl Missing {
    /// Says that the test of this thread is skipped for want of a program, unless that is forbidden.
    fn skip(&self) {
        let Self { what, remedy } = self;
        assert!(
            std::env::var_os(REQUIRE).is_none_or(|value| value != "1"),
            "{what} is missing: {remedy}"
        );
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        // Text that goes through `eprintln!` is only shown for tests that fail.
        let _ = writeln!(
            std::io::stderr(),
            "{test} was skipped, {what} is missing: {remedy}"
        );
    }
}

/// Returns the value if it is there; else the test is skipped.
pub(crate) fn or_skip<T>(there: Result<T, Missing>) -> Option<T> {
    there.map_err(|missing| missing.skip()).ok()
}

/// Runs a script with a value on its standard input, and returns the value that it prints. Fails where the script does.
///
/// This blocks: a script that calls servers of the test needs a thread of its own.
fn node(script: &str, input: &Value) -> Result<Value, Missing> {
    if !has_node() {
        return Err(Missing {
            what: format!("Node.js {OLDEST_NODE} or newer"),
            remedy: "install `node` and `npm` by `cargo xtask setup`, then run `cargo xtask test`",
        });
    }
    let scripts = Path::new(SCRIPTS);
    if !scripts.join("node_modules/.package-lock.json").exists() {
        return Err(Missing {
            what: "what tests/e2e/conformance/scripts/package.json names".to_owned(),
            remedy: "install `npm` by `cargo xtask setup`, then run `cargo xtask test`",
        });
    }
    let script = scripts.join(script);
    Ok(answer_of(Command::new("node").arg(script), input))
}

/// Runs a program with a value on its standard input, and returns the value that it prints. Fails where the program does.
fn answer_of(command: &mut Command, input: &Value) -> Value {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).unwrap();
    drop(stdin);
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}\n{stderr}");
    serde_json::from_slice(&stdout).unwrap()
}

/// Returns true if there is a Node.js that is new enough.
pub(crate) fn has_node() -> bool {
    let Ok(output) = Command::new("node").arg("--version").output() else {
        return false;
    };
    let version = String::from_utf8_lossy(&output.stdout);
    let major = version.trim_start_matches('v').split('.').next();
    major
        .and_then(|major| major.parse().ok())
        .is_some_and(|major: u32| major >= OLDEST_NODE)
}

/// A program of the environment of Python in which `cargo xtask test` installs a package from `PyPI`, by the list of what
/// is installed with it.
fn python_program(name: &str, requirements: &str, program: &str) -> Result<PathBuf, Missing> {
    let version = requirements
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix("=="))
        .unwrap();
    let program = Path::new(portico_e2e::ROOT)
        .join(format!("target/conformance/{name}-{version}/bin"))
        .join(program);
    if program.exists() {
        return Ok(program);
    }
    Err(Missing {
        what: format!("{name} {version}"),
        remedy: "install `python3` with `venv` by `cargo xtask setup`, then run `cargo xtask test`",
    })
}

/// Calls a Stripe without Portico, and returns its answer, which is null where it is empty.
async fn ask(address: &str, request: http::request::Builder, body: String) -> Value {
    let request = request
        .header("host", address)
        .header("authorization", format!("Bearer {API_KEY}"))
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let response = client.send_request(request).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(&body).unwrap()
}

/// Stripe's own stand-in, `stripe-mock`.
fn stripe_mock_program() -> Result<PathBuf, Missing> {
    let version = include_str!("conformance/scripts/stripe-mock-version.txt");
    program_of_go("stripe-mock", version.trim())
}

/// A program that `cargo xtask test` installs from Go.
fn program_of_go(name: &str, version: &str) -> Result<PathBuf, Missing> {
    // It is put here wherever cargo's target directory is.
    let program = Path::new(portico_e2e::ROOT)
        .join(format!("target/conformance/{name}-{version}"))
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    if program.exists() {
        return Ok(program);
    }
    Err(Missing {
        what: format!("{name} {version}"),
        remedy: "install `go` by `cargo xtask setup`, then run `cargo xtask test`",
    })
}
