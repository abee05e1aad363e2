//! Lists of objects that belong to a customer, the newest first.
//!
//! <https://docs.stripe.com/api/pagination>

use serde_json::Value;

use super::customer;
use crate::error::StripeError;
use crate::listing;
use crate::objects::Kind;
use crate::route::Call;

/// Answers with a page. A cursor is an object of the list that is asked for: one of another customer, or of the other
/// mode, is as unknown as one that does not exist.
pub(super) fn answer(call: &Call<'_>, kind: Kind, path: &str) -> Result<Value, StripeError> {
    let parameters = call.parameters(&[&listing::PARAMETERS[..], &["customer"]].concat())?;
    let customer = parameters.get("customer");
    if let Some(id) = customer {
        customer::find(call, id, "customer")?;
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
    listing::of(&parameters, &all, kind, path, |_| true)
}
