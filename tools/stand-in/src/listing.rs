//! Lists of objects, a page at a time.
//!
//! <https://docs.stripe.com/api/pagination>

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::objects::{Kind, Objects, is_deleted};
use crate::parameters::Parameters;

/// The parameters that every list takes.
pub(crate) const PARAMETERS: [&str; 4] = ["ending_before", "expand[#]", "limit", "starting_after"];

/// How many objects a page has unless `limit` says otherwise.
const DEFAULT_LIMIT: usize = 10;

/// The page that the parameters ask for of the objects of a kind and a mode for which `keep` holds, the newest first.
/// `url` is the path of the list.
///
/// Fails when `limit` is not a number from 1 to 100, and when a cursor names no object of this kind and mode. As at
/// Stripe, a cursor may name an object that is not on the list.
pub(crate) fn page(
    parameters: &Parameters<'_>,
    (objects, kind, live): (&Objects, Kind, bool),
    url: &str,
    keep: impl Fn(&Value) -> bool,
) -> Result<Value, StripeError> {
    of(parameters, &objects.newest(kind, live), kind, url, keep)
}

/// As [`page`], of objects that are given, the newest first.
pub(crate) fn of(
    parameters: &Parameters<'_>,
    all: &[&Value],
    kind: Kind,
    url: &str,
    keep: impl Fn(&Value) -> bool,
) -> Result<Value, StripeError> {
    let limit = limit(parameters)?;
    let place = |name: &str| match parameters.get(name) {
        None => Ok(None),
        Some(id) => {
            let place = all.iter().position(|object| object["id"] == id);
            place
                .map(Some)
                .ok_or_else(|| StripeError::resource_missing(kind.word, id, name))
        }
    };
    let kept = |objects: &[&Value]| -> Vec<Value> {
        let kept = objects
            .iter()
            .filter(|object| !is_deleted(object) && keep(object));
        kept.map(|object| (*object).clone()).collect()
    };
    let mut data;
    let has_more;
    match (place("starting_after")?, place("ending_before")?) {
        (Some(_), Some(_)) => {
            return Err(StripeError::invalid_request(
                "You cannot parameterize both starting_after and ending_before.",
            ));
        }
        (None, Some(before)) => {
            data = kept(all.get(..before).unwrap_or_default());
            has_more = data.len() > limit;
            data.drain(..data.len().saturating_sub(limit));
        }
        (after, None) => {
            let from = after.map_or(0, |place| place + 1);
            data = kept(all.get(from..).unwrap_or_default());
            has_more = data.len() > limit;
            data.truncate(limit);
        }
    }
    Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": url }))
}

/// How many objects a page is to have.
pub(crate) fn limit(parameters: &Parameters<'_>) -> Result<usize, StripeError> {
    match parameters.integer("limit")? {
        None => Ok(DEFAULT_LIMIT),
        Some(limit @ 1..=100) => Ok(usize::try_from(limit).unwrap_or(DEFAULT_LIMIT)),
        Some(limit) => Err(StripeError::out_of_range("limit", limit)),
    }
}
