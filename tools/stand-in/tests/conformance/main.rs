//! The stand-in and programs that others wrote, which share none of its misunderstandings. `cargo xtask test` installs
//! them.

use std::io::Write as _;

mod http;
mod stripe_cli;
mod stripe_mock;

/// With this variable set to `1`, a test whose program is missing fails instead of being skipped.
const REQUIRE: &str = "PORTICO_REQUIRE_ALL";

/// Says that the test of this thread is skipped for want of a program, unless that is forbidden.
fn skip(what: &str, remedy: &str) {
    assert!(
        std::env::var_os(REQUIRE).is_none_or(|value| value != "1"),
        "{what} is missing: {remedy}"
    );
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // What goes through `eprintln!` is only shown of tests that fail.
    let _ = writeln!(
        std::io::stderr(),
        "{test} was skipped, {what} is missing: {remedy}"
    );
}
