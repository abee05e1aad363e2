//! The users, and the product's records of them.

use serde_json::json;

/// The user who has a Stripe customer.
pub(crate) const PAID_USER: &str = "user_paid";
/// The user who never bought anything, and so has no record.
pub(crate) const FREE_USER: &str = "user_free";

/// The paid user's customer at the stand-in for Stripe.
pub const CUSTOMER: &str = "cus_PaidDemo0001";
/// The paid user's subscription at the stand-in for Stripe.
pub(crate) const SUBSCRIPTION: &str = "sub_PaidDemo0001";
/// A key that the stand-in takes for one of the test mode. Stripe never issued it.
pub const API_KEY: &str = "sk_test_PorticoStandIn";

/// The users who can sign in: the value of `sub` in their tokens, and their names.
pub(crate) const USERS: [(&str, &str); 2] = [
    (PAID_USER, "Ada, who pays"),
    (FREE_USER, "Fred, who does not"),
];

/// Returns the records of Portico's store, by their keys: a customer and a balance of the paid user. The free user has
/// no record: that makes it free.
#[must_use]
pub fn records(customer: &str) -> [(String, String); 2] {
    let record = json!({ "stripe_customer_id": customer, "plan": "paid", "livemode": false });
    let balance = json!({ "current_balance": 1200, "next_refill_at": "2030-01-01T00:00:00Z" });
    [
        (format!("customer:{PAID_USER}"), record.to_string()),
        (format!("balance:{PAID_USER}"), balance.to_string()),
    ]
}
