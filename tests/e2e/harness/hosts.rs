//! The hosts that run the component: our own, or one that others wrote.
//!
//! `PORTICO_TEST_HOST` names it: `host` (our own, and the default), `wasmtime`, `wash`, or `spin`, which runs the program
//! that `PORTICO_SPIN` names. `tests/e2e/hosts.rs` has the tables of which tests run there. All others run on our own host,
//! and say that they do.

use std::io::Write as _;
use std::net::SocketAddr;
use std::ops::Deref;

use portico_e2e::hosts::{ANYWHERE, NOT_ON_WASMTIME, OWN_HOST_ONLY, cannot_run};
use portico_host::Host;
use serde_json::{Value, json};

pub(crate) use process::{Kind, Process, Start, installed, wasi_component};
pub(crate) use wasmtime::PROGRAM as WASMTIME;

use crate::conformance::or_skip;

mod process;
mod spin;
mod wash;
mod wasmtime;

/// The variable that names the host.
const VARIABLE: &str = "PORTICO_TEST_HOST";

/// A host that runs the component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Own,
    Wasmtime,
    Wash,
    Spin,
}

/// A running host, of either sort.
pub(crate) enum TestHost {
    Own(Host),
    Other(Box<Process>),
}

impl Which {
    /// The host for the test of this thread. `own` says why the test needs our own, if it does.
    pub(super) fn of_this_test(own: Option<&'static str>) -> Self {
        let named = std::env::var(VARIABLE).unwrap_or_default();
        let which = match named.as_str() {
            "" | "host" => return Self::Own,
            "wasmtime" => Self::Wasmtime,
            "wash" => Self::Wash,
            "spin" => Self::Spin,
            _ => panic!("{VARIABLE} is host, wasmtime, wash or spin, and not {named}"),
        };
        let thread = std::thread::current();
        let test = thread.name().unwrap_or_default();
        let Some(reason) = own.or_else(|| cannot_run(named.as_str(), test)) else {
            return if which.is_there() { which } else { Self::Own };
        };
        // Text that goes through `eprintln!` is only shown for tests that fail.
        let _ = writeln!(
            std::io::stderr(),
            "{test} is skipped on {named}, and runs on our own host: {reason}"
        );
        Self::Own
    }

    /// Returns true if its program is there. If not, this says so, or fails where nothing may be skipped.
    fn is_there(self) -> bool {
        let program = match self {
            Self::Own => return true,
            Self::Wasmtime => process::installed(wasmtime::PROGRAM),
            Self::Wash => process::installed(wash::PROGRAM),
            Self::Spin => spin::program(),
        };
        or_skip(program).is_some()
    }

    /// A record as this host can have it from the start. Wasmtime's command line takes none with a comma, and so none with
    /// more than one member.
    pub(super) fn record(self, record: &Value) -> Vec<u8> {
        let customer = &record["stripe_customer_id"];
        let record = match self {
            Self::Wasmtime => json!({ "stripe_customer_id": customer }),
            _ => record.clone(),
        };
        record.to_string().into_bytes()
    }

    /// Starts another host than our own.
    pub(super) async fn start(self, start: Start) -> TestHost {
        let process = match self {
            Self::Own => panic!("our own host is not started as a program"),
            Self::Wasmtime => wasmtime::start(start),
            Self::Wash => wash::start(start).await,
            Self::Spin => spin::start(start),
        };
        TestHost::Other(Box::new(process))
    }
}

impl TestHost {
    pub(crate) fn addr(&self) -> SocketAddr {
        match self {
            Self::Own(host) => host.addr(),
            Self::Other(process) => process.addr(),
        }
    }

    /// Returns the lines that the component has written to standard error.
    pub(crate) fn logs(&self) -> Vec<String> {
        match self {
            Self::Own(host) => host.logs(),
            Self::Other(process) => process.component_log(),
        }
    }

    /// Returns the host's own output. Of another host than our own, that is nobody's concern.
    pub(crate) fn host_logs(&self) -> Vec<String> {
        match self {
            Self::Own(host) => host.host_logs(),
            Self::Other(_) => Vec::new(),
        }
    }

    /// Puts a value into the store.
    pub(crate) async fn set(&self, key: String, value: Vec<u8>) {
        match self {
            Self::Own(host) => host.key_value().set(key, value).await.unwrap(),
            Self::Other(process) => process.set(key, value).await,
        }
    }

    /// Returns true if the host is ours.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self, Self::Own(_))
    }
}

/// Reaches our own host, which alone has a clock to set, a store to look into, and counts.
impl Deref for TestHost {
    type Target = Host;

    fn deref(&self) -> &Host {
        match self {
            Self::Own(host) => host,
            Self::Other(_) => {
                let thread = std::thread::current();
                panic!(
                    "{} needs what only our own host can do, so it belongs in OWN_HOST_ONLY of tests/e2e/hosts.rs",
                    thread.name().unwrap_or("this test")
                )
            }
        }
    }
}

#[test]
fn every_test_that_is_named_here_is_there() {
    let directory = env!("CARGO_MANIFEST_DIR");
    for (test, _) in OWN_HOST_ONLY.iter().chain(NOT_ON_WASMTIME) {
        let (module, name) = test.split_once("::").unwrap();
        let source = std::fs::read_to_string(format!("{directory}/{module}.rs")).unwrap();
        assert!(source.contains(&format!("async fn {name}()")), "{test}");
        assert!(
            ANYWHERE.contains(&module),
            "{test} runs on our own host anyway"
        );
    }
}
