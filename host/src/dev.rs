//! `portico-host dev`: Portico on this machine, ready to be tried with `curl`.

mod dashboard;
mod options;
mod tokens;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use portico_host::stripe_stand_in::StripeStandIn;
use portico_host::{Host, HostBuilder, KeyValue, LogSink};

use self::dashboard::{Dashboard, User};
pub(crate) use self::options::Options;
use self::options::Stripe;
use self::tokens::Issuer;
use crate::run;

/// The user who has a Stripe customer.
const PAID_USER: &str = "user_paid";
/// The user who never bought anything, and so has no record.
const FREE_USER: &str = "user_free";
/// The paid user's customer at the stand-in.
const STAND_IN_CUSTOMER: &str = "cus_PaidDemo0001";
/// The paid user's subscription. The stand-in believes in any.
const STAND_IN_SUBSCRIPTION: &str = "sub_PaidDemo0001";
/// A key that the stand-in takes for one of the test mode. Stripe never issued it.
const STAND_IN_KEY: &str = "sk_test_PorticoStandIn";
/// The origins of the usual development servers of frontends.
const FRONTENDS: &str = "http://localhost:3000,http://localhost:5173";

/// Runs Portico until it is interrupted.
pub(crate) async fn run(options: Options) -> Result<()> {
    let store = match &options.store {
        Some(path) => KeyValue::sqlite(path)?,
        None => KeyValue::in_memory()?,
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
        .variable("jwt_audience", tokens::AUDIENCE)
        .variable("jwt_hs256_secret", issuer.secret());

    let stand_in;
    let (stripe, customer, subscription);
    match &options.stripe {
        Stripe::StandIn { port } => {
            let running = start_stand_in(*port).await?;
            builder = with_stand_in(builder, &running);
            stripe = format!(
                "a stand-in on {}, which knows the customer {STAND_IN_CUSTOMER}",
                running.origin()
            );
            customer = STAND_IN_CUSTOMER;
            subscription = Some(STAND_IN_SUBSCRIPTION.to_owned());
            stand_in = Some(running);
        }
        Stripe::TestMode {
            key,
            customer: id,
            subscription: theirs,
        } => {
            builder = builder.variable("stripe_api_key", key);
            stripe = format!("Stripe's test mode, with the customer {id}");
            customer = id;
            subscription = theirs.clone();
            stand_in = None;
        }
    }
    for (name, value) in &options.variables {
        builder = builder.variable(name, value);
    }

    builder = seed(builder, customer);
    let instructions = instructions(&origin, &stripe, &issuer)?;
    // The page signs everybody in who can load it.
    let dashboard = if dashboard::is_private(address) {
        Dashboard::beside(&options.manifest, issuer, users(subscription))
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
    println!("{instructions}");
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
        .map_err(|error| run::explain_taken_port(error, address, "--stand-in-port"))?;
    stand_in.add_customer(STAND_IN_CUSTOMER, false);
    Ok(stand_in)
}

/// Points Portico at the stand-in, whose session URLs lead to the stand-in, too. Stripe's own host is allowed beside
/// it, as it usually is, so that a session URL that is wrong in another way than by its host is seen to be refused.
fn with_stand_in(builder: HostBuilder, stand_in: &StripeStandIn) -> HostBuilder {
    builder
        .variable("stripe_api_key", STAND_IN_KEY)
        .variable("stripe_api_base", stand_in.origin())
        .variable(
            "portal_hosts",
            format!("{},billing.stripe.com", stand_in.addr()),
        )
}

/// Gives the paid user a customer and a balance. The free user has no record: that is what makes it free.
fn seed(builder: HostBuilder, customer: &str) -> HostBuilder {
    let record =
        serde_json::json!({ "stripe_customer_id": customer, "plan": "paid", "livemode": false });
    let balance =
        serde_json::json!({ "current_balance": 1200, "next_refill_at": "2030-01-01T00:00:00Z" });
    builder
        .record(format!("customer:{PAID_USER}"), record.to_string())
        .record(format!("balance:{PAID_USER}"), balance.to_string())
}

/// The users that the page switches between.
fn users(subscription: Option<String>) -> Vec<User> {
    let paid = User {
        id: PAID_USER,
        name: "Ada, who pays",
        subscription,
    };
    let free = User {
        id: FREE_USER,
        name: "Fred, who does not",
        subscription: None,
    };
    vec![paid, free]
}

/// An address as a program on this machine reaches it.
fn from_here(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port())
    } else {
        address
    }
}

/// Where to look first.
fn page_instructions(origin: &str) -> String {
    format!(
        "\
# Open {origin}/ and click \"Manage billing\": an account page, from examples/dashboard, which uses sdk/js.
"
    )
}

/// What to do next, as lines to be pasted into a shell.
fn instructions(origin: &str, stripe: &str, issuer: &Issuer) -> Result<String> {
    let portal = format!("curl -sS -X POST {origin}/api/v1/account/billing-portal");
    let paid = issuer.token_for(PAID_USER)?;
    let free = issuer.token_for(FREE_USER)?;
    Ok(format!(
        "\
# Portico listens on {origin}; Ctrl-C ends it.
# Stripe is {stripe}.
# The tokens below are valid for {} hours, and until Portico ends.

# {PAID_USER} opens the portal: 200 with a URL, which opens in a browser
{portal} -H 'Authorization: Bearer {paid}'

# {FREE_USER} has no Stripe customer: 400 no_stripe_customer
{portal} -H 'Authorization: Bearer {free}'

# A token of somebody else: 401 unauthorized
{portal} -H 'Authorization: Bearer not-a-token'

# What {PAID_USER} has, and whether the portal will open: 200
curl -sS {origin}/api/v1/account/balance -H 'Authorization: Bearer {paid}'

# Whether it runs: 200
curl -sS {origin}/healthz
",
        tokens::VALID_FOR_HOURS
    ))
}

/// How to see what Portico makes of a Stripe that fails.
fn fault_instructions(stand_in: &str) -> String {
    let faults = format!("{stand_in}/stand-in/faults");
    format!(
        "\
# Stripe fails as you choose (GET {faults} lists the ways) until you DELETE the same address
curl -sS -X PUT {faults}/server-error
"
    )
}
