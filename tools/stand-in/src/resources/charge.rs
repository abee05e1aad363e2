//! Charges: `/v1/charges`. Charges by other means than cards have identifiers that begin with `py_`.
//!
//! <https://docs.stripe.com/api/charges>

use serde_json::{Value, json};

use super::list;
use super::new::{New, change};
use crate::objects::Kind;
use crate::route::Route;

const PATH: &str = "/v1/charges";

pub(crate) const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: PATH,
    answer: |call| list::answer(call, KIND, PATH),
}];

pub(crate) const KIND: Kind = Kind {
    object: "charge",
    word: "charge",
};

/// A charge of 12 dollars on a card that has succeeded. The members of `changes` take the place of its own; what follows
/// from a member that is changed (the outcome of a `status`) follows.
pub(crate) fn new(charge: &New<'_>, changes: &Value) -> Value {
    let New {
        id,
        customer,
        live,
        created,
        documents,
    } = *charge;
    let status = changes["status"].as_str().unwrap_or("succeeded");
    let amount = changes["amount"].as_i64().unwrap_or(1200);
    let refunded = changes["amount_refunded"].as_i64().unwrap_or_default();
    let failed = status == "failed";
    let succeeded = status == "succeeded";
    let mut object = json!({
        "id": id,
        "object": KIND.object,
        "amount": amount,
        "amount_captured": if succeeded { amount } else { 0 },
        "amount_refunded": refunded,
        "application": null,
        "application_fee": null,
        "application_fee_amount": null,
        "balance_transaction": succeeded.then(|| format!("txn_{id}")),
        "billing_details": {
            "address": {
                "city": "London",
                "country": "GB",
                "line1": "12 St James's Square",
                "line2": null,
                "postal_code": "SW1Y 4JH",
                "state": null,
            },
            "email": "customer@example.com",
            "name": "Ada Lovelace",
            "phone": null,
            "tax_id": null,
        },
        "calculated_statement_descriptor": "QUILL",
        "captured": succeeded,
        "created": created,
        "currency": "usd",
        "customer": customer,
        "description": "Subscription update",
        "disputed": false,
        "failure_balance_transaction": null,
        "failure_code": failed.then_some("card_declined"),
        "failure_message": failed.then_some("Your card was declined."),
        "fraud_details": {},
        "livemode": live,
        "metadata": {},
        "on_behalf_of": null,
        "outcome": {
            "advice_code": null,
            "network_advice_code": null,
            "network_decline_code": null,
            "network_status": if failed { "declined_by_network" } else { "approved_by_network" },
            "reason": failed.then_some("generic_decline"),
            "risk_level": "normal",
            "risk_score": 17,
            "seller_message": if failed {
                "The bank did not return any further details with this decline."
            } else {
                "Payment complete."
            },
            "type": if failed { "issuer_declined" } else { "authorized" },
        },
        "paid": succeeded,
        "payment_intent": format!("pi_{id}"),
        "payment_method": "pm_PaidDemo0001",
        "payment_method_details": {
            "card": {
                "amount_authorized": amount,
                "authorization_code": null,
                "brand": "visa",
                "checks": {
                    "address_line1_check": null,
                    "address_postal_code_check": null,
                    "cvc_check": "pass",
                },
                "country": "US",
                "exp_month": 8,
                "exp_year": 2030,
                "extended_authorization": { "status": "disabled" },
                "fingerprint": "PorticoStandIn0",
                "funding": "credit",
                "incremental_authorization": { "status": "unavailable" },
                "installments": null,
                "last4": "4242",
                "mandate": null,
                "multicapture": { "status": "unavailable" },
                "network": "visa",
                "network_token": { "used": false },
                "network_transaction_id": null,
                "overcapture": { "maximum_amount_capturable": amount, "status": "unavailable" },
                "regulated_status": "unregulated",
                "three_d_secure": null,
                "wallet": null,
            },
            "type": "card",
        },
        "receipt_email": null,
        "receipt_number": null,
        "receipt_url": succeeded.then(|| documents.receipt(id)),
        "refunded": refunded == amount,
        "review": null,
        "shipping": null,
        "source_transfer": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "status": status,
        "transfer_data": null,
        "transfer_group": null,
    });
    change(&mut object, changes);
    object
}
