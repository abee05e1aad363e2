//! Subscriptions: `/v1/subscriptions`, and their items: `/v1/subscription_items`. Whoever has the stand-in creates and
//! cancels them by the API, and changes them as time and people do: see [`change`].
//!
//! <https://docs.stripe.com/api/subscriptions>, <https://docs.stripe.com/api/subscription_items>

use serde_json::{Value, json};

use super::{price, subscription_item};
use crate::call::Call;
use crate::error::StripeError;
use crate::fixtures;
use crate::listing;
use crate::metadata;
use crate::objects::{Kind, Objects, text};
use crate::parameters::Parameters;
use crate::state::Terms;

pub(crate) mod actions;

pub(crate) const KIND: Kind = "subscription";

/// All statuses that a subscription can have.
pub(crate) const STATUSES: [&str; 8] = [
    "active",
    "canceled",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
];

/// The number of subscriptions that a customer shows.
const SHOWN_OF_CUSTOMER: usize = 10;

const DAY: u64 = 86_400;

pub(super) fn retrieve(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&[])?;
    let found = call.find(KIND)?;
    Ok(subscription_item::shown(&found))
}

/// Creates a subscription. The customer is taken to have a card on file, unless the call says how else it is paid.
pub(super) fn create(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&[
        "collection_method",
        "customer",
        "days_until_due",
        "items[#][price]",
        "items[#][quantity]",
        "metadata[*]",
        "trial_period_days",
    ])?;
    let customer = parameters.required("customer")?;
    let terms = Terms {
        items: priced(call, &parameters, "items")?,
        metadata: new_metadata(&parameters, "metadata")?,
        trial_days: parameters.integer("trial_period_days")?,
    };
    call.customer(customer)?;
    let ways = ["charge_automatically", "send_invoice"];
    let way = parameters.one_of("collection_method", &ways)?;
    let id = call.new_id("sub_1");
    let mut subscription = made(call, &id, customer, &terms);
    subscription["collection_method"] = json!(way.unwrap_or(ways[0]));
    subscription["days_until_due"] = json!(parameters.integer("days_until_due")?);
    Ok(announce(call, &subscription))
}

/// Returns the prices that a list of parameters names, with their quantities.
pub(super) fn priced(
    call: &Call<'_>,
    parameters: &Parameters<'_>,
    list: &str,
) -> Result<Vec<(Value, u64)>, StripeError> {
    let mut items = Vec::new();
    for entry in parameters.list(list)? {
        let param = format!("{entry}[price]");
        let price = price::find(call, parameters.required(&param)?, &param)?;
        let quantity = format!("{entry}[quantity]");
        match parameters.integer(&quantity)? {
            Some(0) => return Err(StripeError::out_of_range(&quantity, 0)),
            count => items.push((price, count.unwrap_or(1))),
        }
    }
    if items.is_empty() {
        return Err(StripeError::parameter_missing(list));
    }
    Ok(items)
}

pub(super) fn new_metadata(parameters: &Parameters<'_>, name: &str) -> Result<Value, StripeError> {
    let mut data = json!({});
    metadata::apply(parameters, name, &mut data)?;
    Ok(data)
}

/// Creates an active subscription to a price, as a checkout does.
///
/// Fails when there is no such customer or price.
pub(crate) fn to_price(
    call: &mut Call<'_>,
    id: &str,
    customer: &str,
    price: &str,
) -> Result<Value, StripeError> {
    call.customer(customer)?;
    let terms = Terms {
        items: vec![(price::find(call, price, "price")?, 1)],
        metadata: json!({}),
        trial_days: None,
    };
    Ok(made(call, id, customer, &terms))
}

/// Creates a subscription as a checkout does, which nobody is told of yet.
pub(super) fn made(call: &mut Call<'_>, id: &str, customer: &str, terms: &Terms) -> Value {
    let now = call.settings.now();
    let trial_end = terms.trial_days.map(|days| now + days * DAY);
    let items = terms.items.iter().map(|(price, quantity)| {
        let mut item = subscription_item::new(call, id, price, *quantity);
        if let Some(end) = trial_end {
            item["current_period_end"] = json!(end);
        }
        item
    });
    let items: Vec<Value> = items.collect();
    fixtures::object(
        include_str!("../fixtures/subscription.json"),
        &json!({
            "id": id,
            "billing_cycle_anchor": now, "created": now, "start_date": now,
            "currency": items.first().map(|item| item["price"]["currency"].clone()),
            "customer": customer,
            "items": subscription_item::all(id, &items),
            "livemode": call.live,
            "metadata": terms.metadata,
            "status": if trial_end.is_some() { "trialing" } else { "active" },
            "trial_end": trial_end, "trial_start": trial_end.map(|_| now),
        }),
    )
}

/// Keeps a new subscription, and tells of it.
pub(crate) fn announce(call: &mut Call<'_>, subscription: &Value) -> Value {
    call.state.objects.insert(call.live, subscription.clone());
    let shown = subscription_item::shown(subscription);
    call.announce("customer.subscription.created", &shown);
    shown
}

/// Returns the subscriptions of a customer that have not been canceled, with all items, the newest first.
pub(crate) fn current_of(objects: &Objects, customer: &str, live: bool) -> Vec<Value> {
    let all = objects.newest(KIND, live);
    all.filter(|subscription| subscription["customer"] == customer)
        .filter(|subscription| subscription["status"] != "canceled")
        .cloned()
        .collect()
}

/// Returns the member `subscriptions` of a customer: a list of ten at most.
pub(super) fn list_of_customer(objects: &Objects, customer: &Value, live: bool) -> Value {
    let customer = text(customer, "id");
    let current = current_of(objects, customer, live);
    let first = current.iter().take(SHOWN_OF_CUSTOMER);
    let shown = first.map(subscription_item::shown);
    json!({
        "object": "list",
        "data": shown.collect::<Vec<_>>(),
        "has_more": current.len() > SHOWN_OF_CUSTOMER,
        "url": format!("/v1/customers/{customer}/subscriptions"),
    })
}

/// Changes members of a subscription, and announces the difference. A change to or from `paused`, and one to
/// `canceled`, has an event of its own.
pub(crate) fn change(call: &mut Call<'_>, before: &Value, members: &Value) -> Value {
    let mut after = before.clone();
    fixtures::change(&mut after, members);
    call.state.objects.insert(call.live, after.clone());
    let was = subscription_item::shown(before);
    let is = subscription_item::shown(&after);
    let own = match (text(&was, "status"), text(&is, "status")) {
        (old, new) if old == new => None,
        (_, "canceled") => {
            call.announce("customer.subscription.deleted", &is);
            return is;
        }
        (_, "paused") => Some("customer.subscription.paused"),
        ("paused", _) => Some("customer.subscription.resumed"),
        _ => None,
    };
    if was != is {
        call.announce("customer.subscription.updated", &is);
    }
    if let Some(kind) = own {
        call.announce(kind, &is);
    }
    is
}

/// Cancels a subscription at once.
pub(crate) fn end(call: &mut Call<'_>, subscription: &Value, reason: &str) -> Value {
    let now = call.settings.now();
    let details = &subscription["cancellation_details"];
    let ended = json!({
        "status": "canceled",
        "canceled_at": now,
        "ended_at": now,
        "cancel_at_period_end": false,
        "cancellation_details": { "comment": details["comment"], "feedback": details["feedback"], "reason": reason },
    });
    change(call, subscription, &ended)
}

pub(super) fn cancel(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&[])?;
    let subscription = call.find(KIND)?;
    if subscription["status"] == "canceled" {
        let id = call.id;
        return Err(StripeError::resource_missing("subscription", id, "id").with_status(404));
    }
    Ok(end(call, &subscription, "cancellation_requested"))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = listing::parameters(call, &["customer", "status"])?;
    let statuses = [&STATUSES[..], &["all", "ended"]].concat();
    let status = parameters.one_of("status", &statuses)?;
    let customer = parameters.get("customer");
    let objects = &call.state.objects;
    // A deleted customer still has its history.
    if let Some(id) = customer.filter(|id| objects.get(id, call.live).is_none()) {
        call.customer(id)?;
    }
    let all = objects.newest(KIND, call.live);
    let mut page = listing::of(&parameters, all, KIND, |subscription| {
        let is = text(subscription, "status");
        let fits = match status {
            None => is != "canceled",
            Some("all") => true,
            Some("ended") => matches!(is, "canceled" | "incomplete_expired"),
            Some(wanted) => is == wanted,
        };
        fits && customer.is_none_or(|customer| subscription["customer"] == customer)
    })?;
    for subscription in page["data"].as_array_mut().into_iter().flatten() {
        *subscription = subscription_item::shown(subscription);
    }
    Ok(page)
}

/// Lists the items of a subscription, all of them.
pub(super) fn items(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = listing::parameters(call, &["subscription"])?;
    let id = parameters.required("subscription")?;
    let objects = &call.state.objects;
    let subscription = objects.find(KIND, id, "subscription", call.live)?;
    let items = subscription["items"]["data"].as_array();
    let items = items.into_iter().flatten();
    listing::of(&parameters, items, subscription_item::KIND, |_| true)
}
