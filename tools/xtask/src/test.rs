//! `cargo xtask test`: all tests, those that run the component included.

use std::env;
use std::ffi::OsString;

use anyhow::{Result, anyhow, ensure};

use crate::command::{cargo, root, run as run_program};
use crate::{build, golang_jwt, hosts, npm, python, setup, stripe_mock};

/// With this variable set to `1`, no test may be skipped, so whatever is missing is an error.
const REQUIRE_ALL: &str = "PORTICO_REQUIRE_ALL";

/// The scripts that tests in Rust run.
const SCRIPTS: &str = "tests/e2e/conformance/scripts";

/// The hosts that others wrote, and the end-to-end tests that run there: on Wasmtime all that can, and on wasmCloud a few,
/// because it takes seconds to start. `tests/e2e/harness/hosts.rs` knows which tests can.
const OTHER_HOSTS: &[(&str, &[&str])] = &[
    (
        "wasmtime",
        &[
            "account::",
            "body::",
            "configuration::",
            "cors::",
            "observability::",
            "portal::",
            "routes::",
            "stripe_failures::",
            "tokens::",
        ],
    ),
    (
        "wash",
        &[
            "anywhere::",
            "a_call_that_succeeded_is_charged_once_and_one_that_failed_is_not",
            "a_served_request_is_one_line_with_every_field",
            "an_outage_of_stripe_is_told_with_a_time_to_retry",
            "the_customer_comes_from_the_record_of_the_tokens_user_and_from_nowhere_else",
            "the_gate_is_true_exactly_when_a_portal_request_finds_a_customer",
        ],
    ),
];

/// Builds the component, which the end-to-end tests run, installs the programs that tests run it against, and runs all
/// tests. `arguments` go to `cargo test`; with any, only its tests are run, and the system is left as it is.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let all = arguments.is_empty();
    build::all(build::Profile::Release)?;
    if all {
        programs()?;
    }
    let tested = if all { &npm::TESTED[..] } else { &[] };
    for package in [SCRIPTS].iter().chain(tested) {
        or_skip(package, npm::install(package))?;
    }
    or_skip("stripe-mock", stripe_mock::install())?;
    or_skip("golang-jwt", golang_jwt::install())?;
    for program in python::PROGRAMS {
        or_skip(program, python::install(program))?;
    }
    or_skip("other hosts", hosts::install())?;
    run_program(
        cargo()
            .args(["test", "--workspace"])
            .args(arguments)
            .current_dir(root()),
    )?;
    if all {
        // What the component computes is tested where it computes: the same tests once more, as Wasm.
        run_program(
            cargo()
                .args(["test", "--package", "portico", "--test", "signatures"])
                .args(["--target", build::TARGET])
                .current_dir(root()),
        )?;
    }
    for (host, tests) in if all { OTHER_HOSTS } else { &[] } {
        eprintln!("the end-to-end tests on {host}");
        run_program(
            cargo()
                .args(["test", "--workspace", "--test", "e2e", "--"])
                .args(*tests)
                .env("PORTICO_TEST_HOST", host)
                .current_dir(root()),
        )?;
    }
    // The tests in the browser run the host's program, which cargo has built for its own tests.
    for package in tested.iter().filter(|_| setup::is_on_path("npm")) {
        npm::test(package)?;
    }
    Ok(())
}

/// Looks for the programs of the system that tests need, and does what `cargo xtask setup` does where that is possible.
/// Where it is not, this says which tests are going to be skipped.
fn programs() -> Result<()> {
    let missing = setup::missing_for_tests();
    if missing.is_empty() {
        return Ok(());
    }
    if setup::can_install()? {
        return or_skip("a part of the tests", setup::install(&missing));
    }
    for program in &missing {
        eprintln!("missing: {program}");
    }
    ensure!(
        !requires_all(),
        "{REQUIRE_ALL} is set, and programs are missing; `cargo xtask setup` installs them as root on Debian"
    );
    eprintln!(
        "These tests are skipped. `cargo xtask setup`, as root on Debian, installs the programs."
    );
    Ok(())
}

/// Takes note of what could not be installed, and fails only if no test may be skipped: the tests that need it say so.
fn or_skip(what: &str, installed: Result<()>) -> Result<()> {
    let Err(error) = installed else {
        return Ok(());
    };
    let error = error.context(anyhow!("what {what} needs cannot be installed"));
    if requires_all() {
        return Err(error);
    }
    eprintln!("{error:#}");
    Ok(())
}

fn requires_all() -> bool {
    env::var_os(REQUIRE_ALL).is_some_and(|value| value == "1")
}
