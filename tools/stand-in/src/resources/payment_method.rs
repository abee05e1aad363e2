//! Payment methods: `/v1/payment_methods`. Of cards, only Stripe's test cards exist, by the names of their tokens.
//!
//! <https://docs.stripe.com/api/payment_methods>, <https://docs.stripe.com/testing>

use serde_json::{Value, json};

use super::customer;
use crate::error::StripeError;
use crate::objects::Kind;
use crate::route::{Call, Route};

pub(crate) const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/payment_methods",
        answer: create,
    },
    Route {
        method: "GET",
        path: "/v1/payment_methods/{id}",
        answer: retrieve,
    },
    Route {
        method: "POST",
        path: "/v1/payment_methods/{id}/attach",
        answer: attach,
    },
];

pub(crate) const KIND: Kind = Kind {
    object: "payment_method",
    word: "PaymentMethod",
};

/// Test cards: what follows `pm_card_` or `tok_` in their tokens, the brand, and the last four digits.
const CARDS: &[(&str, &str, &str)] = &[
    ("visa", "visa", "4242"),
    ("mastercard", "mastercard", "4444"),
    ("amex", "amex", "8431"),
    ("chargeCustomerFail", "visa", DECLINING),
];

/// The last digits of the test card that can be attached to a customer, and then declines every charge.
const DECLINING: &str = "0341";

/// How a payment turns out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Paid,
    /// A debit, which succeeds after days.
    Pending,
    Declined,
}

/// How a payment by this method turns out.
pub(super) fn outcome(method: &Value) -> Outcome {
    match method["type"].as_str() {
        Some("card") if method["card"]["last4"] == DECLINING => Outcome::Declined,
        Some("card") => Outcome::Paid,
        _ => Outcome::Pending,
    }
}

/// The payment method that a parameter names for a customer. The token of a test card (`pm_card_visa`) makes one.
pub(super) fn of_customer(
    call: &mut Call<'_>,
    id: &str,
    param: &str,
    customer: &str,
) -> Result<Value, StripeError> {
    let mut method = if let Some(card) = id.strip_prefix("pm_card_").and_then(card) {
        new(call, "card", card)
    } else {
        let objects = &call.state.objects;
        objects.find(KIND, id, param, call.live)?.clone()
    };
    let present = method["customer"].as_str();
    if present.is_some_and(|other| other != customer) {
        return Err(StripeError::invalid_request(
            "The payment method you provided has already been attached to a customer.",
        )
        .with_param(param));
    }
    if present.is_none() {
        method["customer"] = json!(customer);
        call.state.objects.insert(call.live, method.clone());
        call.announce("payment_method.attached", method.clone());
    }
    Ok(method)
}

fn new(call: &mut Call<'_>, kind: &str, details: Value) -> Value {
    let mut method = json!({
        "id": call.new_id("pm_1"),
        "object": KIND.object,
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": null, "email": null, "name": null, "phone": null, "tax_id": null,
        },
        "created": call.settings.now(),
        "customer": null,
        "livemode": call.live,
        "metadata": {},
        "type": kind,
    });
    method[kind] = details;
    method
}

/// A test card, by the end of its token.
fn card(token: &str) -> Option<Value> {
    let (_, brand, last4) = CARDS.iter().find(|(name, _, _)| *name == token)?;
    Some(json!({
        "brand": brand,
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "funding": "credit",
        "last4": last4,
    }))
}

fn create(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&[
        "billing_details[*]",
        "card[token]",
        "expand[#]",
        "metadata[*]",
        "sepa_debit[iban]",
        "type",
    ])?;
    parameters.required("type")?;
    let kind = parameters.one_of("type", &["card", "sepa_debit"])?;
    let details = if kind == Some("card") {
        let token = parameters.required("card[token]")?;
        let card = token.strip_prefix("tok_").and_then(card);
        card.ok_or_else(|| StripeError::resource_missing("token", token, "card[token]"))?
    } else {
        let iban = parameters.required("sepa_debit[iban]")?;
        let country = iban.get(..2).unwrap_or_default();
        let last4 = iban.get(iban.len().saturating_sub(4)..).unwrap_or_default();
        json!({ "bank_code": null, "country": country, "last4": last4 })
    };
    let mut method = new(call, kind.unwrap_or("card"), details);
    for name in ["email", "name", "phone"] {
        let value = parameters.get(&format!("billing_details[{name}]"));
        method["billing_details"][name] = json!(value);
    }
    call.state.objects.insert(call.live, method.clone());
    Ok(method)
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&["expand[#]"])?;
    call.find(KIND)
}

fn attach(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&["customer", "expand[#]"])?;
    let id = parameters.required("customer")?;
    let customer = customer::find(call, id, "customer")?;
    call.state.objects.insert(call.live, customer);
    of_customer(call, call.id, "id", id)
}
