//! Customers: `/v1/customers`.
//!
//! <https://docs.stripe.com/api/customers>

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::listing;
use crate::objects::{Kind, is_deleted};
use crate::parameters::exists;
use crate::route::{Call, Route};
use crate::state::State;

pub(crate) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/customers",
        answer: list,
    },
    Route {
        method: "GET",
        path: "/v1/customers/{id}",
        answer: retrieve,
    },
];

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

/// The customer that a parameter names.
///
/// Fails when there is none in the API key's mode, or no more.
pub(super) fn find(call: &Call<'_>, id: &str, param: &str) -> Result<Value, StripeError> {
    if is_taken_for_one(call, id) {
        return Ok(new(id, call.live, call.settings.now()));
    }
    let objects = &call.state.objects;
    objects.find(KIND, id, param, call.live).cloned()
}

/// The customer that the path names.
pub(super) fn find_by_path(call: &Call<'_>) -> Result<Value, StripeError> {
    find(call, call.id, "id").map_err(|error| error.with_status(404))
}

/// A deleted customer is shown, too, as one that is deleted.
fn retrieve(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&["expand[#]"])?;
    match call.state.objects.get(call.id, call.live) {
        Some(object) if is_deleted(object) && object["object"] == KIND.object => Ok(object.clone()),
        _ => find_by_path(call),
    }
}

fn list(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let known = [&listing::PARAMETERS[..], &["email"]].concat();
    let parameters = call.parameters(&known)?;
    let customers = (&call.state.objects, KIND, call.live);
    listing::page(&parameters, customers, "/v1/customers", |customer| {
        // Here Stripe minds the case, unlike in a search.
        parameters
            .get("email")
            .is_none_or(|email| customer["email"] == email)
    })
}

/// Holds the index in which customers are searched as it is now, or lets it follow changes.
pub(crate) fn hold_search_index(state: &mut State, hold: bool) {
    let modes = [false, true].into_iter();
    let index = modes.flat_map(|live| state.objects.newest(KIND, live));
    let index = index.cloned().collect();
    state.held_index = hold.then_some(index);
}

/// Whether this is a customer although none was registered.
fn is_taken_for_one(call: &Call<'_>, id: &str) -> bool {
    call.settings.any_customer && exists("cus_", id) && !call.state.objects.contains(id)
}
