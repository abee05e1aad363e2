//! Charges: `/v1/charges`. Charges by other means than cards have identifiers that begin with `py_`.
//!
//! <https://docs.stripe.com/api/charges>

use serde_json::{Value, json};

use crate::fixtures::{self, change};
use crate::listing::Belonging;
use crate::objects::Kind;

pub(crate) const KIND: Kind = "charge";

/// Returns a charge of 12 dollars on a card that has succeeded. The members of `changes` take the place of its own;
/// members that depend on a changed one (the outcome of a `status`) follow.
pub(crate) fn new(charge: &Belonging<'_>, changes: &Value) -> Value {
    let id = charge.id;
    let status = changes["status"].as_str().unwrap_or("succeeded");
    let amount = changes["amount"].as_i64().unwrap_or(1200);
    let refunded = changes["amount_refunded"].as_i64().unwrap_or_default();
    let succeeded = status == "succeeded";
    let path = format!("/receipts/payment/{id}");
    let receipt = charge.settings.link("https://pay.stripe.com", &path);
    let mut object = fixtures::object(
        include_str!("../fixtures/charge.json"),
        &json!({
            "id": id,
            "amount": amount,
            "amount_captured": if succeeded { amount } else { 0 },
            "balance_transaction": succeeded.then(|| format!("txn_{id}")),
            "captured": succeeded,
            "created": charge.settings.now(),
            "customer": charge.customer,
            "livemode": charge.live,
            "paid": succeeded,
            "payment_intent": format!("pi_{id}"),
            "receipt_url": succeeded.then_some(receipt),
            "refunded": refunded == amount,
        }),
    );
    if status == "failed" {
        let failure = json!({ "failure_code": "card_declined", "failure_message": "Your card was declined." });
        change(&mut object, &failure);
        let outcome = json!({
            "network_status": "declined_by_network", "reason": "generic_decline", "type": "issuer_declined",
            "seller_message": "The bank did not return any further details with this decline.",
        });
        change(&mut object["outcome"], &outcome);
    }
    change(&mut object, changes);
    object
}
