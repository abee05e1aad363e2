//! Customers: `/v1/customers`.
//!
//! <https://docs.stripe.com/api/customers>

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::objects::{Kind, is_deleted};
use crate::parameters::exists;
use crate::route::{Call, Route};

pub(crate) const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/v1/customers/{id}",
    answer: retrieve,
}];

pub(crate) const KIND: Kind = Kind {
    object: "customer",
    word: "customer",
};

/// A customer of whom nothing is known.
pub(crate) fn new(id: &str, live: bool, created: u64) -> Value {
    json!({
        "id": id,
        "object": KIND.object,
        "address": null,
        "balance": 0,
        "created": created,
        "currency": null,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "email": null,
        "invoice_settings": {
            "custom_fields": null,
            "default_payment_method": null,
            "footer": null,
            "rendering_options": null,
        },
        "livemode": live,
        "metadata": {},
        "name": null,
        "next_invoice_sequence": 1,
        "phone": null,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    })
}

/// Fails unless the customer that a parameter names exists in the API key's mode.
pub(super) fn check(call: &Call<'_>, id: &str, param: &str) -> Result<(), StripeError> {
    if is_taken_for_one(call, id) {
        return Ok(());
    }
    let objects = &call.state.objects;
    objects.find(KIND, id, param, call.live).map(drop)
}

/// A deleted customer is shown, too, as one that is deleted.
fn retrieve(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&["expand[#]"])?;
    if is_taken_for_one(call, call.id) {
        return Ok(new(call.id, call.live, call.settings.now()));
    }
    let objects = &call.state.objects;
    match objects.get(call.id, call.live) {
        Some(object) if is_deleted(object) => Ok(object.clone()),
        _ => {
            let found = objects.find(KIND, call.id, "id", call.live);
            found.cloned().map_err(|error| error.with_status(404))
        }
    }
}

/// Whether this is a customer although none was registered.
fn is_taken_for_one(call: &Call<'_>, id: &str) -> bool {
    call.settings.any_customer && exists("cus_", id) && !call.state.objects.contains(id)
}
