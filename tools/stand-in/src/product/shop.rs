//! The product's plans at the stand-in for Stripe, and the users who have one already.

use std::net::SocketAddr;

use serde_json::Value;

use super::billing::add_customers;
use super::users::{CUSTOMER, PAID_USER, SUBSCRIPTION};
use crate::StripeStandIn;
use crate::objects::text;

/// The prices, the first of them those that can be bought by themselves.
const PRICES: &str = include_str!("../fixtures/prices.json");

/// The number of prices, from the first, that can be bought by themselves.
const ON_SALE: usize = 3;

fn prices() -> Vec<Value> {
    serde_json::from_str(PRICES).expect("a fixture is JSON")
}

/// Puts plans on sale, and registers the customers, of whom the user who pays has one of the plans.
pub fn stock(stripe: &StripeStandIn) {
    for price in prices() {
        stripe.add_price(text(&price, "product"), text(&price, "id"), &price);
    }
    add_customers(stripe);
    stripe.set_customer_metadata(CUSTOMER, "user_id", PAID_USER);
    stripe.add_subscription(SUBSCRIPTION, CUSTOMER, "price_DemoPro");
}

/// Returns the variables, with their values, by which a Portico sells the plans on a stand-in at this address.
#[must_use]
pub fn checkout_variables(stripe: SocketAddr) -> [(&'static str, String); 2] {
    let prices: Vec<String> = prices()[..ON_SALE]
        .iter()
        .map(|price| format!("{}={}", text(price, "lookup_key"), text(price, "id")))
        .collect();
    [
        ("checkout_prices", prices.join(", ")),
        ("checkout_hosts", format!("{stripe},checkout.stripe.com")),
    ]
}
