//! What the product sells at the stand-in for Stripe, and to whom it was sold already.

use super::billing::add_customers;
use super::users::{CUSTOMER, PAID_USER, SUBSCRIPTION};
use crate::StripeStandIn;

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
