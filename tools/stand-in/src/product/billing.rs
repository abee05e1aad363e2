//! The users' purchases: the customers at the stand-in for Stripe, with their invoices and charges.

use serde_json::{Value, json};

use super::users::CUSTOMER;
use crate::StripeStandIn;
use crate::fixtures;

/// A customer whose user cannot sign in. No page may show anything of theirs.
const OTHER_CUSTOMER: &str = "cus_OtherDemo0001";

/// The members in which each invoice and each charge differs from the others, by their number.
const PURCHASES: &str = include_str!("../fixtures/purchases.json");

/// Noon of 1 November 2026, in seconds since the Unix epoch.
const NOVEMBER: u64 = 1_793_534_400;

const MONTH: u64 = 30 * 24 * 60 * 60;

/// Registers the customers, with an invoice and a charge in each of the states that a page can meet.
pub(super) fn add_customers(stripe: &StripeStandIn) {
    stripe.add_customer(CUSTOMER, false);
    stripe.add_customer(OTHER_CUSTOMER, false);
    stripe.add_invoice(OTHER_CUSTOMER, &json!({ "id": "in_OtherDemo1" }));
    stripe.add_charge(OTHER_CUSTOMER, &json!({ "id": "ch_OtherDemo1" }));
    let draft = json!({ "id": "in_DemoDraft", "status": "draft", "created": NOVEMBER });
    stripe.add_invoice(CUSTOMER, &draft);
    let purchases: Value = serde_json::from_str(PURCHASES).expect("a fixture is JSON");
    for number in 1..=13 {
        // One a month, the first the newest.
        let created = NOVEMBER - number * MONTH;
        let at = number.to_string();
        let id = format!("in_Demo{number:04}");
        let name = format!("QUILL-{number:04}");
        let mut invoice = json!({ "id": id, "number": name, "created": created });
        fixtures::change(&mut invoice, &purchases["invoices"][&at]);
        stripe.add_invoice(CUSTOMER, &invoice);
        if number < 13 {
            let mut charge = json!({ "id": format!("ch_Demo{number:04}"), "created": created });
            fixtures::change(&mut charge, &purchases["charges"][&at]);
            stripe.add_charge(CUSTOMER, &charge);
        }
    }
}
