//! Subscriptions: `/v1/subscriptions`.
//!
//! <https://docs.stripe.com/api/subscriptions>

use serde_json::{Value, json};

use super::{customer, price};
use crate::error::StripeError;
use crate::listing;
use crate::objects::{Kind, Objects};
use crate::parameters::Parameters;
use crate::route::Call;

pub(super) mod items;

pub(crate) const KIND: Kind = Kind {
    object: "subscription",
    word: "subscription",
};

/// All statuses.
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

/// How many subscriptions a customer shows.
const SHOWN_OF_CUSTOMER: usize = 10;

/// The subscription that the path names.
pub(super) fn find_by_path(call: &Call<'_>) -> Result<Value, StripeError> {
    call.find(KIND)
}

/// A subscription as the API shows it: its items have their prices as these are now.
pub(super) fn shown(objects: &Objects, subscription: &Value) -> Value {
    let mut shown = subscription.clone();
    let items = shown["items"]["data"].as_array_mut();
    for item in items.into_iter().flatten() {
        let mode = subscription["livemode"] == true;
        let price = item["price"].as_str();
        let price = price.and_then(|id| objects.get(id, mode)).cloned();
        item["price"] = price.unwrap_or_default();
    }
    shown
}

/// The subscriptions of a customer that have not been canceled, as they are kept, the newest first.
pub(crate) fn current_of(objects: &Objects, customer: &str, live: bool) -> Vec<Value> {
    let all = objects.newest(KIND, live).into_iter();
    all.filter(|subscription| subscription["customer"] == customer)
        .filter(|subscription| subscription["status"] != "canceled")
        .cloned()
        .collect()
}

/// The member `subscriptions` of a customer, which is there when it is asked for: a list of ten at most.
pub(super) fn list_of_customer(objects: &Objects, customer: &str, live: bool) -> Value {
    let current = current_of(objects, customer, live);
    let first = current.iter().take(SHOWN_OF_CUSTOMER);
    json!({
        "object": "list",
        "data": first.map(|subscription| shown(objects, subscription)).collect::<Vec<_>>(),
        "has_more": current.len() > SHOWN_OF_CUSTOMER,
        "url": format!("/v1/customers/{customer}/subscriptions"),
    })
}

/// Keeps a subscription that has changed, and announces what is different from `before`. A change to or from `paused`,
/// and one to `canceled`, has an event of its own.
pub(super) fn put(call: &mut Call<'_>, before: &Value, subscription: &Value) -> Value {
    let objects = &mut call.state.objects;
    let was = shown(objects, before);
    objects.insert(call.live, subscription.clone());
    let is = shown(objects, subscription);
    let own = match (was["status"].as_str(), is["status"].as_str()) {
        (old, Some("canceled")) if old != Some("canceled") => {
            call.announce("customer.subscription.deleted", is.clone());
            return is;
        }
        (old, Some("paused")) if old != Some("paused") => Some("customer.subscription.paused"),
        (Some("paused"), new) if new != Some("paused") => Some("customer.subscription.resumed"),
        _ => None,
    };
    call.announce_update("customer.subscription.updated", &was, is.clone());
    if let Some(kind) = own {
        call.announce(kind, is.clone());
    }
    is
}

/// Cancels a subscription at once.
pub(crate) fn end(call: &mut Call<'_>, subscription: &Value, reason: &str) -> Value {
    let now = call.settings.now();
    let mut ended = subscription.clone();
    ended["status"] = json!("canceled");
    ended["canceled_at"] = json!(now);
    ended["ended_at"] = json!(now);
    ended["cancel_at_period_end"] = json!(false);
    ended["cancellation_details"]["reason"] = json!(reason);
    put(call, subscription, &ended)
}

/// Lets a subscription end with its period.
pub(crate) fn end_later(call: &mut Call<'_>, subscription: &Value) -> Value {
    let mut ending = subscription.clone();
    mark_ending(call, &mut ending);
    put(call, subscription, &ending)
}

/// Notes that a subscription ends with its period.
pub(super) fn mark_ending(call: &Call<'_>, subscription: &mut Value) {
    subscription["cancel_at_period_end"] = json!(true);
    subscription["cancel_at"] = subscription["items"]["data"][0]["current_period_end"].clone();
    subscription["canceled_at"] = json!(call.settings.now());
    subscription["cancellation_details"]["reason"] = json!("cancellation_requested");
}

/// Moves the first item of a subscription to another price, if that one exists.
pub(crate) fn change_plan(call: &mut Call<'_>, subscription: &Value, price: &str) -> Option<Value> {
    let objects = &call.state.objects;
    let price = objects.find(price::KIND, price, "price", call.live).ok()?;
    let mut changed = subscription.clone();
    changed["items"]["data"][0]["price"] = price["id"].clone();
    Some(put(call, subscription, &changed))
}

/// Gives a subscription a status, as time and failing payments do at Stripe.
pub(crate) fn set_status(call: &mut Call<'_>, subscription: &Value, status: &str) -> Value {
    if status == "canceled" {
        return end(call, subscription, "payment_failed");
    }
    let mut changed = subscription.clone();
    changed["status"] = json!(status);
    put(call, subscription, &changed)
}

/// The page that the parameters of a list of subscriptions ask for.
pub(super) fn list(call: &Call<'_>) -> Result<Value, StripeError> {
    let own = ["customer", "price", "status"];
    let parameters = call.parameters(&[&listing::PARAMETERS[..], &own].concat())?;
    let status = status(&parameters)?;
    if let Some(id) = parameters.get("customer") {
        // A deleted customer still has its history.
        let objects = &call.state.objects;
        if objects.get(id, call.live).is_none() {
            customer::find(call, id, "customer")?;
        }
    }
    let objects = &call.state.objects;
    let mut page = listing::page(
        &parameters,
        (objects, KIND, call.live),
        "/v1/subscriptions",
        |subscription| {
            let has_status = subscription["status"]
                .as_str()
                .is_some_and(|is| status.is_none_or(|wanted| wanted.admits(is)));
            let of_customer = parameters
                .get("customer")
                .is_none_or(|customer| subscription["customer"] == customer);
            let has_price = parameters.get("price").is_none_or(|price| {
                let items = subscription["items"]["data"].as_array();
                items
                    .into_iter()
                    .flatten()
                    .any(|item| item["price"] == price)
            });
            has_status && of_customer && has_price
        },
    )?;
    for subscription in page["data"].as_array_mut().into_iter().flatten() {
        *subscription = shown(objects, subscription);
    }
    Ok(page)
}

/// Which statuses a list has.
#[derive(Clone, Copy)]
enum Statuses<'a> {
    /// All but `canceled`.
    Current,
    /// `canceled` and `incomplete_expired`.
    Ended,
    One(&'a str),
}

impl Statuses<'_> {
    fn admits(self, status: &str) -> bool {
        match self {
            Self::Current => status != "canceled",
            Self::Ended => matches!(status, "canceled" | "incomplete_expired"),
            Self::One(wanted) => status == wanted,
        }
    }
}

/// `None` for all.
fn status<'a>(parameters: &Parameters<'a>) -> Result<Option<Statuses<'a>>, StripeError> {
    let allowed = [&STATUSES[..], &["all", "ended"]].concat();
    Ok(match parameters.one_of("status", &allowed)? {
        None => Some(Statuses::Current),
        Some("all") => None,
        Some("ended") => Some(Statuses::Ended),
        Some(status) => Some(Statuses::One(status)),
    })
}
