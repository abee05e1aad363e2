//! Lines to be pasted into a shell, which show Portico at work.

use super::issuer::{Issuer, VALID_FOR_HOURS};
use super::users::{FREE_USER, PAID_USER};

/// Returns calls of a Portico at `origin`, one for each kind of answer. The tokens in them are signed by `issuer`.
#[must_use]
pub fn instructions(origin: &str, issuer: &Issuer) -> String {
    let portal = format!("curl -sS -X POST {origin}/api/v1/account/billing-portal");
    let paid = issuer.token_for(PAID_USER);
    let free = issuer.token_for(FREE_USER);
    format!(
        "\
# The tokens below are valid for {VALID_FOR_HOURS} hours, and until this run ends.

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
"
    )
}

/// Returns lines that show how Portico treats a Stripe that fails. `stripe` is the origin of the stand-in.
#[must_use]
pub fn fault_instructions(stripe: &str) -> String {
    let faults = format!("{stripe}/stand-in/faults");
    format!(
        "\
# Open {stripe}/stand-in/dashboard to bring subscriptions into any state, and to delete customers

# Stripe fails as you choose (GET {faults} lists the ways) until you DELETE the same address
curl -sS -X PUT {faults}/server-error
"
    )
}
