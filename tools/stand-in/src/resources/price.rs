//! Prices. They are put on sale by the program or the test that has the stand-in; Portico has no call for them.
//!
//! <https://docs.stripe.com/api/prices>

use serde_json::{Value, json};

use crate::call::Call;
use crate::error::StripeError;
use crate::fixtures;
use crate::objects::Kind;

pub(crate) const KIND: Kind = "price";

/// Returns a price of a product of the test mode, in dollars a month, which `changes` may change. One without an amount
/// has tiers.
pub(crate) fn new(id: &str, product: &str, created: u64, changes: &Value) -> Value {
    let members = json!({ "id": id, "product": product, "created": created });
    let mut price = fixtures::object(include_str!("../fixtures/price.json"), &members);
    fixtures::change(&mut price, changes);
    if let Some(amount) = price["unit_amount"].as_u64() {
        price["unit_amount_decimal"] = json!(amount.to_string());
    } else {
        price["billing_scheme"] = json!("tiered");
        price["tiers_mode"] = json!("graduated");
    }
    price
}

/// Returns a price that a parameter names.
pub(super) fn find(call: &Call<'_>, id: &str, param: &str) -> Result<Value, StripeError> {
    let objects = &call.state.objects;
    objects.find(KIND, id, param, call.live).cloned()
}

/// Returns the seconds of a price's period. A month has 30 days here.
pub(super) fn period(price: &Value) -> u64 {
    let recurring = &price["recurring"];
    let days = if recurring["interval"] == "year" {
        365
    } else {
        30
    };
    days * 86_400 * recurring["interval_count"].as_u64().unwrap_or(1)
}
