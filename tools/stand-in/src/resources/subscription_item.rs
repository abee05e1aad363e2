//! The items of a subscription: which prices are paid, and how many of each.
//!
//! <https://docs.stripe.com/api/subscription_items>

use serde_json::{Value, json};

use super::price;
use crate::call::Call;
use crate::fixtures;
use crate::objects::Kind;

pub(super) const KIND: Kind = "subscription_item";

/// The number of items that a subscription shows.
const SHOWN: usize = 10;

/// Returns an item whose period begins now.
pub(super) fn new(call: &mut Call<'_>, subscription: &str, price: &Value, quantity: u64) -> Value {
    let now = call.settings.now();
    fixtures::object(
        include_str!("../fixtures/item.json"),
        &json!({
            "id": call.new_id("si_"),
            "created": now,
            "current_period_end": now + price::period(price), "current_period_start": now,
            "price": price, "quantity": quantity,
            "subscription": subscription,
        }),
    )
}

/// Returns the member `items` with all of these.
pub(super) fn all(subscription: &str, items: &[Value]) -> Value {
    let url = format!("/v1/subscription_items?subscription={subscription}");
    json!({ "object": "list", "data": items, "has_more": false, "url": url })
}

/// Returns a subscription as the API shows it, with ten of its items at most.
pub(super) fn shown(subscription: &Value) -> Value {
    let mut shown = subscription.clone();
    let items = shown["items"]["data"].as_array_mut();
    let more = items.is_some_and(|items| {
        let more = items.len() > SHOWN;
        items.truncate(SHOWN);
        more
    });
    shown["items"]["has_more"] = json!(more);
    shown
}
