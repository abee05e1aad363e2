//! The users' purchases: the customers at the stand-in for Stripe, with their invoices and charges.

use serde_json::{Value, json};

use super::users::CUSTOMER;
use crate::StripeStandIn;
use crate::fixtures::change;

/// A customer whose user cannot sign in. No page may show anything of theirs.
const OTHER_CUSTOMER: &str = "cus_OtherDemo0001";

/// Noon of 1 November 2026, in seconds since the Unix epoch.
const NOVEMBER: i64 = 1_793_534_400;

/// The seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// Registers the customers, with an invoice and a charge in each of the states that a page can meet.
pub(super) fn add_customers(stripe: &StripeStandIn) {
    stripe.add_customer(CUSTOMER, false);
    stripe.add_customer(OTHER_CUSTOMER, false);
    stripe.add_invoice(OTHER_CUSTOMER, &json!({ "id": "in_OtherDemo1" }));
    stripe.add_charge(OTHER_CUSTOMER, &json!({ "id": "ch_OtherDemo1" }));
    let draft = json!({ "id": "in_DemoDraft", "status": "draft", "created": NOVEMBER });
    stripe.add_invoice(CUSTOMER, &draft);
    for number in 1..=13 {
        stripe.add_invoice(CUSTOMER, &invoice(number));
    }
    for number in 1..=12 {
        stripe.add_charge(CUSTOMER, &charge(number));
    }
}

fn invoice(number: i64) -> Value {
    let mut invoice = json!({
        "id": format!("in_Demo{number:04}"),
        "number": format!("QUILL-{number:04}"),
        "created": created(number),
    });
    change(
        &mut invoice,
        &match number {
            1 => {
                json!({ "status": "open", "created": NOVEMBER - DAY, "due_date": NOVEMBER + 20 * DAY })
            }
            3 => json!({ "status": "uncollectible" }),
            4 => {
                json!({ "currency": "jpy", "total": 1800, "description": "Annual report, printed" })
            }
            5 => json!({ "currency": "kwd", "total": 3690 }),
            6 => json!({ "status": "void", "hosted_invoice_url": null, "invoice_pdf": null }),
            7 => json!({ "total": 0, "description": "Trial" }),
            _ => json!({}),
        },
    );
    invoice
}

fn charge(number: i64) -> Value {
    let mut charge = json!({ "id": format!("ch_Demo{number:04}"), "created": created(number) });
    change(
        &mut charge,
        &match number {
            1 => json!({
                "id": "py_Demo0001",
                "status": "pending",
                "description": "SEPA Direct Debit",
                "payment_method_details": { "sepa_debit": { "last4": "3000" }, "type": "sepa_debit" },
            }),
            3 => json!({ "status": "failed" }),
            4 => json!({
                "currency": "jpy",
                "amount": 1800,
                "payment_method_details": { "card": { "brand": "amex", "last4": "0005" }, "type": "card" },
            }),
            5 => json!({ "amount_refunded": 250 }),
            6 => json!({ "amount_refunded": 1200, "description": null }),
            _ => json!({}),
        },
    );
    charge
}

/// Returns the time of one a month, the first the newest.
fn created(number: i64) -> i64 {
    NOVEMBER - 30 * number * DAY
}
