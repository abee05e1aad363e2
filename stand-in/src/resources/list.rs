//! Lists of objects that belong to a customer, the newest first.
//!
//! <https://docs.stripe.com/api/pagination>

use serde_json::{Value, json};

use super::customer;
use crate::error::StripeError;
use crate::objects::Kind;
use crate::route::Call;

/// The parameters that the lists take here. Stripe has further filters.
const PARAMETERS: &[&str] = &[
    "customer",
    "ending_before",
    "expand[#]",
    "limit",
    "starting_after",
];

/// Answers with a page. A cursor is an object of the list that is asked for: one of another customer, or of the other
/// mode, is as unknown as one that does not exist.
pub(super) fn answer(call: &Call<'_>, kind: Kind, path: &str) -> Result<Value, StripeError> {
    let parameters = call.parameters(PARAMETERS)?;
    let limit = match parameters.integer("limit")? {
        None => 10,
        Some(limit @ 1..=100) => usize::try_from(limit).unwrap_or(100),
        Some(limit) => return Err(StripeError::out_of_range("limit", limit)),
    };
    let (after, before) = (
        parameters.get("starting_after"),
        parameters.get("ending_before"),
    );
    if after.is_some() && before.is_some() {
        return Err(StripeError::invalid_request(
            "You cannot parameterize both `starting_after` and `ending_before`.",
        ));
    }
    let customer = parameters.get("customer");
    if let Some(id) = customer {
        customer::check(call, id, "customer")?;
    }
    let all = call.state.objects.of(kind);
    let mut all: Vec<&Value> = all
        .filter(|(live, _)| *live == call.live)
        .map(|(_, object)| object)
        .filter(|object| customer.is_none_or(|customer| object["customer"] == customer))
        .collect();
    all.sort_by_key(|object| {
        let created = object["created"].as_u64().unwrap_or_default();
        (std::cmp::Reverse(created), object["id"].as_str())
    });
    let position = |id: Option<&str>, param| {
        let Some(id) = id else { return Ok(None) };
        let found = all.iter().position(|object| object["id"] == id);
        found
            .map(Some)
            .ok_or_else(|| StripeError::resource_missing(kind.word, id, param))
    };
    let (page, has_more) = if let Some(end) = position(before, "ending_before")? {
        (&all[end.saturating_sub(limit)..end], end > limit)
    } else {
        let begin = position(after, "starting_after")?.map_or(0, |at| at + 1);
        let end = all.len().min(begin + limit);
        (&all[begin..end], end < all.len())
    };
    Ok(json!({ "object": "list", "data": page, "has_more": has_more, "url": path }))
}
