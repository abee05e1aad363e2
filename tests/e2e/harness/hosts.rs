//! Which host runs the component: our own, or one that others wrote.
//!
//! `PORTICO_TEST_HOST` names it: `host` (our own, and the default), `wasmtime`, `wash`, or `spin`, which runs the program
//! that `PORTICO_SPIN` names. The tests of the modules in [`ANYWHERE`] need nothing but HTTP, the log and records, so they
//! run on any of them. All others, and those in [`OWN_HOST_ONLY`], run on our own host, and say that they do.

use std::io::Write as _;
use std::net::SocketAddr;
use std::ops::Deref;

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

/// The modules whose tests run on any host.
const ANYWHERE: &[&str] = &[
    "account",
    "anywhere",
    "body",
    "configuration",
    "cors",
    "observability",
    "portal",
    "routes",
    "stripe_failures",
    "tokens",
];

/// The tests of these modules that need what only our own host can do.
const OWN_HOST_ONLY: &[(&str, &str)] = &[
    (
        "account::a_balance_that_cannot_be_read_is_not_taken_for_enough",
        STORE,
    ),
    (
        "account::a_call_that_costs_nothing_does_not_read_the_balance",
        STORE,
    ),
    ("account::the_gate_is_not_counted", STORE),
    ("account::the_gate_refuses_as_the_portal_does", STORE),
    (
        "configuration::a_store_that_cannot_be_opened_is_told",
        STORE,
    ),
    ("cors::failures_vary_too", STORE),
    (
        "portal::a_corrupt_record_and_a_broken_store_are_not_the_users_fault",
        STORE,
    ),
    (
        "portal::an_instance_that_has_served_reads_its_store_once_a_request",
        STORE,
    ),
    ("routes::health_is_told_without_touching_anything", STORE),
    (
        "tokens::a_bad_token_is_refused_and_the_answer_does_not_tell_why",
        STORE,
    ),
    (
        "tokens::a_token_that_was_good_is_refused_once_it_has_expired",
        CLOCK,
    ),
];

const STORE: &str = "it looks into the store, or makes it fail";
const CLOCK: &str = "it sets the clock";

/// The tests that need a record which Wasmtime's command line cannot take, because it has a comma, or counters that last.
const NOT_ON_WASMTIME: &[(&str, &str)] = &[
    (
        "account::a_caller_with_less_than_the_cost_is_told_what_is_missing",
        RECORD,
    ),
    (
        "account::a_user_whose_record_names_no_customer_has_the_plan_and_no_portal",
        RECORD,
    ),
    (
        "account::the_gate_is_true_exactly_when_a_portal_request_finds_a_customer",
        RECORD,
    ),
    (
        "account::the_gate_tells_plan_balance_and_whether_the_portal_will_open",
        RECORD,
    ),
    (
        "anywhere::many_calls_at_once_spend_no_more_than_there_is_and_what_is_left_can_be_spent",
        COUNTS,
    ),
    (
        "anywhere::of_many_requests_at_once_as_many_are_admitted_as_the_limit_says",
        COUNTS,
    ),
    (
        "observability::a_served_request_is_one_line_with_every_field",
        RECORD,
    ),
    (
        "portal::a_customer_of_the_other_mode_is_no_stripe_customer",
        RECORD,
    ),
];

const RECORD: &str = "its command line takes no record with a comma";
const COUNTS: &str = "its counts last as long as an instance";

/// A host that runs the component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Own,
    Wasmtime,
    Wash,
    Spin,
}

/// A running host.
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
        let Some(reason) = own.or_else(|| which.cannot_run(test)) else {
            return if which.is_there() { which } else { Self::Own };
        };
        // What goes through `eprintln!` is only shown of tests that fail.
        let _ = writeln!(
            std::io::stderr(),
            "{test} is skipped on {named}, and runs on our own host: {reason}"
        );
        Self::Own
    }

    /// Whether its program is there. If not, this says so, or fails where nothing may be skipped.
    fn is_there(self) -> bool {
        let program = match self {
            Self::Own => return true,
            Self::Wasmtime => process::installed(wasmtime::PROGRAM),
            Self::Wash => process::installed(wash::PROGRAM),
            Self::Spin => spin::program(),
        };
        or_skip(program).is_some()
    }

    /// Why a test cannot run on this host, if it cannot.
    fn cannot_run(self, test: &str) -> Option<&'static str> {
        let module = test.split("::").next().unwrap_or_default();
        if !ANYWHERE.contains(&module) {
            return Some("its module needs more than HTTP, the log and records");
        }
        let find = |table: &[(&'static str, &'static str)]| {
            let row = table.iter().find(|(name, _)| *name == test);
            row.map(|(_, reason)| *reason)
        };
        find(OWN_HOST_ONLY).or_else(|| {
            let table = if self == Self::Wasmtime {
                NOT_ON_WASMTIME
            } else {
                &[]
            };
            find(table)
        })
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

    /// What the component has written to standard error.
    pub(crate) fn logs(&self) -> Vec<String> {
        match self {
            Self::Own(host) => host.logs(),
            Self::Other(process) => process.component_log(),
        }
    }

    /// What the host itself had to say. Of another host than our own, that is nobody's concern.
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

    /// Whether it is ours.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self, Self::Own(_))
    }
}

/// What only our own host can do: its clock, its store, its counts.
impl Deref for TestHost {
    type Target = Host;

    fn deref(&self) -> &Host {
        match self {
            Self::Own(host) => host,
            Self::Other(_) => {
                let thread = std::thread::current();
                panic!(
                    "{} needs what only our own host can do, so it belongs in OWN_HOST_ONLY of {}",
                    thread.name().unwrap_or("this test"),
                    file!()
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
