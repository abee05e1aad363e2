//! `cargo xtask test`: all tests, those that run the component included.

use std::env;
use std::ffi::OsString;

use anyhow::{Result, anyhow, bail, ensure};
use portico_e2e::{PROFILE, hosts::others};

use crate::build::{self, Profile};
use crate::command::{cargo, root, run as run_program};
use crate::{golang_jwt, hosts, npm, python, setup, stripe_mock};

/// The variable that, set to `1`, allows no test to be skipped, so that everything missing is an error.
const REQUIRE_ALL: &str = "PORTICO_REQUIRE_ALL";

/// The npm packages with the scripts and programs that tests in Rust run.
const SCRIPTS: [&str; 2] = ["tests/e2e/conformance/scripts", "cli"];

const USAGE: &str = "\
Usage: cargo xtask test [--only <rust|hosts|browser>]
       cargo xtask test [--release] <args for cargo test…>

Builds the component, as it is deployed, and runs all tests, or those of one kind:

  --only rust     all that cargo runs here, of the component, its documents and the tools
  --only hosts    the end-to-end tests on Wasmtime and wasmCloud, and those of signatures in Wasm
  --only browser  the client's and the pages', by npm

With other arguments, it builds the component for development, and cargo runs the tests that they name; with
--release, it builds it as it is deployed.
";

/// Runs the tests that the arguments name.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let words: Vec<_> = arguments.iter().filter_map(|it| it.to_str()).collect();
    match words.as_slice() {
        [] => {
            programs()?;
            rust()?;
            on_other_hosts()?;
            browser()
        }
        ["--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        ["--only", part] => {
            programs()?;
            match *part {
                "rust" => rust(),
                "hosts" => on_other_hosts(),
                "browser" => browser(),
                _ => bail!("there are no tests of the kind {part}\n\n{USAGE}"),
            }
        }
        ["--release", ..] => some(Profile::Release, &arguments[1..]),
        _ => some(Profile::Development, arguments),
    }
}

/// Runs all tests that cargo runs here.
fn rust() -> Result<()> {
    build::all(Profile::Release)?;
    what_rust_tests_run()?;
    run_program(
        cargo()
            .args(["test", "--locked", "--workspace"])
            .current_dir(root()),
    )?;
    // Its measurements are left to `cargo xtask bench`, which takes half an hour.
    run_program(
        cargo()
            .args([
                "test",
                "--locked",
                "--manifest-path",
                "tools/bench/Cargo.toml",
            ])
            .args(["--target-dir", "target/benches"])
            .current_dir(root()),
    )
}

/// Runs the end-to-end tests on hosts that others wrote. The component's computations are tested where they run, too:
/// the tests of signatures, as Wasm.
fn on_other_hosts() -> Result<()> {
    build::all(Profile::Release)?;
    or_skip("other hosts", hosts::install())?;
    if !hosts::wasmtime().exists() {
        eprintln!("The tests on other hosts are skipped: `python3` with pip installs them.");
        return Ok(());
    }
    run_program(
        cargo()
            .args([
                "test",
                "--locked",
                "--package",
                "portico",
                "--test",
                "signatures",
            ])
            .args(["--target", build::TARGET])
            .current_dir(root()),
    )?;
    for (host, tests) in others() {
        eprintln!("the end-to-end tests on {host}");
        run_program(
            cargo()
                .args(["test", "--locked", "--workspace", "--test", "e2e", "--"])
                .args(tests)
                .env("PORTICO_TEST_HOST", host)
                .current_dir(root()),
        )?;
    }
    Ok(())
}

/// Runs the tests that npm runs, some of them with the host's program.
fn browser() -> Result<()> {
    if !setup::is_on_path("npm") {
        eprintln!("The tests in JavaScript are skipped: there is no npm.");
        return Ok(());
    }
    build::spin(Profile::Release)?;
    run_program(
        cargo()
            .args(["build", "--locked", "--workspace", "--bin", "portico-host"])
            .current_dir(root()),
    )?;
    for package in npm::TESTED {
        or_skip(package, npm::install(package))?;
        npm::test(package)?;
    }
    Ok(())
}

/// Runs the tests that arguments of `cargo test` name. The system is left as it is.
fn some(profile: Profile, arguments: &[OsString]) -> Result<()> {
    build::all(profile)?;
    what_rust_tests_run()?;
    run_program(
        cargo()
            .args(["test", "--workspace"])
            .args(arguments)
            .env(PROFILE, profile.name())
            .current_dir(root()),
    )
}

/// Installs the programs of others that tests in Rust run.
fn what_rust_tests_run() -> Result<()> {
    for package in SCRIPTS {
        or_skip(package, npm::install(package))?;
    }
    or_skip("stripe-mock", stripe_mock::install())?;
    or_skip("golang-jwt", golang_jwt::install())?;
    for program in python::PROGRAMS {
        or_skip(program, python::install(program))?;
    }
    or_skip("other hosts", hosts::install())
}

/// Looks for the programs of the system that tests need, and does what `cargo xtask setup` does where that is possible.
/// Elsewhere it says which tests are going to be skipped.
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

/// Notes what could not be installed, and fails only if no test may be skipped: the tests that need it say so.
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
