//! What the product sells at the stand-in for Stripe, and to whom it was sold already.

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

/// Puts two plans on sale, and lets the user who pays have one of them.
pub fn stock(stripe: &StripeStandIn) {
    for (product, name, price, lookup_key, amount) in PLANS {
        stripe.add_plan(product, name, price, lookup_key, amount);
    }
    stripe.add_customer(CUSTOMER, false);
    stripe.set_customer_metadata(CUSTOMER, "user_id", PAID_USER);
    stripe.add_subscription(SUBSCRIPTION, CUSTOMER, PLANS[0].2);
}
