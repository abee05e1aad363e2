//! What the product sells at the stand-in for Stripe, and to whom it was sold already.

use super::billing::add_customers;
use super::users::{CUSTOMER, PAID_USER, SUBSCRIPTION};
use crate::{Caller, StripeStandIn};

/// Product, its name, price, the price's lookup key, and cents a month.
const PLANS: [(&str, &str, &str, &str, u64); 2] = [
    ("prod_DemoPro", "Pro", "price_DemoPro", "pro_monthly", 1000),
    (
        "prod_DemoTeam",
        "Team",
        "price_DemoTeam",
        "team_monthly",
        5000,
    ),
];

/// Puts two plans on sale, and registers the customers, of whom the user who pays has one of the plans.
pub fn stock(stripe: &StripeStandIn) {
    for (product, name, price, lookup_key, amount) in PLANS {
        stripe.add_plan(product, name, price, lookup_key, amount);
    }
    add_customers(stripe);
    stripe.set_customer_metadata(CUSTOMER, "user_id", PAID_USER);
    stripe.add_subscription(SUBSCRIPTION, CUSTOMER, PLANS[0].2);
}

/// Opens a checkout of the first plan for a user, as the product's server does, and returns the address of its page. It
/// leads back to the account page at `origin`.
///
/// The user is named where only the product's server can write: in the metadata of the session and of the subscription
/// that comes of it.
#[must_use]
pub fn checkout(stripe: &Caller, user: &str, origin: &str) -> Option<String> {
    let user = encode(user);
    let origin = encode(origin);
    let form = format!(
        "mode=subscription&line_items[0][price]={}&line_items[0][quantity]=1&client_reference_id={user}\
         &metadata[user_id]={user}&subscription_data[metadata][user_id]={user}\
         &success_url={origin}%2Faccount%3Fcheckout%3Dsuccess&cancel_url={origin}%2Faccount",
        PLANS[0].2
    );
    let (status, session) = stripe.call("POST", "/v1/checkout/sessions", &form);
    let url = session["url"].as_str().filter(|_| status == 200);
    url.map(str::to_owned)
}

/// Escapes text for a form.
fn encode(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect::<Vec<_>>().concat()
}
