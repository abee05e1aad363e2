//! The product's plans at the stand-in for Stripe, and the users who have one already.

use std::net::SocketAddr;

use serde_json::json;

use super::billing::add_customers;
use super::users::{CUSTOMER, PAID_USER, SUBSCRIPTION};
use crate::{Caller, StripeStandIn};

/// Price, product, name, lookup key, cents (none where they are paid by tiers), and interval.
type Plan = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<u64>,
    &'static str,
);

const PLANS: [Plan; 5] = [
    (
        "price_DemoPro",
        "prod_DemoPro",
        "Pro",
        "pro_monthly",
        Some(1000),
        "month",
    ),
    (
        "price_DemoProYearly",
        "prod_DemoPro",
        "Pro",
        "pro_yearly",
        Some(10_000),
        "year",
    ),
    (
        "price_DemoTeam",
        "prod_DemoTeam",
        "Team",
        "team_monthly",
        Some(5000),
        "month",
    ),
    (
        "price_DemoSeat",
        "prod_DemoSeat",
        "Seat",
        "seat_monthly",
        Some(500),
        "month",
    ),
    (
        "price_DemoUsage",
        "prod_DemoUsage",
        "Usage",
        "usage_monthly",
        None,
        "month",
    ),
];

/// The number of plans, from the first, that can be bought by themselves.
const ON_SALE: usize = 3;

/// Puts plans on sale, and registers the customers, of whom the user who pays has one of the plans.
pub fn stock(stripe: &StripeStandIn) {
    for (id, product, name, lookup_key, amount, interval) in PLANS {
        let recurring = json!({ "interval": interval, "interval_count": 1, "meter": null, "usage_type": "licensed" });
        let members = json!({
            "nickname": name, "lookup_key": lookup_key, "unit_amount": amount, "recurring": recurring,
        });
        stripe.add_price(product, id, &members);
    }
    add_customers(stripe);
    stripe.set_customer_metadata(CUSTOMER, "user_id", PAID_USER);
    stripe.add_subscription(SUBSCRIPTION, CUSTOMER, PLANS[0].0);
}

/// Returns the variables, with their values, by which a Portico sells the plans on a stand-in at this address.
#[must_use]
pub fn checkout_variables(stripe: SocketAddr) -> [(&'static str, String); 2] {
    let prices = PLANS[..ON_SALE].iter();
    let prices: Vec<String> = prices
        .map(|(id, _, _, lookup_key, ..)| format!("{lookup_key}={id}"))
        .collect();
    [
        ("checkout_prices", prices.join(", ")),
        ("checkout_hosts", format!("{stripe},checkout.stripe.com")),
    ]
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
        PLANS[0].0
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
