//! `portico-stand-in`: the stand-in for Stripe as a program, beside a Portico on any host.

#![expect(
    clippy::format_collect,
    reason = "the texts are short, and written once"
)]

mod spin;

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use portico_stand_in::product::{self, AUDIENCE, CUSTOMER, Issuer};
use portico_stand_in::{StripeStandIn, cli, is_test_key};

/// The address at which Spin and `portico-host` listen unless they are told otherwise.
const PORTICO: &str = "http://127.0.0.1:3000";
/// The address of Portico's webhook there.
const WEBHOOK: &str = "http://127.0.0.1:3000/api/v1/billing/webhook";

/// Runs a stand-in for Stripe until it is interrupted. Prints the variables and records with which a Portico uses it,
/// and calls to try.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:12111")]
    listen: SocketAddr,

    /// The only API key that is accepted
    #[arg(long, value_name = "KEY", default_value = product::API_KEY)]
    api_key: String,

    /// The origin of the pages that open the portal
    #[arg(long, value_name = "URL", default_value = PORTICO)]
    frontend_url: String,

    /// Where events are delivered, by plain HTTP
    #[arg(long, value_name = "URL", default_value = WEBHOOK)]
    webhook_url: String,

    #[command(flatten)]
    spin: spin::Options,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portico-stand-in: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<()> {
    // A live key would be a real one in the wrong place, so it is not shown. Clap would show it.
    ensure!(
        is_test_key(&options.api_key),
        "--api-key is not an API key of the test mode (sk_test_… or rk_test_…)"
    );
    let secret = product::webhook_secret();
    let started = StripeStandIn::builder()
        .api_key(&options.api_key)
        .portal_here()
        .controls()
        .start(options.listen)
        .await;
    let stripe = started
        .context("cannot start the stand-in for Stripe")
        .map_err(|error| cli::explain_taken_port(error, options.listen, "--listen"))?;
    stripe.set_webhook(&options.webhook_url, &secret)?;
    product::stock(&stripe);
    let issuer = Issuer::new(format!("{}/dev", options.frontend_url));
    let variables = variables(&stripe, &options, &issuer, &secret);
    println!("{}", instructions(&stripe, &options, &issuer, &variables));
    spin::run(&options.spin, &variables, &product::records(CUSTOMER)).await?;
    stripe.shutdown().await;
    Ok(())
}

/// Returns the variables with which a Portico uses the stand-in, as Spin's environment names them.
fn variables(
    stripe: &StripeStandIn,
    options: &Options,
    issuer: &Issuer,
    webhook_secret: &str,
) -> Vec<(String, String)> {
    let address = stripe.addr();
    let given = [
        ("stripe_api_base", stripe.origin()),
        ("stripe_api_key", options.api_key.clone()),
        ("stripe_webhook_secrets", webhook_secret.to_owned()),
        ("portal_hosts", format!("{address},billing.stripe.com")),
        ("invoice_hosts", address.to_string()),
        ("frontend_url", options.frontend_url.clone()),
        ("jwt_issuer", issuer.name().to_owned()),
        ("jwt_audience", AUDIENCE.to_owned()),
        ("jwt_hs256_secret", issuer.secret().to_owned()),
    ];
    let sold = product::checkout_variables(address);
    let all = given.into_iter().chain(sold);
    all.map(|(name, value)| (name.to_uppercase(), value))
        .collect()
}

/// Returns lines to be pasted into a shell.
fn instructions(
    stripe: &StripeStandIn,
    options: &Options,
    issuer: &Issuer,
    variables: &[(String, String)],
) -> String {
    let origin = stripe.origin();
    let webhook = &options.webhook_url;
    let (beside, portico) = if options.spin.spin.is_some() {
        let portico = format!("http://{}", options.spin.portico);
        let beside = format!("# Portico is started beside it, by Spin, on {portico}.\n");
        (beside, portico)
    } else {
        let exports = variables.iter();
        let exports: String = exports
            .map(|(name, value)| format!("export SPIN_VARIABLE_{name}='{value}'\n"))
            .collect();
        let records = product::records(CUSTOMER)
            .map(|(key, value)| format!(" --key-value '{key}={value}'"))
            .concat();
        let beside =
            format!("# Portico beside it, in a checkout of Portico\n{exports}spin up{records}\n");
        (beside, PORTICO.to_owned())
    };
    format!(
        "\
# A stand-in for Stripe listens on {origin}; Ctrl-C ends it.
# It knows the customer {CUSTOMER}; {origin}/stand-in/dashboard shows all of them.
# It delivers events to {webhook}.

{beside}
{}
{}",
        product::instructions(&portico, issuer),
        product::fault_instructions(&origin)
    )
}
