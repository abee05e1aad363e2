//! The items of a subscription: which prices are paid, and how many of each.
//!
//! <https://docs.stripe.com/api/subscription_items>

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::metadata;
use crate::parameters::Parameters;
use crate::resources::price;
use crate::route::Call;

/// The parameters of the items of a new subscription.
pub(in crate::resources) const OF_NEW: &[&str] = &[
    "items[#][metadata][*]",
    "items[#][price]",
    "items[#][quantity]",
];

/// The parameters of the items of a subscription that is changed.
pub(in crate::resources) const OF_CHANGED: &[&str] = &[
    "items[#][deleted]",
    "items[#][id]",
    "items[#][metadata][*]",
    "items[#][price]",
    "items[#][quantity]",
];

/// An item that is kept with the identifier of its price. The period begins at `start`.
pub(in crate::resources) fn new(
    call: &mut Call<'_>,
    subscription: &str,
    price: &Value,
    quantity: u64,
    start: u64,
) -> Value {
    json!({
        "id": call.new_id("si_"),
        "object": "subscription_item",
        "billing_thresholds": null,
        "created": start,
        "current_period_end": start + period(price),
        "current_period_start": start,
        "discounts": [],
        "metadata": {},
        "price": price["id"],
        "quantity": quantity,
        "subscription": subscription,
        "tax_rates": [],
    })
}

/// The member `items`.
pub(in crate::resources) fn list(subscription: &str, items: &[Value]) -> Value {
    json!({
        "object": "list",
        "data": items,
        "has_more": false,
        "url": format!("/v1/subscription_items?subscription={subscription}"),
    })
}

/// The items that the parameters of a new subscription describe, with the first one's price.
pub(in crate::resources) fn of_new(
    call: &mut Call<'_>,
    parameters: &Parameters<'_>,
    subscription: &str,
) -> Result<(Vec<Value>, Value), StripeError> {
    let mut items = Vec::new();
    let mut first = Value::Null;
    for entry in parameters.list("items")? {
        let param = format!("{entry}[price]");
        let price = recurring(call, parameters.required(&param)?, &param)?;
        let quantity = parameters.integer(&format!("{entry}[quantity]"))?;
        let start = call.settings.now();
        let mut item = new(call, subscription, &price, quantity.unwrap_or(1), start);
        metadata::apply(
            parameters,
            &format!("{entry}[metadata]"),
            &mut item["metadata"],
        )?;
        items.push(item);
        if first.is_null() {
            first = price;
        }
    }
    if items.is_empty() {
        return Err(StripeError::parameter_missing("items"));
    }
    refuse_twice(&items)?;
    Ok((items, first))
}

/// Changes the items as the parameters ask: of one that has an `id`, the price and the quantity, or it is deleted; one
/// without is new.
pub(in crate::resources) fn change(
    call: &mut Call<'_>,
    parameters: &Parameters<'_>,
    subscription: &mut Value,
) -> Result<(), StripeError> {
    let id = subscription["id"].as_str().unwrap_or_default().to_owned();
    let mut items = subscription["items"]["data"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for entry in parameters.list("items")? {
        let param = |member: &str| format!("{entry}[{member}]");
        let price = match parameters.get(&param("price")) {
            Some(price) => Some(recurring(call, price, &param("price"))?),
            None => None,
        };
        let quantity = parameters.integer(&param("quantity"))?;
        let Some(wanted) = parameters.get(&param("id")) else {
            let price = price.ok_or_else(|| StripeError::parameter_missing(&param("price")))?;
            let start = call.settings.now();
            items.push(new(call, &id, &price, quantity.unwrap_or(1), start));
            continue;
        };
        let at = items.iter().position(|item| item["id"] == wanted);
        let Some(item) = at.and_then(|at| items.get_mut(at)) else {
            let word = "subscription item";
            return Err(StripeError::resource_missing(word, wanted, &param("id")));
        };
        if let Some(price) = price {
            item["price"] = price["id"].clone();
        }
        if let Some(quantity) = quantity {
            item["quantity"] = json!(quantity);
        }
        metadata::apply(parameters, &param("metadata"), &mut item["metadata"])?;
        if parameters.boolean(&param("deleted"))? == Some(true) {
            items.retain(|item| item["id"] != wanted);
        }
    }
    if items.is_empty() {
        return Err(StripeError::invalid_request(
            "A subscription must have at least one active plan. To cancel the subscription, cancel it directly.",
        )
        .with_param("items"));
    }
    refuse_twice(&items)?;
    subscription["items"]["data"] = json!(items);
    Ok(())
}

/// What one period of the items costs.
pub(in crate::resources) fn amount(call: &Call<'_>, items: &[Value]) -> u64 {
    let one = |item: &Value| {
        let price = call.state.objects.get(item["price"].as_str()?, call.live)?;
        Some(price["unit_amount"].as_u64()? * item["quantity"].as_u64()?)
    };
    items.iter().filter_map(one).sum()
}

fn recurring(call: &Call<'_>, id: &str, param: &str) -> Result<Value, StripeError> {
    let price = price::on_sale(call, id, param)?;
    if price["type"] == "recurring" {
        return Ok(price);
    }
    Err(StripeError::invalid_request(
        "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
    )
    .with_param(param))
}

fn refuse_twice(items: &[Value]) -> Result<(), StripeError> {
    let twice = (items.iter().enumerate()).find(|(at, item)| {
        items
            .iter()
            .skip(at + 1)
            .any(|other| other["price"] == item["price"])
    });
    let Some((_, item)) = twice else {
        return Ok(());
    };
    let id = item["price"].as_str().unwrap_or_default();
    Err(StripeError::invalid_request(format!(
        "Cannot add multiple subscription items with the same plan: {id}"
    ))
    .with_param("items"))
}

/// The seconds of a price's period. A month has 30 days here.
fn period(price: &Value) -> u64 {
    const DAY: u64 = 86_400;
    let recurring = &price["recurring"];
    let days = match recurring["interval"].as_str() {
        Some("day") => 1,
        Some("week") => 7,
        Some("year") => 365,
        _ => 30,
    };
    days * DAY * recurring["interval_count"].as_u64().unwrap_or(1)
}
