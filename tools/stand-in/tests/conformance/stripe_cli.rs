//! Stripe's own command line, from npm: `stripe trigger` makes the calls that lead to an event at Stripe, and they lead to
//! it here.

use std::env::temp_dir;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use portico_stand_in::StripeStandIn;

use super::http::KEY;
use super::skip;

/// The event types that concern Portico and that the command line has calls for. It has none for
/// `customer.subscription.resumed`.
const TYPES: [&str; 9] = [
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "customer.created",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.updated",
    "customer.updated",
];

/// The program of this machine's platform, which a package of its own brings along: nothing is downloaded from
/// elsewhere.
fn program() -> Option<PathBuf> {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/e2e/conformance/scripts/node_modules/@stripe");
    let found = fs::read_dir(packages)
        .into_iter()
        .flatten()
        .flatten()
        .find_map(|package| {
            let name = if cfg!(windows) {
                "stripe.exe"
            } else {
                "stripe"
            };
            let program = package.path().join("bin").join(name);
            program.is_file().then_some(program)
        });
    if found.is_none() {
        skip(
            "the Stripe CLI of tests/e2e/conformance/scripts/package.json",
            "install `npm` by `cargo xtask setup`, then run `cargo xtask test`",
        );
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stripe_cli_triggers_every_event_that_concerns_portico() {
    let Some(program) = program() else { return };
    let stripe = StripeStandIn::builder().api_key(KEY).start("127.0.0.1:0");
    let stripe = stripe.await.expect("a free port");
    // It keeps its settings and its credentials there, and must not find those of whoever runs the tests.
    let home = temp_dir().join(format!("portico-stripe-cli-{}", std::process::id()));
    for event in TYPES {
        let before = stripe.events_of(event).len();
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(&program)
            .args(["trigger", event, "--api-base", &stripe.origin()])
            .env("STRIPE_API_KEY", KEY)
            .env("STRIPE_CLI_TELEMETRY_OPTOUT", "1")
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", &home)
            .output()
            .expect("it starts");
        let said = [stdout, stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(status.success(), "{event}: {said}");
        assert_eq!(stripe.events_of(event).len(), before + 1, "{event}: {said}");
    }
    let _ = fs::remove_dir_all(home);
}
