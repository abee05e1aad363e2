//! `portico-host dev`: Portico on this machine, ready to be tried with `curl`.

mod options;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use portico_host::{Host, HostBuilder, KeyValue, LogSink};
use portico_stand_in::product::{
    API_KEY, AUDIENCE, CUSTOMER, Dashboard, Issuer, checkout_variables, fault_instructions,
    instructions, records, stock, webhook_secret,
};
use portico_stand_in::{StripeStandIn, cli};

use self::options::Stripe;
pub(crate) use self::options::{Options, USAGE};
use crate::run;

/// The origins of the usual development servers of frontends.
const FRONTENDS: &str = "http://localhost:3000,http://localhost:5173";

/// The path on which Portico takes Stripe's events.
const WEBHOOK: &str = "/api/v1/billing/webhook";

/// Runs Portico until it is interrupted.
pub(crate) async fn run(options: Options) -> Result<()> {
    let stripe = options.stripe()?;
    let store = match &options.store {
        Some(path) => KeyValue::sqlite(path)?,
        None => KeyValue::in_memory(),
    };
    // The return link and the issuer have the address in them, which is known once the port is taken.
    let listener = run::listen(options.listen, "--listen").await?;
    let address = listener.local_addr()?;
    let origin = format!("http://{}", from_here(address));
    let issuer = Issuer::new(format!("{origin}/dev"));
    let mut builder = Host::builder(&options.manifest)
        .listener(listener)
        .key_value(store)
        .logs(LogSink::Stderr)
        .variable("frontend_url", &origin)
        .variable("cors_origins", FRONTENDS)
        .variable("jwt_issuer", issuer.name())
        .variable("jwt_audience", AUDIENCE)
        .variable("jwt_hs256_secret", issuer.secret());

    let stand_in;
    let (told, customer);
    match stripe {
        Stripe::StandIn { port } => {
            let running = start_stand_in(port).await?;
            let secret = webhook_secret();
            builder = with_stand_in(builder, &running, &secret);
            running.set_webhook(&format!("{origin}{WEBHOOK}"), &secret)?;
            told = format!(
                "a stand-in on {}, which knows the customer {CUSTOMER}",
                running.origin()
            );
            customer = CUSTOMER.to_owned();
            stand_in = Some(running);
        }
        Stripe::TestMode(mode) => {
            builder = builder.variable("stripe_api_key", &mode.key);
            told = format!("Stripe's test mode, with the customer {}", mode.customer);
            customer = mode.customer;
            stand_in = None;
        }
    }
    if let Some(wasm) = &options.wasm {
        builder = builder.wasm(wasm);
    }
    for (name, value) in &options.variables {
        builder = builder.variable(name, value);
    }

    for (key, value) in records(&customer) {
        builder = builder.record(key, value);
    }
    let instructions = instructions(&origin, &issuer);
    // The page signs everybody in who can load it.
    let dashboard = if address.ip().is_loopback() {
        Dashboard::beside(&options.manifest, issuer)
    } else {
        None
    };
    let has_page = dashboard.is_some();
    if let Some(dashboard) = dashboard {
        builder = builder.front(move |request| dashboard.answer(request));
    }
    let host = builder.start().await?;
    if has_page {
        println!("{}", page_instructions(&origin));
    }
    println!("# Portico listens on {origin}; Ctrl-C ends it.\n# Stripe is {told}.\n{instructions}");
    if let Some(stand_in) = &stand_in {
        println!("{}", fault_instructions(&stand_in.origin()));
    }
    run::until_interrupted(host).await?;
    if let Some(stand_in) = stand_in {
        stand_in.shutdown().await;
    }
    Ok(())
}

async fn start_stand_in(port: u16) -> Result<StripeStandIn> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let started = StripeStandIn::builder()
        .portal_here()
        .controls()
        .start(address)
        .await;
    let stand_in = started
        .context("cannot start the stand-in for Stripe")
        .map_err(|error| cli::explain_taken_port(error, address, "--stand-in-port"))?;
    stock(&stand_in);
    Ok(stand_in)
}

/// Points Portico at the stand-in, whose links lead to the stand-in, too. Stripe's own host is allowed beside
/// it, as it usually is, so that a session URL that is wrong in another way than by its host is seen to be refused.
fn with_stand_in(
    builder: HostBuilder,
    stand_in: &StripeStandIn,
    webhook_secret: &str,
) -> HostBuilder {
    let mut builder = builder
        .variable("stripe_api_key", API_KEY)
        .variable("stripe_api_base", stand_in.origin())
        .variable(
            "portal_hosts",
            format!("{},billing.stripe.com", stand_in.addr()),
        )
        .variable("invoice_hosts", stand_in.addr().to_string())
        .variable("stripe_webhook_secrets", webhook_secret);
    for (name, value) in checkout_variables(stand_in.addr()) {
        builder = builder.variable(name, value);
    }
    builder
}

/// Returns an address as a program on this machine reaches it.
fn from_here(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port())
    } else {
        address
    }
}

/// Returns the lines that say where to look first.
fn page_instructions(origin: &str) -> String {
    format!(
        "\
# Open {origin}/ and click \"Manage billing\": an account page, from examples/dashboard, which uses sdk/js.
# Fred can buy a plan there.
"
    )
}
