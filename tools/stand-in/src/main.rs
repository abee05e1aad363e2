//! `portico-stand-in`: the stand-in for Stripe as a program, beside a Portico on any host.

#![expect(
    clippy::format_collect,
    reason = "the texts are short, and written once"
)]

mod spin;

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use lexopt::ValueExt as _;
use portico_stand_in::cli::{self, read_options};
use portico_stand_in::product::{self, AUDIENCE, CUSTOMER, Issuer};
use portico_stand_in::{StripeStandIn, is_test_key};

/// The address at which Spin and `portico-host` listen unless they are told otherwise.
const PORTICO: &str = "http://127.0.0.1:3000";
/// The address of Portico's webhook there.
const WEBHOOK: &str = "http://127.0.0.1:3000/api/v1/billing/webhook";

fn usage() -> String {
    format!(
        "\
Runs a stand-in for Stripe until it is interrupted. Prints the variables and records with which a Portico uses it, and
calls to try.

Usage: portico-stand-in [options]

  --listen <ADDRESS>    where to listen [default: 127.0.0.1:12111]
  --api-key <KEY>       the only API key that is accepted [default: {}]
  --frontend-url <URL>  the origin of the pages that open the portal [default: {PORTICO}]
  --webhook-url <URL>   where events are delivered, by plain HTTP [default: {WEBHOOK}]
  --spin <PROGRAM>      runs Portico as well, on this Spin (4.1 or later)
  --manifest <FILE>     with --spin: the manifest that Spin runs [default: spin.toml]
  --portico <ADDRESS>   with --spin: where Spin listens [default: 127.0.0.1:3000]
",
        product::API_KEY
    )
}

struct Options {
    listen: SocketAddr,
    api_key: String,
    frontend_url: String,
    webhook_url: String,
    spin: Option<spin::Options>,
}

impl Options {
    fn parse(line: lexopt::Parser) -> Result<Self> {
        let mut options = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 12111)),
            api_key: product::API_KEY.to_owned(),
            frontend_url: PORTICO.to_owned(),
            webhook_url: WEBHOOK.to_owned(),
            spin: None,
        };
        let (mut program, mut manifest, mut portico) = (None, None, None);
        read_options(line, |name, line| {
            match name {
                "listen" => options.listen = line.value()?.string()?.parse()?,
                "api-key" => options.api_key = line.value()?.string()?,
                "frontend-url" => options.frontend_url = line.value()?.string()?,
                "webhook-url" => options.webhook_url = line.value()?.string()?,
                "spin" => program = Some(PathBuf::from(line.value()?)),
                "manifest" => manifest = Some(PathBuf::from(line.value()?)),
                "portico" => portico = Some(line.value()?.string()?.parse()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        ensure!(
            program.is_some() || manifest.is_none() && portico.is_none(),
            "--manifest and --portico need --spin"
        );
        options.spin = program.map(|program| spin::Options {
            program,
            manifest: manifest.unwrap_or_else(|| "spin.toml".into()),
            portico: portico.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 3000))),
        });
        // A live key would be a real one in the wrong place, so it is not shown.
        ensure!(
            is_test_key(&options.api_key),
            "--api-key is not an API key of the test mode (sk_test_… or rk_test_…)"
        );
        Ok(options)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    if env::args_os().any(|word| word == "--help" || word == "-h") {
        print!("{}", usage());
        return ExitCode::SUCCESS;
    }
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portico-stand-in: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let options = Options::parse(lexopt::Parser::from_env())?;
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
    match &options.spin {
        Some(spin) => spin::run(spin, &variables, &product::records(CUSTOMER)).await?,
        None => cli::interrupted().await?,
    }
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
    let (beside, portico) = if let Some(spin) = &options.spin {
        let portico = format!("http://{}", spin.portico);
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
