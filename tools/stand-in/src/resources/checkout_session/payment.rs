//! Paying a checkout session, the work of Stripe's own page.

use serde_json::{Value, json};

use super::{KIND, expire_old};
use crate::call::Call;
use crate::error::StripeError;
use crate::fixtures;
use crate::objects::text;
use crate::resources::customer;
use crate::resources::subscription;

/// Pays the open session with this identifier, and returns the session: it is complete, and has a subscription and a
/// customer, who is new unless it had one before. A customer without an e-mail address gets the buyer's.
///
/// Fails when the session is not open, when its customer was deleted, and when the card is declined; then the session
/// stays as it is.
pub(crate) fn pay(
    call: &mut Call<'_>,
    id: &str,
    email: Option<&str>,
    declined: bool,
) -> Result<Value, StripeError> {
    expire_old(call);
    let objects = &call.state.objects;
    let mut session = objects.find(KIND, id, "id", call.live)?.clone();
    if session["status"] != "open" {
        return Err(StripeError::invalid_request(
            "This Checkout Session is no longer active.",
        ));
    }
    let present = session["customer"].as_str();
    let present = present.map(|id| call.customer(id)).transpose()?;
    if declined {
        let error = StripeError::invalid_request("Your card was declined.");
        let error = error.with_status(402).with_kind("card_error");
        return Err(error.with_code("card_declined"));
    }
    let customer = match present {
        None => customer::with(call, &json!({ "email": email })),
        Some(before) if before["email"].is_null() && email.is_some() => {
            let mut customer = before.clone();
            customer["email"] = json!(email);
            customer::put(call, &before, customer)
        }
        Some(customer) => customer,
    };
    let terms = call.state.checkouts.get(id).cloned().unwrap_or_default();
    let new = call.new_id("sub_1");
    let subscription = subscription::made(call, &new, text(&customer, "id"), &terms);
    let subscription = subscription::announce(call, &subscription);
    let is_trial = subscription["status"] == "trialing";
    let paid = json!({
        "customer": customer["id"],
        "customer_details": {
            "address": null, "business_name": null, "email": customer["email"], "individual_name": null,
            "name": customer["name"], "phone": null, "tax_exempt": "none", "tax_ids": [],
        },
        "payment_status": if is_trial { "no_payment_required" } else { "paid" },
        "status": "complete",
        "subscription": subscription["id"],
        "url": null,
    });
    fixtures::change(&mut session, &paid);
    Ok(call.publish("checkout.session.completed", session))
}
