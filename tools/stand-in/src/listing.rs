//! Lists of objects, of which a call gets a page.
//!
//! <https://docs.stripe.com/api/pagination>

use std::cmp::Reverse;

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::objects::{Kind, is_deleted};
use crate::parameters::Parameters;

/// The parameters that every list takes.
pub(crate) const PARAMETERS: [&str; 2] = ["limit", "starting_after"];

/// The number of objects on a page unless `limit` says otherwise.
const DEFAULT_LIMIT: usize = 10;

/// Returns the page that the parameters ask for of objects, the newest first, for which `keep` holds. `url` is the path
/// of the list.
///
/// Fails when `limit` is not a number from 1 to 100, and when a cursor names none of the objects. As at Stripe, a cursor
/// may name an object that is not on the list.
pub(crate) fn of(
    parameters: &Parameters<'_>,
    all: &[&Value],
    kind: Kind,
    url: &str,
    keep: impl Fn(&Value) -> bool,
) -> Result<Value, StripeError> {
    let limit = limit(parameters)?;
    let from = match parameters.get("starting_after") {
        None => 0,
        Some(id) => {
            let place = all.iter().position(|object| object["id"] == id);
            let missing = || StripeError::resource_missing(kind.word, id, "starting_after");
            place.ok_or_else(missing)? + 1
        }
    };
    let all = all.get(from..).unwrap_or_default().iter();
    let mut data: Vec<&Value> = all
        .copied()
        .filter(|object| !is_deleted(object) && keep(object))
        .collect();
    let has_more = data.len() > limit;
    data.truncate(limit);
    Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": url }))
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
