//! Lists of objects, of which a call gets a page.
//!
//! <https://docs.stripe.com/api/pagination>

use std::cmp::Reverse;

use serde_json::{Value, json};

use crate::call::Call;
use crate::error::StripeError;
use crate::objects::{Kind, is_deleted, path, word};
use crate::parameters::Parameters;
use crate::state::Settings;

/// Returns the parameters of a call for a list, which may be those of every list and its `own`.
pub(crate) fn parameters<'a>(call: &Call<'a>, own: &[&str]) -> Result<Parameters<'a>, StripeError> {
    call.parameters(&[&["limit", "starting_after"], own].concat())
}

/// The number of objects on a page unless `limit` says otherwise.
const DEFAULT_LIMIT: usize = 10;

/// An object of a customer's that is to be made.
pub(crate) struct Belonging<'a> {
    pub(crate) id: &'a str,
    pub(crate) customer: &'a str,
    pub(crate) live: bool,
    pub(crate) settings: &'a Settings,
}

/// Answers a call for a list of objects that belong to a customer. A cursor is an object of the list that is asked for:
/// one of another customer, or of the other mode, is as unknown as one that does not exist.
pub(crate) fn of_customer(call: &Call<'_>, kind: Kind) -> Result<Value, StripeError> {
    let parameters = parameters(call, &["customer"])?;
    let customer = parameters.get("customer");
    if let Some(id) = customer {
        call.customer(id)?;
    }
    let all = newest(call.state.objects.newest(kind, call.live)).into_iter();
    let own = |object: &&Value| customer.is_none_or(|customer| object["customer"] == customer);
    of(&parameters, all.filter(own), kind, |_| true)
}

/// Returns the page that the parameters ask for of objects, the newest first, for which `keep` holds.
///
/// Fails when `limit` is not a number from 1 to 100, and when a cursor names none of the objects. As at Stripe, a cursor
/// may name an object that is not on the list.
pub(crate) fn of<'a>(
    parameters: &Parameters<'_>,
    all: impl IntoIterator<Item = &'a Value>,
    kind: Kind,
    keep: impl Fn(&Value) -> bool,
) -> Result<Value, StripeError> {
    let limit = limit(parameters)?;
    let mut all = all.into_iter();
    if let Some(id) = parameters.get("starting_after") {
        let cursor = all.find(|object| object["id"] == id);
        cursor.ok_or_else(|| StripeError::resource_missing(&word(kind), id, "starting_after"))?;
    }
    let mut data: Vec<&Value> = all
        .filter(|object| !is_deleted(object) && keep(object))
        .take(limit + 1)
        .collect();
    let has_more = data.len() > limit;
    data.truncate(limit);
    Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": path(kind) }))
}

/// Returns the number of objects that a page is to have.
pub(crate) fn limit(parameters: &Parameters<'_>) -> Result<usize, StripeError> {
    match parameters.integer("limit")? {
        None => Ok(DEFAULT_LIMIT),
        Some(limit @ 1..=100) => Ok(usize::try_from(limit).unwrap_or(DEFAULT_LIMIT)),
        Some(limit) => Err(StripeError::out_of_range("limit", limit)),
    }
}

/// Sorts objects by the second in which they were made, the newest first. Within a second, their identifiers decide,
/// which are random.
pub(crate) fn newest<'a>(objects: impl Iterator<Item = &'a Value>) -> Vec<&'a Value> {
    let mut objects: Vec<&Value> = objects.collect();
    objects.sort_by_key(|object| {
        let created = object["created"].as_u64().unwrap_or_default();
        (Reverse(created), object["id"].as_str())
    });
    objects
}
