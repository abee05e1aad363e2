//! Paying a checkout session. Stripe's own page does it by `/v1/payment_pages`, which is not documented; the Stripe CLI
//! does the same with an API key.

use serde_json::{Value, json};

use super::checkout_session;
use super::payment_method::{self, Outcome};
use super::subscription::items;
use super::subscription_creation::{self, New};
use super::{customer, customer_changes};
use crate::error::StripeError;
use crate::route::{Call, Route};

pub(crate) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/payment_pages/{id}",
        answer: retrieve,
    },
    Route {
        method: "POST",
        path: "/v1/payment_pages/{id}/confirm",
        answer: confirm,
    },
];

const DAY: u64 = 86_400;

/// The page of the session that the path names.
fn retrieve(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&["expand[#]"])?;
    let session = call.find(checkout_session::KIND)?;
    Ok(page(call, &session))
}

fn confirm(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&["expand[#]", "expected_amount", "payment_method"])?;
    let session = call.find(checkout_session::KIND)?;
    let wanted = parameters.required("payment_method")?;
    let expected = parameters.integer("expected_amount")?;
    if expected.is_some_and(|expected| session["amount_total"] != expected) {
        return Err(StripeError::invalid_request(
            "The expected amount does not match the amount of the Checkout Session.",
        )
        .with_param("expected_amount"));
    }
    let session = pay(call, &session, wanted, None)?;
    Ok(page(call, &session))
}

fn page(call: &mut Call<'_>, session: &Value) -> Value {
    json!({
        "id": call.new_id("ppage_1"),
        "object": "payment_page",
        "livemode": call.live,
        "payment_status": session["payment_status"],
        "session_id": session["id"],
        "status": session["status"],
    })
}

/// Pays an open session by a method, which is an identifier or the token of a test card, and returns what has become of
/// the session: it has a customer, who is new unless it had one before, and in the mode `subscription` a subscription. A
/// debit is under way when the session is complete, and succeeds right after.
///
/// Fails when the session is not open, and when the card declines; then the session stays open.
pub(crate) fn pay(
    call: &mut Call<'_>,
    session: &Value,
    method: &str,
    email: Option<&str>,
) -> Result<Value, StripeError> {
    if session["status"] != "open" {
        return Err(StripeError::invalid_request(
            "This Checkout Session is no longer active.",
        ));
    }
    // A token has no object yet; of the test cards' tokens, one declines.
    let declines = method == "pm_card_chargeCustomerFail"
        || (call.state.objects.get(method, call.live))
            .is_some_and(|method| payment_method::outcome(method) == Outcome::Declined);
    if declines {
        return Err(StripeError::card_declined());
    }
    let subscribes = session["mode"] == "subscription";
    let details = call
        .state
        .objects
        .get(method, call.live)
        .cloned()
        .unwrap_or_default();
    let email = session["customer_email"]
        .as_str()
        .or(email)
        .or(details["billing_details"]["email"].as_str());
    let name = details["billing_details"]["name"].as_str();
    let customer = match session["customer"].as_str() {
        Some(id) => Some(customer::find(call, id, "customer")?),
        None if subscribes || session["customer_creation"] == "always" => {
            Some(customer_changes::from_checkout(call, email, name))
        }
        None => None,
    };
    let customer_id = customer
        .as_ref()
        .and_then(|customer| customer["id"].as_str());
    let method = match customer_id {
        Some(id) => payment_method::of_customer(call, method, "payment_method", id)?,
        None => details.clone(),
    };
    let mut paid = session.clone();
    let mut owed = paid["amount_total"].as_u64().unwrap_or_default();
    if let (true, Some(customer)) = (subscribes, customer_id) {
        let subscription = subscribe(call, session, customer, &method);
        if subscription["status"] == "trialing" {
            owed = 0;
        }
        paid["subscription"] = subscription["id"].clone();
    }
    let pending = payment_method::outcome(&method) == Outcome::Pending && method.is_object();
    paid["customer"] = json!(customer_id);
    paid["customer_details"] = json!({
        "address": null,
        "business_name": null,
        "email": email,
        "individual_name": null,
        "name": name,
        "phone": null,
        "tax_exempt": "none",
        "tax_ids": [],
    });
    paid["payment_status"] = json!(match (owed, pending) {
        (0, _) => "no_payment_required",
        (_, true) => "unpaid",
        (_, false) => "paid",
    });
    paid["status"] = json!("complete");
    paid["url"] = Value::Null;
    call.state.objects.insert(call.live, paid.clone());
    call.announce("checkout.session.completed", paid.clone());
    if paid["payment_status"] == "unpaid" {
        paid["payment_status"] = json!("paid");
        call.state.objects.insert(call.live, paid.clone());
        call.announce("checkout.session.async_payment_succeeded", paid.clone());
    }
    Ok(paid)
}

/// The subscription to what the session's lines sell.
fn subscribe(call: &mut Call<'_>, session: &Value, customer: &str, method: &Value) -> Value {
    let checkout = session["id"]
        .as_str()
        .and_then(|id| call.state.checkouts.get(id));
    let checkout = checkout.cloned().unwrap_or_default();
    let id = call.new_id("sub_1");
    let now = call.settings.now();
    let recurring = checkout
        .items
        .iter()
        .filter(|line| line["price"]["type"] == "recurring");
    let items = recurring
        .map(|line| {
            let quantity = line["quantity"].as_u64().unwrap_or(1);
            items::new(call, &id, &line["price"], quantity, now)
        })
        .collect();
    let trial_end = checkout.trial_days.map(|days| now + days * DAY);
    let new = New {
        id,
        customer,
        items,
        currency: session["currency"].clone(),
        status: if trial_end.is_some() {
            "trialing"
        } else {
            "active"
        },
        default_payment_method: method["id"].clone(),
        metadata: checkout.subscription_metadata,
        trial_end,
    };
    subscription_creation::from_checkout(call, &new)
}
